#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "botkit/callbacks.hpp"
#include "botkit/link.hpp"
#include "botkit/local_asset.hpp"
#include "botkit/order_log.hpp"
#include "core/code.hpp"
#include "core/fifo.hpp"
#include "core/rules.hpp"

namespace ringside::botkit {

/// What a bot sees and does. Time stands still between calls; `elapse` and the `wait_*` calls let
/// it pass, and process market events and responses in the order of local time. At equal times an
/// instrument's market events come before its responses, lower instrument numbers first.
///
/// The calls and their codes are those that users of HftBacktest know. Times are nanoseconds,
/// prices and quantities decimal numbers that are rounded to the instrument's ticks and lots.
class Context {
  public:
    explicit Context(std::unique_ptr<Link> link);

    /// Time of the bot; kNever until the first call that lets time pass.
    Nanos current_timestamp() const noexcept { return now_; }
    std::size_t num_assets() const noexcept { return assets_.size(); }
    const VenueInfo& venue() const noexcept { return link_->info(); }

    const Instrument& instrument(AssetNo a) const { return assets_.at(a).instrument(); }
    /// Whether the book is what the venue has. A live book that broke is empty until it is whole
    /// again; a replayed one is always fresh.
    bool is_fresh(AssetNo a) const { return link_ != nullptr && link_->is_fresh(a); }
    const L2Book& depth(AssetNo a) const { return assets_.at(a).book(); }
    const OrderTable& orders(AssetNo a) const { return assets_.at(a).orders(); }
    const StateValues& state_values(AssetNo a) const { return assets_.at(a).state(); }
    double position(AssetNo a) const { return assets_.at(a).state().position; }
    /// Trades since the last clear; kept only after keep_last_trades().
    std::span<const Event> last_trades(AssetNo a) const { return assets_.at(a).trades(); }
    void keep_last_trades(AssetNo a, std::size_t expected) { assets_.at(a).keep_trades(expected); }
    void clear_last_trades(AssetNo a) { assets_.at(a).clear_trades(); }
    void clear_inactive_orders(AssetNo a) { assets_.at(a).clear_inactive_orders(); }
    const std::optional<FeedLatency>& feed_latency(AssetNo a) const {
        return assets_.at(a).feed_latency();
    }
    const std::optional<OrderLatency>& order_latency(AssetNo a) const {
        return assets_.at(a).order_latency();
    }

    Code submit_buy_order(AssetNo a, OrderId id, double price, double qty, TimeInForce tif,
                          OrderType type, bool wait) {
        return submit(Side::Buy, a, id, price, qty, tif, type, wait);
    }
    Code submit_sell_order(AssetNo a, OrderId id, double price, double qty, TimeInForce tif,
                           OrderType type, bool wait) {
        return submit(Side::Sell, a, id, price, qty, tif, type, wait);
    }
    /// Changes price and open size of an order. Keeps the queue position only at the same price and
    /// no larger size.
    Code modify(AssetNo a, OrderId id, double price, double qty, bool wait);
    Code cancel(AssetNo a, OrderId id, bool wait);

    /// Lets `duration_ns` pass. The first call starts at the first event of the data.
    Code elapse(Nanos duration_ns);
    /// Waits for the next market event of any instrument, or with `include_order_resp` the next
    /// response, for at most `timeout_ns`.
    Code wait_next_feed(bool include_order_resp, Nanos timeout_ns);
    /// Waits for the answer to the order's request in flight, for at most `timeout_ns`.
    Code wait_order_response(AssetNo a, OrderId id, Nanos timeout_ns);

    /// Registers what is called for each event that the calls above let happen: in the order of
    /// simulated time, with the clock at the time of the event. A callback may look, and submit,
    /// modify and cancel without waiting; calls that let time pass are refused with InvalidRequest.
    /// At equal times the order is that of events; each event's callbacks come before the next
    /// event. One callback of each kind; register them outside of callbacks.
    void on_trade(Callbacks::MarketEvent f) { callbacks().trade = std::move(f); }
    void on_book(Callbacks::MarketEvent f) { callbacks().book = std::move(f); }
    void on_order(Callbacks::Response f) { callbacks().order = std::move(f); }
    void on_fill(Callbacks::Response f) { callbacks().fill = std::move(f); }

    /// Leaves the venue. What was seen last stays readable; no request and no wait may follow.
    void disconnect() noexcept { link_.reset(); }

    /// On a live bus: once the flag is set, or so long has passed (kNever: no matter), calls that
    /// let time pass return EndOfData. The flag outlives this; null: none.
    void stop_after(const std::atomic<bool>* flag, Nanos duration_ns) noexcept;

    /// On a live bus: what to do about an error, unless `decide` says otherwise. `decide` is called
    /// for each error as it is heard and may look, and submit, modify and cancel without waiting.
    void on_error(OnError policy, std::function<OnError(Context&, const LiveError&)> decide = {}) {
        on_error_ = policy;
        decide_ = std::move(decide);
    }
    std::uint64_t errors() const noexcept { return errors_; }
    /// The error that this bot stopped for; null if it did not.
    const LiveError* stopped_by() const noexcept { return stopped_by_ ? &*stopped_by_ : nullptr; }

    /// Market events processed so far.
    std::uint64_t events_processed() const noexcept { return events_processed_; }
    void set_order_log(OrderLog* log) noexcept { order_log_ = log; }
    /// Calls this for each batch of market events, about every thousand; to show progress.
    void set_on_batch(std::function<void(const Context&)> on_batch) {
        on_batch_ = std::move(on_batch);
    }

  private:
    enum class Wake { None, AnyResponse, OrderResponse };

    /// What one call is after. A wake-up pulls the target in to its own time: everything else up to
    /// then is still processed.
    struct Goal {
        Nanos target = 0;
        Wake on = Wake::None;
        bool feed = false;  ///< a market event wakes, too, and the code says what did
        AssetNo asset_no = 0;
        OrderId order_id = 0;
        bool woken = false;
        Code result = Code::Ok;

        bool may_wake() const noexcept { return feed || on != Wake::None; }
        void wake(Nanos at, Code code) noexcept {
            target = at;
            woken = true;
            if (feed) result = code;
        }
    };

    Code submit(Side side, AssetNo a, OrderId id, double price, double qty, TimeInForce tif,
                OrderType type, bool wait);
    Code send(AssetNo a, Order& order, RequestKind kind, bool wait);
    bool start_clock();
    Callbacks& callbacks();
    /// Whether a request may follow at the time of an event on the way to the target.
    bool may_act(const Goal& goal) const noexcept {
        return callbacks_ != nullptr || goal.may_wake();
    }
    /// Compat: lets the requests made before the clock started meet the venue and hears its
    /// answers, without starting the clock.
    Code settle_before_start();
    Nanos target_after(Nanos duration_ns) const noexcept;

    Code advance(Goal goal);
    Code advance_replay(Goal goal);
    /// The same in real time: what comes is processed as it comes.
    Code advance_live(Goal goal);
    bool take_live_feed(Goal& goal);
    bool take_live_responses(Goal& goal);
    void tell_of_live_rows(const FeedRows& rows);
    bool is_stopped() const noexcept;
    bool take_live_errors();
    void report(const LiveError& error);
    void report_refusal(const OrderResponse& response);
    /// Brings the clock of a live bot up to date.
    void look_at_clock() noexcept;
    /// Processes what is known to come next; false when that is not known, or after the target.
    bool step(Goal& goal);
    /// Latest market event that comes before the next response.
    Nanos market_limit(const Goal& goal);
    void process_market(Goal& goal, Nanos limit);
    void wake_by_market(Goal& goal, Nanos local_ts);
    /// As process_market(), with callbacks; stops after one that made a request.
    void process_observed_market(Goal& goal, Nanos limit);
    void process_response(Goal& goal);
    /// Runs callbacks at a time; afterwards, what they asked of the venue is on its way.
    template <typename Tell>
    void observe(Nanos at, Tell&& tell);
    void tell_of(const Event& row);
    void tell_of(const OrderResponse& response);
    /// Whether everything up to the target is known and processed.
    bool reached(const Goal& goal);
    enum class Rest { Unknown, Something, Nothing };
    /// What is left to happen after the target.
    Rest rest_after(Nanos target);
    /// Where promises can be taken back by the next call, lets the venue keep this one.
    void leave_venue_at(Nanos time);
    Code finish_at_end(const Goal& goal);
    /// Tells the venue how far it may go, and takes what it has answered.
    void sync(Nanos promise);
    /// Next market event, nullptr when none is at hand.
    const MarketUpdate* next_update();
    /// Earliest time at which something that is not processed yet may happen.
    Nanos next_possible();

    std::unique_ptr<Link> link_;
    Rules rules_;
    const bool live_;  ///< in real time
    const Nanos clock_anchor_;
    bool shares_books_ = false;
    const std::atomic<bool>* stop_flag_ = nullptr;
    Nanos stop_at_ = kNever;
    OnError on_error_ = OnError::GoOn;
    std::function<OnError(Context&, const LiveError&)> decide_;
    std::optional<LiveError> stopped_by_;
    std::uint64_t errors_ = 0;
    OrderLog* order_log_ = nullptr;
    std::function<void(const Context&)> on_batch_;
    std::unique_ptr<Callbacks> callbacks_;  ///< null when there is none
    bool in_callback_ = false;
    std::vector<LocalAsset> assets_;
    Nanos now_ = kNever;

    AssetNo rows_asset_ = 0;
    Rows rows_;  ///< of the updates that follow
    const MarketUpdate* update_ = nullptr;
    const MarketUpdate* updates_end_ = nullptr;
    Nanos feed_until_;                 ///< with the rows at hand, the feed is known up to here
    Nanos unseen_until_ = kBeforeAll;  ///< nobody looks at the books before

    Horizon horizon_;
    Fifo<OrderResponse> responses_;  ///< heard of but not processed, by (resp_ts, asset)
    std::vector<OrderResponse> arrived_;
    Nanos promised_;
    Nanos last_woken_;  ///< latest market event that has woken the call at hand
    Nanos ended_at_;    ///< what the venue did up to here is over, though the clock may be behind
    Nanos last_processed_;
    Code failure_ = Code::Ok;  ///< why the venue gave this bot up, from then on for every call
    std::uint64_t requests_sent_ = 0;
    std::uint64_t events_processed_ = 0;
};

}  // namespace ringside::botkit
