#include "tools/venue_simulator/filters.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

[[noreturn]] void refuse_malformed(const char* name) {
    throw Refusal(
        -1102,
        fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or malformed.", name));
}

}  // namespace

Filters::Filters(const Instrument& instrument, const FilterChoice& choice)
    : instrument_(instrument),
      choice_(choice),
      price_step_(instrument.grid.tick_size),
      qty_step_(instrument.grid.lot_size),
      min_price_(std::max<Ticks>(instrument.grid.to_ticks_nearest(choice.min_price), 1)),
      max_price_(instrument.grid.to_ticks_nearest(choice.max_price)),
      min_qty_(std::max<Lots>(instrument.grid.to_lots_nearest(choice.min_qty), 1)),
      max_qty_(instrument.grid.to_lots_nearest(choice.max_qty)),
      market_max_qty_(instrument.grid.to_lots_nearest(choice.market_max_qty)) {
    choice_.min_price = instrument.grid.price(min_price_);
    choice_.min_qty = instrument.grid.qty(min_qty_);
}

std::string Filters::fine_price(double price) const {
    return decimal_text(price, price_step_.digits() + 4);
}

Ticks Filters::read_price(const std::string& text) const {
    const auto [ticks, fault] = price_step_.parse(text);
    switch (fault) {
        case DecimalStep::Fault::NoNumber:
            refuse_malformed("price");
        case DecimalStep::Fault::TooPrecise:
            throw Refusal(-1111, "Precision is over the maximum defined for this asset.");
        case DecimalStep::Fault::OffStep:
            throw Refusal(-4014, "Price not increased by tick size.");
        case DecimalStep::Fault::None:
            break;
    }
    if (ticks <= 0) throw Refusal(-4001, "Price less than or equal to zero.");
    if (ticks < min_price_) throw Refusal(-4013, "Price less than min price.");
    if (ticks > max_price_) throw Refusal(-4002, "Price greater than max price.");
    return ticks;
}

Lots Filters::read_qty(const std::string& text, OrderType type) const {
    const auto [lots, fault] = qty_step_.parse(text);
    switch (fault) {
        case DecimalStep::Fault::NoNumber:
            refuse_malformed("quantity");
        case DecimalStep::Fault::TooPrecise:
            throw Refusal(-1111, "Precision is over the maximum defined for this asset.");
        case DecimalStep::Fault::OffStep:
            throw Refusal(-4023, "Quantity not increased by step size.");
        case DecimalStep::Fault::None:
            break;
    }
    if (lots <= 0) throw Refusal(-4003, "Quantity less than or equal to zero.");
    if (lots < min_qty_) throw Refusal(-4004, "Quantity less than min quantity.");
    const Lots most = type == OrderType::Market ? market_max_qty_ : max_qty_;
    if (lots > most) throw Refusal(-4005, "Quantity greater than max quantity.");
    return lots;
}

void Filters::check_band(Side side, Ticks price, double mark_price) const {
    if (mark_price <= 0) return;
    const double asked = instrument_.grid.price(price);
    if (side == Side::Buy && asked > mark_price * choice_.multiplier_up) {
        throw Refusal(-4016, fmt::format("Limit price can't be higher than {}.",
                                         fine_price(mark_price * choice_.multiplier_up)));
    }
    if (side == Side::Sell && asked < mark_price * choice_.multiplier_down) {
        throw Refusal(-4024, fmt::format("Limit price can't be lower than {}.",
                                         fine_price(mark_price * choice_.multiplier_down)));
    }
}

void Filters::check_notional(double notional) const {
    // Products of decimals are a little off.
    if (notional * (1 + 1e-12) >= choice_.min_notional) return;
    throw Refusal(-4164, fmt::format("Order's notional must be no smaller than {} (unless you "
                                     "choose reduce only).",
                                     choice_.min_notional));
}

}  // namespace ringside::venue_simulator
