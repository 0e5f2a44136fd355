#include "connectord/order_table.hpp"

#include <algorithm>

namespace ringside::connectord {

OrderTable::OrderTable(std::size_t most_orders, std::size_t most_executions)
    : slots_(most_orders),
      attended_links_(most_orders),
      closed_links_(most_orders),
      executions_(most_executions),
      by_key_(most_orders),
      by_venue_id_(most_orders),
      by_bot_id_(most_orders) {
    free_.reserve(most_orders);
    for (std::size_t i = most_orders; i-- > 0;) free_.push_back(static_cast<std::uint32_t>(i));
    for (std::size_t i = most_executions; i-- > 0;) {
        executions_[i].next = first_free_execution_;
        first_free_execution_ = static_cast<std::uint32_t>(i);
    }
}

OrderRecord& OrderTable::add(const OrderKey& key) noexcept {
    if (free_.empty()) {
        RINGSIDE_CHECK(closed_.first != kNoSlot);
        free(closed_.first);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    ++in_use_;
    OrderRecord& order = slots_[slot];
    order = {};
    order.key = key;
    order.state = OrderState::Submitting;
    by_key_.insert({key.packed(), 0}, slot);
    return order;
}

void OrderTable::set_bot_id(OrderRecord& order, BotNo bot, OrderId order_id) noexcept {
    order.bot = bot;
    order.order_id = order_id;
    order.has_bot_id = true;
    by_bot_id_.insert({order_id, bot}, slot_of(order));
}

void OrderTable::release_id(OrderRecord& order) noexcept {
    if (!order.has_bot_id) return;
    by_bot_id_.erase({order.order_id, order.bot});
    order.has_bot_id = false;
}

void OrderTable::set_venue_id(OrderRecord& order, VenueOrderId id) noexcept {
    if (id == 0 || id == order.venue_id) return;
    const FixedIndex::Key key{id, order.asset_no};
    if (by_venue_id_.find(key) != kNoSlot) return;
    if (order.venue_id != 0) by_venue_id_.erase({order.venue_id, order.asset_no});
    order.venue_id = id;
    by_venue_id_.insert(key, slot_of(order));
}

std::uint32_t OrderTable::take_execution() noexcept {
    while (first_free_execution_ == kNoSlot && closed_.first != kNoSlot) free(closed_.first);
    if (first_free_execution_ == kNoSlot) {
        // More executions of live orders than were reckoned with: to lose one would be worse than
        // to allocate.
        executions_.push_back({});
        return static_cast<std::uint32_t>(executions_.size() - 1);
    }
    const std::uint32_t at = first_free_execution_;
    first_free_execution_ = executions_[at].next;
    return at;
}

bool OrderTable::note_execution(OrderRecord& order, TradeId trade, Lots lots) noexcept {
    // Ids of one instrument mostly grow, so the list is rarely walked.
    if (order.first_booked != kNoSlot && trade <= order.highest_booked) {
        for (std::uint32_t i = order.first_booked; i != kNoSlot; i = executions_[i].next) {
            if (executions_[i].trade == trade) return false;
        }
    }
    // The order itself must not be the closed one that makes room.
    const bool was_closed = closed_links_[slot_of(order)].in;
    if (was_closed) unlink(closed_, closed_links_, slot_of(order));
    const std::uint32_t at = take_execution();
    if (was_closed) push(closed_, closed_links_, slot_of(order));
    executions_[at] = {trade, lots, order.first_booked};
    order.first_booked = at;
    order.highest_booked = std::max(order.highest_booked, trade);
    return true;
}

void OrderTable::push(List& list, std::vector<Link>& links, std::uint32_t slot) noexcept {
    links[slot] = {list.last, kNoSlot, true};
    (list.last == kNoSlot ? list.first : links[list.last].next) = slot;
    list.last = slot;
    ++list.size;
}

void OrderTable::unlink(List& list, std::vector<Link>& links, std::uint32_t slot) noexcept {
    const Link link = links[slot];
    (link.previous == kNoSlot ? list.first : links[link.previous].next) = link.next;
    (link.next == kNoSlot ? list.last : links[link.next].previous) = link.previous;
    links[slot] = {};
    --list.size;
}

void OrderTable::attend(OrderRecord& order) noexcept {
    const std::uint32_t slot = slot_of(order);
    if (!attended_links_[slot].in) push(attended_, attended_links_, slot);
}

void OrderTable::leave_attended(OrderRecord& order) noexcept {
    const std::uint32_t slot = slot_of(order);
    if (attended_links_[slot].in) unlink(attended_, attended_links_, slot);
}

void OrderTable::close(OrderRecord& order, Nanos now) noexcept {
    order.closed_at = now;
    release_id(order);
    push(closed_, closed_links_, slot_of(order));
}

void OrderTable::reopen(OrderRecord& order) noexcept {
    unlink(closed_, closed_links_, slot_of(order));
}

Nanos OrderTable::oldest_closed() const noexcept {
    return closed_.first == kNoSlot ? kNever : slots_[closed_.first].closed_at;
}

void OrderTable::forget_closed(Nanos time) noexcept {
    while (closed_.first != kNoSlot && slots_[closed_.first].closed_at < time) free(closed_.first);
}

void OrderTable::free(std::uint32_t slot) noexcept {
    OrderRecord& order = slots_[slot];
    if (closed_links_[slot].in) unlink(closed_, closed_links_, slot);
    leave_attended(order);
    release_id(order);
    by_key_.erase({order.key.packed(), 0});
    if (order.venue_id != 0) by_venue_id_.erase({order.venue_id, order.asset_no});
    while (order.first_booked != kNoSlot) {
        const std::uint32_t next = executions_[order.first_booked].next;
        executions_[order.first_booked].next = first_free_execution_;
        first_free_execution_ = order.first_booked;
        order.first_booked = next;
    }
    order.state = OrderState::Free;
    free_.push_back(slot);
    --in_use_;
}

}  // namespace ringside::connectord
