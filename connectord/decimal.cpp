#include "connectord/decimal.hpp"

#include <array>

#include <fmt/format.h>

namespace ringside::connectord {

namespace {

constexpr unsigned kMostDigits = 18;

// 18 digits scaled by 18 more.
__extension__ using Wide = __int128;

constexpr std::array<std::int64_t, kMostDigits + 1> kPowers = [] {
    std::array<std::int64_t, kMostDigits + 1> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

/// The same number without zeros behind the point.
Decimal shortened(Decimal number) noexcept {
    while (number.decimals > 0 && number.units % 10 == 0) {
        number.units /= 10;
        --number.decimals;
    }
    return number;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) noexcept {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    Decimal number;
    unsigned digits = 0;
    bool has_point = false;
    for (const char c : text) {
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > kMostDigits) return std::nullopt;
        number.units = number.units * 10 + (c - '0');
        if (has_point) ++number.decimals;
    }
    if (digits == 0) return std::nullopt;
    if (negative) number.units = -number.units;
    return number;
}

double Decimal::value() const noexcept {
    return static_cast<double>(units) / static_cast<double>(kPowers[decimals]);
}

std::optional<DecimalStep> DecimalStep::parse(std::string_view text) noexcept {
    const auto number = Decimal::parse(text);
    if (!number || number->units <= 0) return std::nullopt;
    DecimalStep step;
    step.step_ = shortened(*number);
    return step;
}

std::string DecimalStep::text(std::int64_t steps) const {
    const bool negative = steps < 0;
    const std::uint64_t magnitude =
        (negative ? 0 - static_cast<std::uint64_t>(steps) : static_cast<std::uint64_t>(steps)) *
        static_cast<std::uint64_t>(step_.units);
    const auto scale = static_cast<std::uint64_t>(kPowers[step_.decimals]);
    const char* sign = negative ? "-" : "";
    if (step_.decimals == 0) return fmt::format("{}{}", sign, magnitude);
    return fmt::format("{}{}.{:0{}}", sign, magnitude / scale, magnitude % scale, step_.decimals);
}

std::optional<std::int64_t> DecimalStep::steps(std::string_view text) const noexcept {
    return divide(text, true);
}
std::optional<std::int64_t> DecimalStep::nearest(std::string_view text) const noexcept {
    return divide(text, false);
}

std::optional<std::int64_t> DecimalStep::divide(std::string_view text,
                                                bool exactly) const noexcept {
    const auto number = Decimal::parse(text);
    if (!number) return std::nullopt;
    // number.units / 10^nd divided by step.units / 10^sd.
    Wide dividend = number->units;
    Wide divisor = step_.units;
    dividend *= kPowers[step_.decimals];
    divisor *= kPowers[number->decimals];
    Wide quotient = dividend / divisor;
    const Wide rest = dividend % divisor;
    if (rest != 0 && exactly) return std::nullopt;
    if (2 * (rest < 0 ? -rest : rest) >= divisor) quotient += rest < 0 ? -1 : 1;
    constexpr Wide kMost = std::int64_t{1} << 53;
    if (quotient > kMost || quotient < -kMost) return std::nullopt;
    return static_cast<std::int64_t>(quotient);
}

}  // namespace ringside::connectord
