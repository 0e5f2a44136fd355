#include "botkit/context.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace ringside::botkit {

namespace {

/// Whether a market event at `local_ts` is processed before a response.
bool market_first(Nanos local_ts, AssetNo asset_no, const OrderResponse& response) noexcept {
    return local_ts != response.resp_ts ? local_ts < response.resp_ts
                                        : asset_no <= response.asset_no;
}

/// So many lots a double still counts one by one.
constexpr Lots kMostLots = Lots{1} << 53;

bool valid_request(const Grid& grid, double price, double qty, TimeInForce tif, OrderType type) {
    const bool known_tif = tif == TimeInForce::Gtc || tif == TimeInForce::Gtx ||
                           tif == TimeInForce::Fok || tif == TimeInForce::Ioc;
    const bool known_type = type == OrderType::Limit || type == OrderType::Market;
    return known_tif && known_type && (type == OrderType::Market || std::isfinite(price)) &&
           std::isfinite(qty) && grid.to_lots_nearest(qty) > 0 &&
           grid.to_lots_nearest(qty) <= kMostLots;
}

}  // namespace

Context::Context(std::unique_ptr<Link> link)
    : link_(std::move(link)),
      rules_(Rules::of(link_->info().rules)),
      live_(link_->info().clock == ClockMode::RealTime),
      clock_anchor_(link_->info().clock_anchor),
      feed_until_(kBeforeAll),
      horizon_{kBeforeAll, kBeforeAll, kBeforeAll},
      promised_(kBeforeAll),
      last_woken_(kBeforeAll),
      ended_at_(kBeforeAll),
      last_processed_(kBeforeAll) {
    for (const Instrument& instrument : link_->info().instruments) {
        const L2Book* const shared = link_->shared_book(static_cast<AssetNo>(assets_.size()));
        assets_.emplace_back(instrument, rules_).share_book(shared);
        shares_books_ = shared != nullptr;
    }
    if (live_) {
        look_at_clock();
        return;
    }
    // The book before the first event comes ahead of it; a refusal comes as a response.
    while (next_update() == nullptr && feed_until_ != kNever) {
        sync(kBeforeAll);
        link_->idle();
    }
}

Code Context::submit(Side side, AssetNo a, OrderId id, double price, double qty, TimeInForce tif,
                     OrderType type, bool wait) {
    if (in_callback_ && (wait || now_ == kNever)) return Code::InvalidRequest;
    LocalAsset& asset = assets_.at(a);
    const Grid& grid = asset.instrument().grid;
    if (asset.orders().contains(id)) return Code::OrderIdExists;
    if (!rules_.unchecked_requests && !valid_request(grid, price, qty, tif, type)) {
        return Code::InvalidRequest;
    }
    if (!rules_.requests_do_not_start_clock && !start_clock()) return Code::EndOfData;
    look_at_clock();
    const Order order{.order_id = id,
                      .price_ticks = grid.to_ticks_nearest(price),
                      .qty_lots = grid.to_lots_nearest(qty),
                      .leaves_lots = grid.to_lots_nearest(qty),
                      .local_ts = now_,
                      .side = side,
                      .time_in_force = tif,
                      .type = type,
                      .req = Status::New};
    const Code code = send(a, asset.orders().add(order), RequestKind::Submit, wait);
    if (is_error(code)) asset.orders().remove(id);
    return code;
}

Code Context::modify(AssetNo a, OrderId id, double price, double qty, bool wait) {
    if (in_callback_ && (wait || now_ == kNever)) return Code::InvalidRequest;
    LocalAsset& asset = assets_.at(a);
    const Grid& grid = asset.instrument().grid;
    Order* order = asset.orders().find(id);
    if (order == nullptr) return Code::OrderNotFound;
    if (order->pending()) return Code::RequestInFlight;
    if (!rules_.unchecked_requests) {
        if (!order->active()) return Code::InvalidOrderStatus;
        if (!valid_request(grid, price, qty, order->time_in_force, order->type)) {
            return Code::InvalidRequest;
        }
    }
    look_at_clock();
    const Order before = *order;
    order->confirmed_price_ticks = order->price_ticks;
    order->confirmed_qty_lots = order->qty_lots;
    order->price_ticks = grid.to_ticks_nearest(price);
    order->qty_lots = grid.to_lots_nearest(qty);
    order->req = Status::Replaced;
    order->local_ts = now_;
    const Code code = send(a, *order, RequestKind::Modify, wait);
    if (is_error(code)) *order = before;
    return code;
}

Code Context::cancel(AssetNo a, OrderId id, bool wait) {
    if (in_callback_ && (wait || now_ == kNever)) return Code::InvalidRequest;
    LocalAsset& asset = assets_.at(a);
    Order* order = asset.orders().find(id);
    if (order == nullptr) return Code::OrderNotFound;
    if (order->pending()) return Code::RequestInFlight;
    if (!rules_.unchecked_requests && !order->active()) return Code::InvalidOrderStatus;
    look_at_clock();
    const Order before = *order;
    order->req = Status::Canceled;
    order->local_ts = now_;
    const Code code = send(a, *order, RequestKind::Cancel, wait);
    if (is_error(code)) *order = before;
    return code;
}

Code Context::send(AssetNo a, Order& order, RequestKind kind, bool wait) {
    const OrderRequest request{.seq = requests_sent_ + 1,
                               .order_id = order.order_id,
                               .req_ts = now_,
                               .price_ticks = order.price_ticks,
                               .qty_lots = order.qty_lots,
                               .leaves_lots = order.leaves_lots,
                               .asset_no = a,
                               .kind = kind,
                               .side = order.side,
                               .time_in_force = order.time_in_force,
                               .type = order.type,
                               .status = order.status};
    // A clock that was turned back stands before what the venue has been promised: how far a venue
    // that runs ahead is beyond it depends on scheduling, so a request from there has no defined
    // answer.
    if (now_ < promised_ && ended_at_ == kBeforeAll && !link_->can_go_back()) {
        link_->on_request_from_the_past();
        return Code::InvalidRequest;
    }
    if (!link_->send(request)) return Code::RequestRingFull;
    requests_sent_ = request.seq;
    if (order_log_ != nullptr) order_log_->add(request, assets_[a].instrument());
    order.req_seq = request.seq;
    order.exch_ts_at_request = order.exch_ts;
    if (!wait) return Code::Ok;
    if (now_ == kNever) return settle_before_start();
    return advance(
        {.target = kNever, .on = Wake::OrderResponse, .asset_no = a, .order_id = order.order_id});
}

bool Context::start_clock() {
    if (now_ == kNever) now_ = link_->info().start_ts;
    return now_ != kNever;
}

Code Context::settle_before_start() {
    // Once the requests have met the venue, no answer can be under way to a time before the data.
    const Nanos before_data = link_->info().start_ts - 1;
    sync(0);
    while (horizon_.responses_until < before_data) {
        link_->idle();
        sync(0);
    }
    Goal goal;
    while (!responses_.empty() && responses_.front().resp_ts <= before_data) {
        process_response(goal);
    }
    return Code::EndOfData;
}

Nanos Context::target_after(Nanos duration_ns) const noexcept {
    if (!rules_.clock_wraps) return saturating_add(now_, duration_ns);
    return static_cast<Nanos>(static_cast<std::uint64_t>(now_) +
                              static_cast<std::uint64_t>(duration_ns));
}

Code Context::elapse(Nanos duration_ns) {
    if (in_callback_) return Code::InvalidRequest;
    if (duration_ns < 0 && !rules_.clock_wraps) return Code::InvalidRequest;
    if (!start_clock()) return Code::EndOfData;
    return advance({.target = target_after(duration_ns)});
}

Code Context::wait_next_feed(bool include_order_resp, Nanos timeout_ns) {
    if (in_callback_) return Code::InvalidRequest;
    if (timeout_ns < 0 && !rules_.clock_wraps) return Code::InvalidRequest;
    if (!start_clock()) return Code::EndOfData;
    return advance({.target = target_after(timeout_ns),
                    .on = include_order_resp ? Wake::AnyResponse : Wake::None,
                    .feed = true});
}

Code Context::wait_order_response(AssetNo a, OrderId id, Nanos timeout_ns) {
    if (in_callback_) return Code::InvalidRequest;
    if (timeout_ns < 0 && !rules_.clock_wraps) return Code::InvalidRequest;
    if (rules_.requests_do_not_start_clock && now_ == kNever) return settle_before_start();
    if (!start_clock()) return Code::EndOfData;
    return advance({.target = target_after(timeout_ns),
                    .on = Wake::OrderResponse,
                    .asset_no = a,
                    .order_id = id});
}

Code Context::advance(Goal goal) {
    if (failure_ != Code::Ok) return failure_;
    if (live_) return advance_live(goal);
    const Code code = advance_replay(goal);
    if (shares_books_) {
        // Others may have to come here first, which they cannot where this one holds the venue
        // back.
        if (now_ > promised_ && now_ != kNever) link_->promise(promised_ = now_);
        link_->show_shared_books(update_, std::max(now_, last_processed_));
    }
    return code;
}

Code Context::advance_replay(Goal goal) {
    const Nanos began = now_;
    last_processed_ = now_;
    last_woken_ = kBeforeAll;
    unseen_until_ = may_act(goal) ? kBeforeAll : goal.target;
    sync(may_act(goal) ? now_ : goal.target);
    for (;;) {
        if (step(goal)) {
            if (failure_ != Code::Ok) {
                now_ = began;
                return failure_;
            }
            continue;
        }
        if (reached(goal)) {
            const Rest rest = rest_after(goal.target);
            if (rest == Rest::Nothing) {
                now_ = began;
                return finish_at_end(goal);
            }
            if (rest == Rest::Something) {
                now_ = goal.target;
                leave_venue_at(std::max(now_, last_woken_));
                return goal.result;
            }
        }
        const Horizon before = horizon_;
        sync(may_act(goal) ? std::min(goal.target, next_possible()) : goal.target);
        if (horizon_ == before) link_->idle();
    }
}

bool Context::step(Goal& goal) {
    const MarketUpdate* update = next_update();
    if (!may_act(goal) && !link_->info().may_fail) {
        // Nobody looks before the target, and market events and responses do not touch the same
        // state: events need not wait for the responses that come between them. Where the venue may
        // fail, its failure ends the call at its own time.
        if (update != nullptr && update->local_ts <= goal.target) {
            process_market(goal, goal.target);
            return true;
        }
    } else if (update != nullptr &&
               (responses_.empty() ||
                market_first(update->local_ts, rows_asset_, responses_.front()))) {
        const Nanos limit = market_limit(goal);
        if (update->local_ts > limit) return false;
        if (callbacks_ != nullptr)
            process_observed_market(goal, limit);
        else
            process_market(goal, limit);
        return true;
    }
    if (responses_.empty()) return false;
    const Nanos at = responses_.front().resp_ts;
    if (at > std::min(goal.target, horizon_.responses_until)) return false;
    if (update == nullptr && at > feed_until_) return false;
    process_response(goal);
    return true;
}

Nanos Context::market_limit(const Goal& goal) {
    const Nanos limit = std::min(goal.target, horizon_.responses_until);
    if (responses_.empty()) return limit;
    const OrderResponse& next = responses_.front();
    return std::min(limit, rows_asset_ <= next.asset_no ? next.resp_ts : next.resp_ts - 1);
}

void Context::process_market(Goal& goal, Nanos limit) {
    LocalAsset& asset = assets_[rows_asset_];
    const MarketUpdate* update = update_;
    const MarketUpdate* const end = updates_end_;
    const MarketUpdate* last = nullptr;
    Nanos processed = last_processed_;
    std::uint64_t count = 0;
    for (; update != end; ++update) {
        if (!update->at_local()) [[unlikely]]
            continue;
        if (update->local_ts > limit) break;
        if (shares_books_) {
            asset.on_update_of_shared_book(*update, rows_);
        } else {
            asset.prefetch(update, end, rows_);
            asset.on_update(*update, rows_);
        }
        last = update;
        processed = std::max(processed, update->local_ts);
        ++count;
        if (goal.feed) {
            wake_by_market(goal, update->local_ts);
            ++update;
            break;
        }
    }
    if (last != nullptr) asset.heard(*last);
    last_processed_ = processed;
    update_ = update;
    events_processed_ += count;
}

void Context::wake_by_market(Goal& goal, Nanos local_ts) {
    last_woken_ = std::max(last_woken_, local_ts - 1);
    goal.wake(local_ts, Code::MarketFeed);
}

void Context::process_observed_market(Goal& goal, Nanos limit) {
    LocalAsset& asset = assets_[rows_asset_];
    const std::uint64_t requests_before = requests_sent_;
    while (update_ != updates_end_ && requests_sent_ == requests_before) {
        const MarketUpdate& update = *update_;
        if (update.at_local()) {
            if (update.local_ts > limit) return;
            asset.on_update(update, rows_);
            asset.heard(update);
            last_processed_ = std::max(last_processed_, update.local_ts);
            ++events_processed_;
            if (goal.feed) wake_by_market(goal, update.local_ts);
        }
        ++update_;
        if (!update.at_local()) continue;
        observe(update.local_ts, [&] { tell_of(rows_.of(&update)); });
        if (goal.feed) return;
    }
}

void Context::process_response(Goal& goal) {
    const OrderResponse response = responses_.front();
    responses_.pop();
    last_processed_ = std::max(last_processed_, response.resp_ts);
    LocalAsset& asset = assets_[response.asset_no];
    if (response.kind == ResponseKind::Failed) {
        failure_ = static_cast<Code>(response.error);
        return;
    }
    const bool ends_wait = asset.on_response(response);
    if (order_log_ != nullptr) order_log_->add(response, asset.instrument());
    const bool wakes = goal.on == Wake::AnyResponse ||
                       (goal.on == Wake::OrderResponse && ends_wait &&
                        response.asset_no == goal.asset_no && response.order_id == goal.order_id);
    if (wakes) goal.wake(response.resp_ts, Code::OrderResponse);
    if (callbacks_ != nullptr) observe(response.resp_ts, [&] { tell_of(response); });
}

Callbacks& Context::callbacks() {
    if (in_callback_) {
        fail(ExitCode::Usage, "a callback registers a callback: register them before time passes");
    }
    if (callbacks_ == nullptr) callbacks_ = std::make_unique<Callbacks>();
    // A callback looks at the book after each row.
    if (std::exchange(shares_books_, false)) {
        link_->leave_shared_books();
        for (LocalAsset& asset : assets_) asset.share_book(nullptr);
    }
    return *callbacks_;
}

template <typename Tell>
void Context::observe(Nanos at, Tell&& tell) {
    struct Inside {
        explicit Inside(bool& flag) : flag_(flag) { flag_ = true; }
        ~Inside() { flag_ = false; }
        bool& flag_;
    };
    const std::uint64_t requests_before = requests_sent_;
    if (now_ != kNever) now_ = std::max(now_, at);
    {
        const Inside inside(in_callback_);
        tell();
    }
    // What the venue said of the time to come did not know of these requests.
    if (requests_sent_ != requests_before) sync(now_);
}

void Context::tell_of(const Event& row) {
    switch (row.kind()) {
        case EventKind::Trade:
            if (callbacks_->trade) callbacks_->trade(*this, rows_asset_, row);
            return;
        case EventKind::Depth:
        case EventKind::DepthSnapshot:
        case EventKind::DepthClear:
        case EventKind::AddOrder:
        case EventKind::ModifyOrder:
        case EventKind::CancelOrder:
            if (callbacks_->book) callbacks_->book(*this, rows_asset_, row);
            return;
        default:
            return;
    }
}

void Context::tell_of(const OrderResponse& response) {
    if (callbacks_->order) callbacks_->order(*this, response.asset_no, response);
    if (response.executed && callbacks_->fill) {
        callbacks_->fill(*this, response.asset_no, response);
    }
}

bool Context::reached(const Goal& goal) {
    if (horizon_.responses_until < goal.target) return false;
    // The event may have come since step() looked, and then be before the target.
    const MarketUpdate* next = next_update();
    return next != nullptr ? next->local_ts > goal.target : feed_until_ >= goal.target;
}

Context::Rest Context::rest_after(Nanos target) {
    if (next_update() != nullptr || !responses_.empty() || feed_until_ != kNever) {
        return Rest::Something;
    }
    if (horizon_.venue_now == kNever) {
        if (link_->can_go_back()) return Rest::Nothing;
        return horizon_.venue_last > std::max(target, ended_at_) ? Rest::Something : Rest::Nothing;
    }
    return horizon_.venue_now >= target ? Rest::Something : Rest::Unknown;
}

void Context::leave_venue_at(Nanos time) {
    if (link_->can_go_back() && horizon_.venue_now < time) sync(time);
}

Code Context::finish_at_end(const Goal& goal) {
    ended_at_ = horizon_.venue_last;
    if (rules_.end_keeps_clock) return Code::EndOfData;
    now_ = std::max(now_, last_processed_);
    return goal.woken ? goal.result : Code::EndOfData;
}

void Context::sync(Nanos promise) {
    if (promise > promised_ || (promise < promised_ && link_->can_go_back())) {
        promised_ = promise;
        link_->promise(promise);
    }
    arrived_.clear();
    horizon_ = link_->poll(arrived_);
    for (const OrderResponse& response : arrived_) {
        responses_.push(response);
        for (std::size_t i = responses_.size() - 1; i > 0; --i) {
            OrderResponse& earlier = responses_[i - 1];
            const bool in_order = earlier.resp_ts != response.resp_ts
                                      ? earlier.resp_ts < response.resp_ts
                                      : earlier.asset_no <= response.asset_no;
            if (in_order) break;
            std::swap(earlier, responses_[i]);
        }
    }
}

const MarketUpdate* Context::next_update() {
    for (;;) {
        for (; update_ != updates_end_; ++update_) {
            if (update_->at_local()) [[likely]]
                return update_;
        }
        if (feed_until_ == kNever) return nullptr;
        const FeedRows rows = link_->next_unseen_rows(unseen_until_);
        for (const Event& row : rows.snapshot) assets_[rows.asset_no].apply_snapshot_row(row);
        if (!rows.snapshot.empty()) continue;
        if (rows.updates.empty()) {
            if (rows.complete_until == kNever) feed_until_ = kNever;
            return nullptr;
        }
        if (on_batch_) on_batch_(*this);
        rows_asset_ = rows.asset_no;
        rows_ = rows.rows;
        update_ = rows.updates.data();
        updates_end_ = update_ + rows.updates.size();
        feed_until_ = rows.complete_until;
    }
}

Nanos Context::next_possible() {
    const MarketUpdate* update = next_update();
    Nanos next = update != nullptr ? update->local_ts : saturating_add(feed_until_, 1);
    if (!responses_.empty()) next = std::min(next, responses_.front().resp_ts);
    return std::min(next, saturating_add(horizon_.responses_until, 1));
}

}  // namespace ringside::botkit
