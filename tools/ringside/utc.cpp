#include "tools/ringside/utc.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ringside {

std::string utc(Nanos ts) {
    const std::time_t seconds = ts / kSecond;
    return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}", fmt::gmtime(seconds),
                       ts % kSecond / kMillisecond);
}

}  // namespace ringside
