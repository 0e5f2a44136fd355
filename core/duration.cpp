#include "core/duration.hpp"

#include <array>
#include <utility>

namespace ringside {
namespace {

constexpr std::array<std::pair<std::string_view, Nanos>, 6> kUnits = {{{"ns", 1},
                                                                       {"us", kMicrosecond},
                                                                       {"ms", kMillisecond},
                                                                       {"s", kSecond},
                                                                       {"min", 60 * kSecond},
                                                                       {"h", 3600 * kSecond}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<Nanos> parse_duration(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const std::size_t number_end = text.find_first_not_of("0123456789.");
    if (number_end == std::string_view::npos) return std::nullopt;
    const std::string_view number = text.substr(0, number_end);
    std::string_view unit_name = text.substr(number_end);
    if (unit_name.starts_with(' ')) unit_name.remove_prefix(1);
    Nanos unit = 0;
    for (const auto& [name, nanos] : kUnits) {
        if (name == unit_name) unit = nanos;
    }
    if (unit == 0 || number.empty() || !is_digit(number.front()) || !is_digit(number.back())) {
        return std::nullopt;
    }
    // Each digit adds its share of the unit; after the point the share must stay whole.
    Nanos total = 0;
    bool fraction = false;
    for (const char c : number) {
        if (c == '.') {
            if (std::exchange(fraction, true)) return std::nullopt;
            continue;
        }
        const Nanos digit = c - '0';
        Nanos share = 0;
        if (fraction) {
            if (digit != 0 && unit % 10 != 0) return std::nullopt;
            unit /= 10;
            share = digit * unit;
        } else if (__builtin_mul_overflow(total, Nanos{10}, &total) ||
                   __builtin_mul_overflow(digit, unit, &share)) {
            return std::nullopt;
        }
        if (__builtin_add_overflow(total, share, &total)) return std::nullopt;
    }
    return negative ? -total : total;
}

}  // namespace ringside
