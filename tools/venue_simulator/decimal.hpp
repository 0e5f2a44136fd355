#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringside::venue_simulator {

/// A decimal step, such as a tick size of 0.1: whole numbers of it to decimal text and back,
/// exactly.
class DecimalStep {
  public:
    enum class Fault : std::uint8_t {
        None = 0,
        NoNumber,
        TooPrecise,  ///< more decimals than the step has
        OffStep,     ///< between two steps
    };
    struct Parsed {
        std::int64_t steps = 0;
        Fault fault = Fault::None;
    };

    /// Throws Error (Usage) for a step that is no decimal number of at most 12 decimals.
    explicit DecimalStep(double step);

    int digits() const noexcept { return digits_; }
    std::string text(std::int64_t steps) const;
    Parsed parse(std::string_view text) const noexcept;

  private:
    int digits_ = 0;
    std::int64_t units_ = 1;  ///< the step in units of its last decimal
};

/// A whole number of 10^-digits as text.
std::string decimal_text(std::int64_t units, int digits);
/// A number with so many decimals, rounded to the nearest.
std::string decimal_text(double value, int digits);

}  // namespace ringside::venue_simulator
