#pragma once

#include <optional>
#include <string>

#include "core/instrument.hpp"
#include "core/order.hpp"
#include "tools/venue_simulator/decimal.hpp"

namespace ringside::venue_simulator {

/// What the venue demands of an instrument's orders besides steps.
struct FilterChoice {
    double min_qty = 0.0;  ///< 0: one lot
    double max_qty = 1000.0;
    double market_max_qty = 120.0;
    double min_price = 0.0;  ///< 0: one tick
    double max_price = 4'529'764.0;
    double min_notional = 5.0;
    double multiplier_up = 1.05;  ///< of the mark price: highest price of a buy
    double multiplier_down = 0.95;
    int max_orders = 200;
};

/// Checks orders of one instrument as the venue's filters do, and reads and writes its numbers.
class Filters {
  public:
    Filters(const Instrument& instrument, const FilterChoice& choice);

    const FilterChoice& choice() const noexcept { return choice_; }
    const DecimalStep& price_step() const noexcept { return price_step_; }
    const DecimalStep& qty_step() const noexcept { return qty_step_; }
    std::string price(Ticks ticks) const { return price_step_.text(ticks); }
    std::string qty(Lots lots) const { return qty_step_.text(lots); }
    /// A price between ticks, such as an average.
    std::string fine_price(double price) const;

    // All of these throw Refusal.
    Ticks read_price(const std::string& text) const;
    Lots read_qty(const std::string& text, OrderType type) const;
    /// `mark_price` 0: there is none to compare with.
    void check_band(Side side, Ticks price, double mark_price) const;
    void check_notional(double notional) const;

  private:
    Instrument instrument_;
    FilterChoice choice_;
    DecimalStep price_step_;
    DecimalStep qty_step_;
    Ticks min_price_;
    Ticks max_price_;
    Lots min_qty_;
    Lots max_qty_;
    Lots market_max_qty_;
};

}  // namespace ringside::venue_simulator
