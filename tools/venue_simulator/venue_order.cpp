#include "tools/venue_simulator/venue_order.hpp"

#include <algorithm>

namespace ringside::venue_simulator {

VenueOrder& OrderLedger::add(VenueOrder order) {
    const OrderId id = order.id;
    auto& newest = by_client_id_[key(order.account, order.client_id)];
    if (newest != 0) ++reused_client_ids_;
    newest = id;
    open_.push_back(id);
    return orders_[id] = std::move(order);
}

void OrderLedger::remove(const VenueOrder& order) {
    std::erase(open_, order.id);
    by_client_id_.erase(key(order.account, order.client_id));
    orders_.erase(order.id);
}

void OrderLedger::retire(const VenueOrder& order) {
    std::erase(open_, order.id);
    dead_.push_back(order.id);
    if (dead_.size() <= dead_max_) return;
    const auto oldest = orders_.find(dead_.front());
    const auto named = by_client_id_.find(key(oldest->second.account, oldest->second.client_id));
    if (named != by_client_id_.end() && named->second == oldest->first) {
        by_client_id_.erase(named);
    }
    orders_.erase(oldest);
    dead_.pop_front();
}

VenueOrder* OrderLedger::find(OrderId id) noexcept {
    const auto found = orders_.find(id);
    return found == orders_.end() ? nullptr : &found->second;
}

VenueOrder* OrderLedger::find(AccountNo account, AssetNo asset,
                              const std::string& client_id) noexcept {
    const auto found = by_client_id_.find(key(account, client_id));
    if (found == by_client_id_.end()) return nullptr;
    VenueOrder* const order = find(found->second);
    return order != nullptr && order->asset == asset ? order : nullptr;
}

bool OrderLedger::has_open(AccountNo account, const std::string& client_id) const noexcept {
    const auto found = by_client_id_.find(key(account, client_id));
    return found != by_client_id_.end() && orders_.at(found->second).is_open();
}

std::vector<VenueOrder*> OrderLedger::open(AccountNo account) {
    std::vector<VenueOrder*> list;
    for (const OrderId id : open_) {
        VenueOrder& order = orders_.at(id);
        if (order.account == account) list.push_back(&order);
    }
    return list;
}

std::vector<const VenueOrder*> OrderLedger::all(AccountNo account, AssetNo asset) const {
    std::vector<const VenueOrder*> list;
    for (const auto& [id, order] : orders_) {
        if (order.account == account && order.asset == asset) list.push_back(&order);
    }
    std::sort(list.begin(), list.end(),
              [](const VenueOrder* a, const VenueOrder* b) { return a->id < b->id; });
    return list;
}

}  // namespace ringside::venue_simulator
