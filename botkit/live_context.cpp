#include <algorithm>

#include "botkit/context.hpp"
#include "core/steady_clock.hpp"

namespace ringside::botkit {

void Context::look_at_clock() noexcept {
    if (!live_) return;
    const Nanos now = time_on(clock_anchor_);
    now_ = now_ == kNever ? now : std::max(now_, now);
}

void Context::stop_after(const std::atomic<bool>* flag, Nanos duration_ns) noexcept {
    look_at_clock();
    stop_flag_ = flag;
    stop_at_ = live_ ? saturating_add(now_, duration_ns) : kNever;
}

bool Context::is_stopped() const noexcept {
    // Relaxed: a wish, which nothing else depends on.
    return (stop_flag_ != nullptr && stop_flag_->load(std::memory_order_relaxed)) ||
           now_ >= stop_at_ || stopped_by_.has_value();
}

Code Context::advance_live(Goal goal) {
    look_at_clock();
    goal.target = std::min(goal.target, stop_at_);
    for (;;) {
        if (is_stopped()) {
            // What was answered before is known afterwards, in the state and in the order log.
            take_live_responses(goal);
            return Code::EndOfData;
        }
        bool any = take_live_feed(goal);
        if (!goal.woken || goal.feed) any |= take_live_responses(goal);
        any |= take_live_errors();
        look_at_clock();
        if (goal.woken) return goal.result;
        // What was received before the target is processed first, however late it is.
        if (now_ >= goal.target && (!any || last_processed_ >= goal.target)) {
            return is_stopped() ? Code::EndOfData : goal.result;
        }
        if (!any) link_->idle();
    }
}

/// Processes one message, whole: between its rows the book is none that the venue ever had.
bool Context::take_live_feed(Goal& goal) {
    const FeedRows rows = link_->next_rows();
    if (rows.updates.empty()) return false;
    if (on_batch_) on_batch_(*this);
    LocalAsset& asset = assets_[rows.asset_no];
    rows_asset_ = rows.asset_no;
    for (const MarketUpdate& update : rows.updates) asset.on_update(update, rows.rows);
    asset.heard(rows.updates.back());
    last_processed_ = std::max(last_processed_, rows.updates.back().local_ts);
    events_processed_ += rows.updates.size();
    look_at_clock();
    if (callbacks_ != nullptr) tell_of_live_rows(rows);
    if (goal.feed) {
        goal.woken = true;
        goal.result = Code::MarketFeed;
    }
    return true;
}

void Context::tell_of_live_rows(const FeedRows& rows) {
    in_callback_ = true;
    for (const MarketUpdate& update : rows.updates) tell_of(rows.rows.of(&update));
    in_callback_ = false;
}

bool Context::take_live_responses(Goal& goal) {
    arrived_.clear();
    link_->poll(arrived_);
    if (arrived_.empty()) return false;
    look_at_clock();
    for (const OrderResponse& response : arrived_) {
        LocalAsset& asset = assets_[response.asset_no];
        const bool ends_wait = asset.on_response(response);
        if (order_log_ != nullptr) order_log_->add(response, asset.instrument());
        const bool wakes =
            goal.on == Wake::AnyResponse ||
            (goal.on == Wake::OrderResponse && ends_wait && response.asset_no == goal.asset_no &&
             response.order_id == goal.order_id);
        if (wakes) {
            goal.woken = true;
            if (goal.feed) goal.result = Code::OrderResponse;
        }
        if (response.kind == ResponseKind::Refused) report_refusal(response);
        if (callbacks_ == nullptr) continue;
        in_callback_ = true;
        tell_of(response);
        in_callback_ = false;
    }
    return true;
}

bool Context::take_live_errors() {
    LiveError error;
    bool any = false;
    for (; link_->take_error(error); any = true) report(error);
    return any;
}

void Context::report_refusal(const OrderResponse& response) {
    const auto code = static_cast<Code>(response.error);
    switch (code) {
        case Code::RequestInFlight:
        case Code::OrderNotFound:
        case Code::InvalidOrderStatus:
        case Code::NothingToChange:
            return;  // the order was faster than the request: nothing is wrong
        default:
            break;
    }
    report({.kind = LiveErrorKind::OrderRefused,
            .asset_no = response.asset_no,
            .order_id = response.order_id,
            .code = code,
            .ts = response.resp_ts,
            .words = assets_[response.asset_no].instrument().symbol + ": order " +
                     std::to_string(response.order_id) + " was refused with code " +
                     std::to_string(response.error)});
}

void Context::report(const LiveError& error) {
    ++errors_;
    OnError then = on_error_;
    if (decide_) {
        in_callback_ = true;
        then = decide_(*this, error);
        in_callback_ = false;
    }
    if (then == OnError::Stop && !stopped_by_) stopped_by_ = error;
}

}  // namespace ringside::botkit
