#include "connectord/order_manager.hpp"

namespace ringside::connectord {

namespace {

constexpr Code code_of(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::PostOnly:
            return Code::WouldTake;
        case Refusal::Unfillable:
            return Code::Unfillable;
        case Refusal::Funds:
            return Code::NoFunds;
        case Refusal::ReduceOnly:
            return Code::ReduceOnly;
        case Refusal::RateLimited:
            return Code::VenueRateLimit;
        case Refusal::UnknownOrder:
            return Code::OrderNotFound;
        case Refusal::NoChange:
            return Code::NothingToChange;
        case Refusal::Clock:
        case Refusal::Auth:
            return Code::VenueKey;
        case Refusal::Rule:
        case Refusal::Unset:
            break;
    }
    return Code::VenueRejected;
}

}  // namespace

void OrderManager::on_answer(const ActionAnswer& answer, Nanos now) {
    if (answer.kind == ActionKind::CancelAll) return;
    OrderRecord* order = table_.find(answer.key);
    if (order == nullptr) {
        ++counters_.stray_answers;
        return;
    }
    // Whatever becomes of the request: what the venue says of the order holds.
    if (answer.has_update) absorb(*order, answer.update, now);
    if (answer.kind == ActionKind::QueryOrder) {
        on_order_answer(*order, answer, now);
    } else if (answer.kind == ActionKind::QueryTrades) {
        on_trades_answer(*order, answer, now);
    } else if (answer.ticket != order->ticket) {
        ++counters_.stray_answers;
    } else if (answer.kind == ActionKind::Submit && order->in_flight == InFlight::Submitting) {
        on_submit_answer(*order, answer, now);
    } else if (answer.kind == ActionKind::Cancel && order->in_flight == InFlight::Cancelling) {
        on_cancel_answer(*order, answer, now);
    } else if (answer.kind == ActionKind::Modify && order->in_flight == InFlight::Replacing) {
        on_modify_answer(*order, answer, now);
    } else if (answer.kind == ActionKind::Submit && answer.outcome == Outcome::Refused &&
               order->live() && order->verdict == VenueStatus::Unset) {
        // Another channel has shown the order that this answer says there is not.
        ++counters_.contradictions;
        doubt(*order, now, now);
    }
    try_cancel(*order, now);
    attend(*order, now);
}

void OrderManager::on_submit_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now) {
    switch (answer.outcome) {
        case Outcome::Done:
            order.seen = true;
            order.seen_at = std::min(order.seen_at, now);
            acknowledge_submit(order, now);
            if (!order.doubted) apply(order, OrderEvent::SeenWorking);
            return;
        case Outcome::Refused: {
            order.code = code_of(answer.refusal);
            const bool expired =
                answer.refusal == Refusal::PostOnly || answer.refusal == Refusal::Unfillable;
            close(order, expired ? OrderEvent::SeenExpired : OrderEvent::SeenRejected, now);
            return;
        }
        case Outcome::Unknown:
            lose(order, now);
            return;
        case Outcome::NotSent:
            order.code = Code::NotSent;
            close(order, OrderEvent::NotSent, now);
            return;
    }
}

void OrderManager::on_cancel_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now) {
    if (answer.outcome == Outcome::Done) {
        // An update says how much of it was executed before; else it is asked about.
        order.answer_due = std::min(order.answer_due, saturating_add(now, options_.fill_patience));
        return;
    }
    if (answer.outcome == Outcome::Unknown) {
        lose(order, now);
        return;
    }
    order.in_flight = InFlight::None;
    order.lost = false;
    order.answer_due = kNever;
    const bool later = answer.outcome == Outcome::NotSent ||
                       answer.refusal == Refusal::RateLimited || answer.refusal == Refusal::Clock;
    if (answer.refusal == Refusal::UnknownOrder) {
        doubt(order, saturating_add(now, options_.fill_patience), now);
        return;
    }
    if (!order.doubted) apply(order, OrderEvent::SeenWorking);
    if (!later) {
        tell_refused(order, order.cancel_seq, order.cancel_ts, code_of(answer.refusal), now);
        order.cancel_seq = 0;
    }
    if (later || order.cancel_ours) put_off_cancel(order, now);
}

void OrderManager::on_modify_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now) {
    if (answer.outcome == Outcome::Unknown) {
        lose(order, now);
        return;
    }
    if (answer.outcome == Outcome::Done) {
        // An update that came along has been absorbed; one that shows other values is asked about.
        if (answer.has_update)
            lose(order, now);
        else
            finish_modify(order, now);
        return;
    }
    if (answer.refusal == Refusal::UnknownOrder) {
        doubt(order, saturating_add(now, options_.fill_patience), now);
        order.lost = true;
        return;
    }
    const Code code = answer.outcome == Outcome::NotSent ? Code::NotSent : code_of(answer.refusal);
    order.in_flight = InFlight::None;
    order.lost = false;
    order.answer_due = kNever;
    if (!order.doubted) apply(order, OrderEvent::SeenWorking);
    tell_refused(order, order.req_seq, order.req_ts, code, now);
    order.req_seq = 0;
    expose(order);
}

void OrderManager::on_order_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now) {
    Question& question = order.state_question;
    if (question.ticket == 0 || answer.ticket != question.ticket) return;
    question.ticket = 0;
    if (!order.live() || order.verdict != VenueStatus::Unset) {
        question = {};
    } else if (answer.outcome == Outcome::Done && answer.has_update) {
        resolve(order, question.asked_at, now);
    } else if (answer.outcome == Outcome::Refused && answer.refusal == Refusal::UnknownOrder) {
        on_not_found(order, question.asked_at, now);
    } else {
        put_off(question, now);
    }
}

void OrderManager::on_trades_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now) {
    Question& question = order.trades_question;
    if (question.ticket == 0 || answer.ticket != question.ticket) return;
    question.ticket = 0;
    if (order.missing_lots() > 0)
        put_off(question, now);
    else
        question = {};
}

void OrderManager::resolve(OrderRecord& order, Nanos asked_at, Nanos now) {
    order.not_found = 0;
    order.doubted = false;
    if (order.lost && order.in_flight == InFlight::Replacing) {
        if (asked_at < saturating_add(order.sent_at, options_.request_lifetime)) {
            put_off(order.state_question, now);  // the venue may still carry it out
            return;
        }
        order.in_flight = InFlight::None;
        tell_refused(order, order.req_seq, order.req_ts, Code::NeverArrived, now);
        order.req_seq = 0;
    }
    if (order.lost) order.in_flight = InFlight::None;
    order.lost = false;
    order.state_question = {};
    if (order.in_flight == InFlight::None) order.answer_due = kNever;
    const bool cancels = order.cancel_seq != 0 || order.cancel_ours;
    if (cancels && order.in_flight == InFlight::None && !order.cancel_wanted) {
        put_off_cancel(order, now);
    }
    apply(order, OrderEvent::SeenWorking);
    settle(order, now);
}

void OrderManager::on_not_found(OrderRecord& order, Nanos asked_at, Nanos now) {
    if (order.state == OrderState::Submitting) {
        put_off(order.state_question, now);  // it is on its way
        return;
    }
    if (order.state != OrderState::Unknown) {
        order.doubted = true;
        apply(order, OrderEvent::NoAnswer);
    }
    const bool conclusive = asked_at >= saturating_add(order.sent_at, options_.request_lifetime);
    if (conclusive && order.missing_lots() > 0) ++counters_.contradictions;
    if (!conclusive || order.missing_lots() > 0 || ++order.not_found < options_.not_found_needed) {
        put_off(order.state_question, now);
        return;
    }
    order.inferred = true;
    order.code = Code::NeverArrived;
    if (!order.seen) ++counters_.never_arrived;
    close(order, order.seen ? OrderEvent::Vanished : OrderEvent::NeverThere, now);
}

void OrderManager::lose(OrderRecord& order, Nanos now) {
    order.lost = true;
    order.answer_due = kNever;
    apply(order, OrderEvent::NoAnswer);
    order.state_question = {};  // an answer to an older question would say nothing
    ask(order, order.state_question, now, now);
}

void OrderManager::doubt(OrderRecord& order, Nanos ask_at, Nanos now) {
    if (!order.live() || order.verdict != VenueStatus::Unset) return;
    order.doubted = true;
    apply(order, OrderEvent::NoAnswer);
    order.state_question = {};
    ask(order, order.state_question, ask_at, now);
}

void OrderManager::put_off_cancel(OrderRecord& order, Nanos now) {
    order.cancel_wanted = true;
    order.cancel_due = saturating_add(now, order.cancel_wait);
    order.cancel_wait = order.cancel_wait == 0
                            ? options_.question_first
                            : std::min(2 * order.cancel_wait, options_.question_most);
}

}  // namespace ringside::connectord
