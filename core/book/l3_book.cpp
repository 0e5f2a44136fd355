#include "core/book/l3_book.hpp"

namespace ringside {

std::pair<Ticks, Ticks> L3Book::shift(Side side, Ticks tick, double delta) {
    const LevelChange change = levels_.shift(side, tick, delta);
    return {change.best_before, change.best_after};
}

bool L3Book::add(Side side, std::uint64_t id, double price, double qty, OrderChange& change) {
    const Ticks tick = levels_.grid().to_ticks_nearest(price);
    if (!orders_.try_emplace(id, MarketOrder{side, tick, qty}).second) return false;
    const auto [before, after] = shift(side, tick, qty);
    change = {side, tick, tick, true, before, after};
    return true;
}

bool L3Book::remove(std::uint64_t id, OrderChange& change) {
    const auto it = orders_.find(id);
    if (it == orders_.end()) return false;
    const MarketOrder order = it->second;
    orders_.erase(it);
    const auto [before, after] = shift(order.side, order.tick, -order.qty);
    change = {order.side, order.tick, order.tick, false, before, after};
    return true;
}

bool L3Book::modify(std::uint64_t id, double price, double qty, OrderChange& change) {
    const auto it = orders_.find(id);
    if (it == orders_.end()) return false;
    MarketOrder& order = it->second;
    const Ticks tick = levels_.grid().to_ticks_nearest(price);
    const bool moved = tick != order.tick;
    change = {order.side, order.tick, tick, moved || qty > order.qty, 0, 0};
    if (moved) {
        change.best_before = shift(order.side, order.tick, -order.qty).first;
        change.best_after = shift(order.side, tick, qty).second;
    } else {
        const auto [before, after] = shift(order.side, tick, qty - order.qty);
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
    boost::unordered::erase_if(orders_,
                               [side](const auto& order) { return order.second.side == side; });
}

}  // namespace ringside
