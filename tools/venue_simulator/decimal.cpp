#include "tools/venue_simulator/decimal.hpp"

#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/price.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr int kDigitsMax = 12;
constexpr std::int64_t kUnitsMax = std::int64_t{1} << 62;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

DecimalStep::DecimalStep(double step) {
    double scaled = step;
    for (digits_ = 0; digits_ <= kDigitsMax; ++digits_, scaled *= 10) {
        units_ = round_to_integer(scaled);
        if (units_ > 0 && std::abs(scaled - static_cast<double>(units_)) < 1e-6) return;
    }
    fail(ExitCode::Usage, "{} is no decimal step above zero: give one such as 0.01", step);
}

std::string DecimalStep::text(std::int64_t steps) const {
    return decimal_text(steps * units_, digits_);
}

DecimalStep::Parsed DecimalStep::parse(std::string_view text) const noexcept {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    const std::size_t point = text.find('.');
    std::string_view fraction = point == text.npos ? "" : text.substr(point + 1);
    const std::string_view whole = text.substr(0, point);
    if (whole.empty() && fraction.empty()) return {0, Fault::NoNumber};
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
    std::int64_t units = 0;
    const auto take = [&](char c) {
        if (!is_digit(c) || units > kUnitsMax / 10 - 1) return false;
        units = units * 10 + (c - '0');
        return true;
    };
    for (const char c : whole) {
        if (!take(c)) return {0, Fault::NoNumber};
    }
    for (const char c : fraction) {
        if (!is_digit(c)) return {0, Fault::NoNumber};
    }
    if (fraction.size() > static_cast<std::size_t>(digits_)) return {0, Fault::TooPrecise};
    for (int i = 0; i < digits_; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (!take(at < fraction.size() ? fraction[at] : '0')) return {0, Fault::NoNumber};
    }
    if (units % units_ != 0) return {0, Fault::OffStep};
    return {(negative ? -units : units) / units_, Fault::None};
}

std::string decimal_text(std::int64_t units, int digits) {
    if (digits == 0) return fmt::format("{}", units);
    std::int64_t scale = 1;
    for (int i = 0; i < digits; ++i) scale *= 10;
    const std::int64_t size = units < 0 ? -units : units;
    return fmt::format("{}{}.{:0{}}", units < 0 ? "-" : "", size / scale, size % scale, digits);
}

std::string decimal_text(double value, int digits) {
    const std::string text = fmt::format("{:.{}f}", value, digits);
    // Nothing is not negative.
    const bool is_zero = text.find_first_not_of("-0.") == text.npos;
    return is_zero && text.front() == '-' ? text.substr(1) : text;
}

}  // namespace ringside::venue_simulator
