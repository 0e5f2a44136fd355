#include "core/book/l3_book.hpp"

namespace ringside {

std::pair<Ticks, Ticks> L3Book::shift(Side side, Ticks tick, double delta) {
    const LevelChange change = levels_.shift(side, tick, delta);
    return {change.best_before, change.best_after};
}

bool L3Book::add(Side side, std::uint64_t id, Ticks tick, double qty, OrderChange& change) {
    MarketOrder* const order = orders_.add(id, side, last_place_ + 1);
    if (order == nullptr) return false;
    order->tick = tick;
    order->qty = qty;
    ++last_place_;
    const auto [before, after] = shift(side, tick, qty);
    change = {side, tick, tick, before, after};
    return true;
}

bool L3Book::remove(std::uint64_t id, OrderChange& change) {
    MarketOrder* const found = orders_.find(id);
    if (found == nullptr) return false;
    const MarketOrder order = *found;
    orders_.remove(found);
    const auto [before, after] = shift(order.side(), order.tick, -order.qty);
    change = {order.side(), order.tick, order.tick, before, after};
    return true;
}

bool L3Book::modify(std::uint64_t id, Ticks tick, double qty, OrderChange& change) {
    MarketOrder* const found = orders_.find(id);
    if (found == nullptr) return false;
    MarketOrder& order = *found;
    const Side side = order.side();
    const bool moved = tick != order.tick;
    change = {side, order.tick, tick, 0, 0};
    if (moved || qty > order.qty) order.stand(side, ++last_place_);
    if (moved) {
        change.best_before = shift(side, order.tick, -order.qty).first;
        change.best_after = shift(side, tick, qty).second;
    } else {
        const auto [before, after] = shift(side, tick, qty - order.qty);
        change.best_before = before;
        change.best_after = after;
    }
    order.tick = tick;
    order.qty = qty;
    return true;
}

void L3Book::clear(Side side) {
    const double all = std::numeric_limits<double>::quiet_NaN();
    if (side != Side::Sell) levels_.clear(Side::Buy, all);
    if (side != Side::Buy) levels_.clear(Side::Sell, all);
    if (side == Side::Unset) {
        orders_.clear();
        return;
    }
    orders_.clear(side);
}

}  // namespace ringside
