#include "connectord/order_manager.hpp"

namespace ringside::connectord {

void OrderManager::ask(OrderRecord& order, Question& question, Nanos due, Nanos now) {
    if (!question.needed)
        question = {.needed = true, .due = due};
    else if (question.ticket == 0)
        question.due = std::min(question.due, due);
    attend(order, now);
}

void OrderManager::put_off(Question& question, Nanos now) const noexcept {
    question.needed = true;
    question.ticket = 0;
    question.wait = question.wait == 0 ? options_.question_first
                                       : std::min(2 * question.wait, options_.question_most);
    question.due = saturating_add(now, question.wait);
}

bool OrderManager::put_question(OrderRecord& order, Question& question, ActionKind kind,
                                Nanos now) {
    if (kind == ActionKind::QueryTrades && order.venue_id == 0) {
        // A list of executions is found by the venue's id, which the order's state tells.
        if (order.live()) ask(order, order.state_question, now, now);
        put_off(question, now);
        return false;
    }
    const RateCost& cost = options_.costs[static_cast<std::size_t>(kind)];
    if (!budget_.try_take(Purpose::Query, cost, now)) {
        ++counters_.throttled;
        question.due = std::max(budget_.free_at(Purpose::Query, cost, now), now + kMillisecond);
        return false;
    }
    question.ticket = ++tickets_;
    question.asked_at = now;
    question.due = saturating_add(now, options_.answer_timeout);
    actions_.push({.ticket = question.ticket,
                   .key = order.key,
                   .venue_id = order.venue_id,
                   .asset_no = order.asset_no,
                   .kind = kind,
                   .side = order.side});
    ++(kind == ActionKind::QueryOrder ? counters_.queries : counters_.trade_queries);
    return true;
}

void OrderManager::try_cancel(OrderRecord& order, Nanos now) {
    const bool possible = order.cancel_wanted && is_open(order.state) &&
                          order.in_flight == InFlight::None &&
                          order.verdict == VenueStatus::Unset && now >= order.cancel_due;
    if (!possible) return;
    const RateCost& cost = options_.costs[static_cast<std::size_t>(ActionKind::Cancel)];
    if (!budget_.try_take(Purpose::Cancel, cost, now)) {
        ++counters_.throttled;
        order.cancel_due =
            std::max(budget_.free_at(Purpose::Cancel, cost, now), now + kMillisecond);
        return;
    }
    order.cancel_wanted = false;
    order.in_flight = InFlight::Cancelling;
    send(order, ActionKind::Cancel, now);
    ++counters_.cancels;
}

Nanos OrderManager::due_of(const OrderRecord& order) noexcept {
    Nanos due = kNever;
    if (order.in_flight != InFlight::None && !order.lost) due = order.answer_due;
    for (const Question* question : {&order.state_question, &order.trades_question}) {
        if (question->needed) due = std::min(due, question->due);
    }
    const bool cancels = order.cancel_wanted && is_open(order.state) &&
                         order.in_flight == InFlight::None && order.verdict == VenueStatus::Unset;
    return cancels ? std::min(due, order.cancel_due) : due;
}

void OrderManager::attend(OrderRecord& order, Nanos /*now*/) {
    const Nanos due = due_of(order);
    if (due == kNever) return;
    table_.attend(order);
    wake_at(due);
}

void OrderManager::attend_now(OrderRecord& order, Nanos now) {
    if (order.in_flight != InFlight::None && !order.lost && now >= order.answer_due) {
        ++counters_.unanswered;
        lose(order, now);
    }
    const auto turn = [&](Question& question, ActionKind kind) {
        if (!question.needed || now < question.due) return;
        if (question.ticket != 0) {
            put_off(question, now);  // was not answered
            return;
        }
        put_question(order, question, kind, now);
    };
    turn(order.trades_question, ActionKind::QueryTrades);
    turn(order.state_question, ActionKind::QueryOrder);
    try_cancel(order, now);
    const Nanos due = due_of(order);
    if (due == kNever)
        table_.leave_attended(order);
    else
        wake_at(due);
}

void OrderManager::on_time(Nanos now) {
    if (now < next_deadline_) return;
    next_deadline_ = kNever;
    table_.for_each_attended([&](OrderRecord& order) { attend_now(order, now); });
    table_.forget_closed(now - options_.keep_closed);
    if (const Nanos oldest = table_.oldest_closed(); oldest != kNever) {
        wake_at(std::max(saturating_add(oldest, options_.keep_closed) + 1, now + kSecond));
    }
    // Not in the middle of a burst, if that can be helped.
    if (journal_ != nullptr && journal_->room() < journal_->capacity() / 8) compact();
}

void OrderManager::on_stream_gap(Nanos now) {
    gap_at_ = now;
    table_.for_each([&](OrderRecord& order) {
        if (!order.live() || order.verdict != VenueStatus::Unset) return;
        // An answer to an older question, and that to a submit on its way, may be older than what
        // the stream did not bring.
        order.state_question = {};
        ask(order, order.state_question, saturating_add(now, options_.list_patience), now);
    });
}

void OrderManager::on_open_orders(AssetNo asset_no, std::span<const OrderUpdate> orders,
                                  Nanos asked_at, Nanos now) {
    ++lists_;
    foreign_open_ = 0;
    for (const OrderUpdate& update : orders) {
        OrderRecord* order = update.key ? table_.find(update.key) : nullptr;
        if (!update.key) {
            ++foreign_open_;
        } else if (order != nullptr) {
            order->list_no = lists_;
            on_update(update, now);
            const bool enough = asked_at >= gap_at_ && is_open(order->state) &&
                                order->leaves() > 0 && order->state_question.ticket == 0;
            if (enough) order->state_question = {};
        } else {
            adopt_leftover(update, now);
        }
    }
    table_.for_each([&](OrderRecord& order) {
        const bool meant = asset_no == kAllAssets || order.asset_no == asset_no;
        const bool expected = meant && order.live() && order.verdict == VenueStatus::Unset &&
                              order.seen && order.seen_at <= asked_at;
        if (expected && order.list_no != lists_ && !order.doubted) doubt(order, now, now);
    });
}

void OrderManager::adopt_leftover(const OrderUpdate& update, Nanos now) {
    // What the journal covers is in the table or was closed by the venue's word, and the list is
    // late. Older orders are left from a run whose journal was lost.
    const bool usable = update.status == VenueStatus::Working && update.key.epoch < first_epoch_ &&
                        update.asset_no < instruments_.size() && !table_.full();
    if (!usable) {
        ++counters_.forgotten_updates;
        return;
    }
    OrderRecord& order = table_.add(update.key);
    order.bot = kNoBot;  // bots had other numbers then
    order.asset_no = update.asset_no;
    order.side = update.side;
    order.time_in_force = update.time_in_force;
    order.type = update.type;
    order.price_ticks = update.price_ticks;
    order.qty_lots = update.qty_lots;
    order.executed_lots = order.booked_lots = update.executed_lots;
    order.known_until = update.exch_ts;
    order.sent_at = now;
    order.told = Status::New;
    order.list_no = lists_;
    write_order(order);
    ++counters_.adopted;
    on_update(update, now);
    if (options_.leftovers == BotGonePolicy::Cancel) want_cancel(order, now);
}

void OrderManager::on_position(AssetNo asset_no, Lots lots, Nanos /*now*/) {
    Account& account = account_[asset_no];
    account.reported = lots;
    account.is_reported = true;
    if (!account.is_known) accept_position(asset_no);
}

Lots OrderManager::position_drift(AssetNo asset_no) const noexcept {
    const Account& account = account_[asset_no];
    return account.is_reported ? account.reported - account.exposure.position : 0;
}

void OrderManager::accept_position(AssetNo asset_no) {
    Account& account = account_[asset_no];
    const Lots drift = position_drift(asset_no);
    account.before_us += drift;
    account.exposure.position += drift;
    account.is_known = true;
    write_ahead({.kind = JournalKind::Position,
                 .asset_no = asset_no,
                 .bot = kNoBot,
                 .lots = account.before_us});
}

}  // namespace ringside::connectord
