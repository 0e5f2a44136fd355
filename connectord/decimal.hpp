#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringside::connectord {

/// A number as venues write it: units * 10^-decimals. Exact; no binary fraction is involved.
struct Decimal {
    std::int64_t units = 0;
    unsigned decimals = 0;

    /// Digits with an optional sign and point, up to 18 digits; none for anything else.
    static std::optional<Decimal> parse(std::string_view text) noexcept;
    double value() const noexcept;
};

/// A price tick or lot size: turns whole steps into the text that a venue expects, and back.
class DecimalStep {
  public:
    /// One: "1".
    DecimalStep() = default;
    /// None unless the text is a number above zero.
    static std::optional<DecimalStep> parse(std::string_view text) noexcept;

    double value() const noexcept { return step_.value(); }
    /// "61800.2" of 618002 steps of 0.10.
    std::string text(std::int64_t steps) const;
    /// Whole steps of a number; none if it is no multiple, or too large.
    std::optional<std::int64_t> steps(std::string_view text) const noexcept;
    /// Nearest whole steps; none if the text is no number.
    std::optional<std::int64_t> nearest(std::string_view text) const noexcept;

  private:
    std::optional<std::int64_t> divide(std::string_view text, bool exactly) const noexcept;

    Decimal step_{1, 0};
};

}  // namespace ringside::connectord
