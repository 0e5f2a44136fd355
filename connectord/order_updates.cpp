#include "connectord/order_manager.hpp"

namespace ringside::connectord {

void OrderManager::on_update(const OrderUpdate& update, Nanos now) {
    if (!update.key) {
        ++counters_.foreign_updates;
        return;
    }
    OrderRecord* order = table_.find(update.key);
    if (order == nullptr) {
        ++counters_.forgotten_updates;
        return;
    }
    absorb(*order, update, now);
    try_cancel(*order, now);
    attend(*order, now);
}

void OrderManager::on_trade(const TradeReport& trade, Nanos now) {
    OrderRecord* order = table_.find(trade.asset_no, trade.venue_id);
    if (order == nullptr) return;
    if (order->live()) acknowledge_submit(*order, now);
    if (!book(*order, trade.execution, now)) return;
    ++counters_.repaired_fills;
    settle(*order, now);
}

void OrderManager::absorb(OrderRecord& order, const OrderUpdate& update, Nanos now) {
    table_.set_venue_id(order, update.venue_id);
    order.exch_ts = std::max(order.exch_ts, update.exch_ts);
    const bool says_open = update.status == VenueStatus::Working;
    if (!order.live() && says_open && order.inferred) revive(order, now);
    const bool asked = update.channel == Channel::Query || update.channel == Channel::Snapshot;
    if (update.executed_lots > order.executed_lots) {
        order.executed_lots = update.executed_lots;
        if (asked) ++counters_.repaired;
    }
    if (order.live()) {
        order.seen = true;
        order.seen_at = std::min(order.seen_at, now);
        take_price(order, update, now);
        if (is_final(update.status)) {
            // Some answers name no executed size; a filled order's is its whole one.
            if (update.status == VenueStatus::Filled && update.executed_lots == 0) {
                order.executed_lots = std::max(order.executed_lots, order.qty_lots);
            }
            if (asked && order.verdict == VenueStatus::Unset) ++counters_.repaired;
            take_verdict(order, update.status);
        } else if (says_open && order.verdict != VenueStatus::Unset) {
            ++counters_.stale_updates;
        }
        const bool ends_at_once = order.verdict != VenueStatus::Unset &&
                                  order.missing_lots() <= 0 && update.execution.lots == 0;
        if (!ends_at_once) acknowledge_submit(order, now);
    } else if (says_open) {
        ++counters_.stale_updates;
    } else if (is_final(update.status)) {
        order.inferred = false;
    }
    book(order, update.execution, now);
    if (order.live() && !order.lost && !order.doubted) apply(order, OrderEvent::SeenWorking);
    settle(order, now);
}

void OrderManager::take_price(OrderRecord& order, const OrderUpdate& update, Nanos now) {
    if (update.qty_lots <= 0 || update.exch_ts < order.priced_ts) return;
    const bool ends = is_final(update.status);
    const bool is_wanted =
        order.in_flight == InFlight::Replacing && (!ends || update.status == VenueStatus::Filled) &&
        update.price_ticks == order.wanted_ticks && update.qty_lots == order.wanted_lots;
    const bool changed =
        update.price_ticks != order.price_ticks || update.qty_lots != order.qty_lots;
    // Within one of the venue's milliseconds the order of messages cannot be told: then only the
    // change which is awaited is believed.
    if (is_wanted && (update.amended || update.channel != Channel::Stream || changed)) {
        order.priced_ts = update.exch_ts;
        finish_modify(order, now);
    } else if (update.exch_ts > order.priced_ts) {
        order.priced_ts = update.exch_ts;
        order.price_ticks = update.price_ticks;
        order.qty_lots = update.qty_lots;
        // Changed by another hand, or in an earlier run.
        if (changed && !ends && order.told != Status::None) {
            tell(order, ResponseKind::Update, 0, order.submit_ts, order.told, now);
        }
    }
}

void OrderManager::finish_modify(OrderRecord& order, Nanos now) {
    order.price_ticks = order.wanted_ticks;
    order.qty_lots = order.wanted_lots;
    order.base_lots = order.wanted_base;
    order.in_flight = InFlight::None;
    order.lost = false;
    order.answer_due = kNever;
    if (!order.doubted) apply(order, OrderEvent::SeenWorking);
    const Status status = order.booked_lots > 0 ? Status::PartiallyFilled : Status::New;
    tell(order, ResponseKind::Ack, order.req_seq, order.req_ts, status, now);
    order.req_seq = 0;
}

void OrderManager::take_verdict(OrderRecord& order, VenueStatus status) {
    if (order.verdict != VenueStatus::Unset) {
        if (order.verdict != status) ++counters_.contradictions;
        return;
    }
    order.verdict = status;
    order.in_flight = InFlight::None;
    order.lost = order.doubted = order.cancel_wanted = false;
    order.answer_due = kNever;
    order.state_question = {};
    if (!is_open(order.state)) apply(order, OrderEvent::SeenWorking);
}

bool OrderManager::book(OrderRecord& order, const Execution& execution, Nanos now) {
    if (execution.lots <= 0) return false;
    // First: making room writes down what is booked, which this one is not yet.
    if (journal_ != nullptr && journal_->room() == 0) compact();
    const bool earlier = order.known_until != 0 && execution.exch_ts <= order.known_until;
    if (earlier || !table_.note_execution(order, execution.trade_id, execution.lots)) {
        ++counters_.duplicate_fills;
        return false;
    }
    write_ahead({.kind = JournalKind::Fill,
                 .side = order.side,
                 .asset_no = order.asset_no,
                 .bot = order.bot,
                 .key = order.key.packed(),
                 .id = execution.trade_id,
                 .price_ticks = execution.price_ticks,
                 .lots = execution.lots,
                 .fee = execution.fee,
                 .ts = execution.exch_ts});
    order.booked_lots += execution.lots;
    order.executed_lots = std::max(order.executed_lots, order.booked_lots);
    order.exch_ts = std::max(order.exch_ts, execution.exch_ts);
    add_position(order, execution.lots);
    const Instrument& instrument = instruments_[order.asset_no];
    const double amount = instrument.amount(instrument.grid.price(execution.price_ticks),
                                            instrument.grid.qty(execution.lots));
    account_[order.asset_no].balance += order.side == Side::Buy ? -amount : amount;
    account_[order.asset_no].fees += execution.fee;
    ++counters_.fills;
    if (!order.live()) ++counters_.late_fills;
    if (is_open(order.state)) apply(order, OrderEvent::SeenWorking);
    const bool all = order.verdict == VenueStatus::Filled && order.missing_lots() == 0;
    const Status status = !order.live() ? bot_status(order.state, true)
                          : all         ? Status::Filled
                                        : Status::PartiallyFilled;
    tell(order, ResponseKind::Fill, 0, order.submit_ts, status, now, &execution);
    return true;
}

void OrderManager::settle(OrderRecord& order, Nanos now) {
    if (order.missing_lots() > 0)
        ask(order, order.trades_question, saturating_add(now, options_.fill_patience), now);
    else
        order.trades_question = {};
    if (!order.live()) return;
    if (order.verdict != VenueStatus::Unset) {
        if (order.missing_lots() <= 0) {
            close(order, event_of(order.verdict), now);
            return;
        }
    } else if (order.booked_lots >= order.qty_lots && order.in_flight != InFlight::Replacing) {
        // All is executed, so the venue's word must be on its way.
        ask(order, order.state_question, saturating_add(now, options_.fill_patience), now);
    }
    expose(order);
}

void OrderManager::close(OrderRecord& order, OrderEvent event, Nanos now) {
    if (order.state == OrderState::Submitting || order.state == OrderState::Unknown ||
        is_open(order.state)) {
        apply(order, event);
    }
    order.in_flight = InFlight::None;
    order.lost = order.doubted = order.cancel_wanted = order.cancel_ours = false;
    order.answer_due = kNever;
    order.state_question = {};
    if (order.state == OrderState::Rejected) {
        ++counters_.rejected;
        if (order.code == Code::Ok) order.code = Code::VenueRejected;
    }
    // Not earlier: a modify that made it larger may not have been heard of.
    if (order.booked_lots > order.qty_lots) ++counters_.overfills;
    tell_end(order, now);
    expose(order);
    write_ahead({.kind = JournalKind::Closed,
                 .asset_no = order.asset_no,
                 .bot = order.bot,
                 .key = order.key.packed()});
    table_.close(order, now);
    wake_at(saturating_add(now, options_.keep_closed));
}

void OrderManager::revive(OrderRecord& order, Nanos now) {
    ++counters_.ghosts;
    table_.reopen(order);
    order.state = OrderState::Working;
    apply(order, OrderEvent::SeenWorking);
    order.verdict = VenueStatus::Unset;
    order.inferred = false;
    order.not_found = 0;
    write_order(order);
    expose(order);
    // Its bot was told that there is no such order, so nobody wants it.
    want_cancel(order, now);
}

void OrderManager::apply(OrderRecord& order, OrderEvent event) noexcept {
    const bool was_unknown = order.state == OrderState::Unknown;
    order.state = after(order.state, event);
    if (order.state == OrderState::Working && order.booked_lots > 0) {
        order.state = OrderState::PartiallyFilled;
    }
    const bool is_unknown = order.state == OrderState::Unknown;
    if (is_unknown && !was_unknown) {
        ++unknown_;
        ++counters_.unknown;
    }
    if (was_unknown && !is_unknown) --unknown_;
}

}  // namespace ringside::connectord
