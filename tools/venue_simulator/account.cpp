#include "tools/venue_simulator/account.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ringside::venue_simulator {

Money to_money(double amount) noexcept { return round_to_integer(amount * kMoneyPerUnit); }

Account::Account(std::string name, double balance, std::vector<Instrument> instruments,
                 int leverage)
    : name_(std::move(name)),
      instruments_(std::move(instruments)),
      wallet_(to_money(balance)),
      positions_(instruments_.size()) {
    for (Position& position : positions_) position.leverage = leverage;
}

Money Account::book(AssetNo asset, Side side, Ticks price, Lots lots, Money fee,
                    std::int64_t now_ms) {
    Position& position = positions_[asset];
    const Instrument& instrument = instruments_[asset];
    const std::int64_t direction = side == Side::Buy ? 1 : -1;
    const bool reduces = position.lots * direction < 0;
    const Lots closed = reduces ? std::min(lots, std::abs(position.lots)) : 0;
    Money profit = 0;
    if (closed > 0) {
        const double entry = position.entry_ticks();
        const double gain = (static_cast<double>(price) - entry) * static_cast<double>(closed) *
                            static_cast<double>(-direction);
        profit = to_money(gain * instrument.grid.tick_size * instrument.grid.qty(1) *
                          instrument.contract_size);
        position.lots += direction * closed;
        position.cost = entry * static_cast<double>(position.lots);
    }
    const Lots opened = lots - closed;
    position.lots += direction * opened;
    position.cost += static_cast<double>(direction * opened) * static_cast<double>(price);
    position.realized += profit;
    position.updated_ms = now_ms;
    wallet_ += profit - fee;
    return profit;
}

Money Account::unrealized(AssetNo asset, double mark_price) const {
    const Position& position = positions_[asset];
    const Instrument& instrument = instruments_[asset];
    if (position.lots == 0 || mark_price <= 0) return 0;
    const double entry = position.entry_ticks() * instrument.grid.tick_size;
    return to_money((mark_price - entry) * instrument.grid.qty(position.lots) *
                    instrument.contract_size);
}

Money Account::position_margin(AssetNo asset, double mark_price) const {
    const Position& position = positions_[asset];
    const Instrument& instrument = instruments_[asset];
    const double qty = instrument.grid.qty(std::abs(position.lots));
    return to_money(instrument.amount(mark_price, qty) / position.leverage);
}

}  // namespace ringside::venue_simulator
