#pragma once

#include <chrono>

#include "core/time.hpp"
#include "core/wall_clock.hpp"

namespace ringside {

/// The machine's steady clock, the same in every process: never set, its zero has no meaning.
inline Nanos machine_now() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// What makes the machine's clock show the time of day that it was when this process began.
inline const Nanos kProcessAnchor = wall_now() - machine_now();

/// Nanoseconds since the epoch as this process counts them: the wall clock's when it began, carried
/// on by the steady clock. Setting the system's clock does not move it.
inline Nanos steady_now() noexcept { return machine_now() + kProcessAnchor; }

/// The time of whoever anchored the machine's clock so; of this process where nobody did.
inline Nanos time_on(Nanos anchor) noexcept {
    return machine_now() + (anchor != 0 ? anchor : kProcessAnchor);
}

}  // namespace ringside
