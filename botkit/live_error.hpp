#pragma once

#include <cstdint>
#include <string>

#include "core/code.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace ringside::botkit {

enum class LiveErrorKind : std::uint8_t {
    Interrupted = 1,   ///< a book broke, or this bot was overrun: stale until it comes back whole
    Halted = 2,        ///< the service takes no new orders for now
    OrderRefused = 3,  ///< a request of this bot, by the service or the venue
};

/// What a bot on a live bus may want to stop for. None of it ends a session by itself.
struct LiveError {
    LiveErrorKind kind = LiveErrorKind::Interrupted;
    AssetNo asset_no = kNoAsset;  ///< kNoAsset: all
    OrderId order_id = 0;         ///< OrderRefused
    Code code = Code::Ok;         ///< OrderRefused: why
    Nanos ts = 0;
    std::string words{};

    static constexpr AssetNo kNoAsset = ~AssetNo{0};
};

enum class OnError : std::uint8_t {
    GoOn,
    Stop,  ///< calls that let time pass return EndOfData from then on
};

}  // namespace ringside::botkit
