#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectord/account_watch.hpp"
#include "connectord/bots.hpp"
#include "connectord/config.hpp"
#include "connectord/histogram.hpp"
#include "connectord/journal_file.hpp"
#include "connectord/latency_log.hpp"
#include "connectord/order_journal.hpp"
#include "connectord/order_manager.hpp"
#include "connectord/rate_budget.hpp"
#include "connectord/risk_limits.hpp"
#include "connectord/venue.hpp"

namespace ringside::connectord {

/// Takes the bots' requests to the venue and its answers back: the order manager with what it needs
/// around it.
class OrderSide final : public TradingSink {
  public:
    struct Handlers {
        /// Tells a bot; returns what was told.
        std::function<OrderResponse(BotNo, const OrderResponse&, Nanos now)> tell;
        /// Best prices of an instrument's book, for the price band.
        std::function<Touch(AssetNo)> touch;
        /// Words for every bot.
        std::function<void(ipc::NoticeKind, const std::string& words)> notice;
        /// Only a person can help: the connector ends, or if orders are out stops trading.
        std::function<void(const std::string& why)> account_refused;
    };

    OrderSide(const ConnectorConfig& config, const VenueFacts& facts, const VenueInfo& info,
              Handlers handlers);

    const ClientOrderIds& ids() const noexcept { return ids_; }
    /// From here on requests go there.
    void open(std::unique_ptr<Trading> trading, Nanos now);

    BotNo came(std::string_view name, Nanos now) { return manager_.bot_came(name, now); }
    void gone(BotNo bot, Nanos now);
    void request(BotNo bot, const OrderRequest& request, Nanos now);
    void touch_changed(AssetNo asset_no) { limits_.set_touch(asset_no, handlers_.touch(asset_no)); }
    /// Time-outs, lists, the dead man's switch; then all that is to be sent and told.
    void on_time(Nanos now);
    /// Sends actions and responses.
    void drain();
    /// The kill switch, by the operator or by one of the limits: no new orders, own ones are
    /// cancelled.
    void kill(KillReason reason, const std::string& words, Nanos now);
    /// Takes it back.
    void revive();
    /// The operator says that the venue's positions are right.
    void accept_positions();
    /// The instrument takes no new orders, or does again.
    void halt(AssetNo asset_no, bool halted) { halted_[asset_no] = halted; }
    bool is_halted(AssetNo asset_no) const noexcept { return halted_[asset_no]; }
    /// Cancels every own order of the instrument.
    void cancel(AssetNo asset_no, Nanos now);
    /// The venue changed one of its limits.
    void set_rate_limit(std::size_t limit, std::uint32_t most) { budget_.set_limit(limit, most); }
    /// No more orders; own ones are cancelled, by policy.
    void stop(Nanos now);
    /// After stop(): nothing is left to wait for.
    bool is_quiet() const noexcept;
    /// Last words, once quiet or out of patience.
    void finish();

    /// The account is known: its orders and positions have been listed and the private stream is
    /// up.
    bool is_ready() const noexcept { return stream_up_ && listed_; }
    const OrderManager& manager() const noexcept { return manager_; }
    const RiskLimits& limits() const noexcept { return limits_; }
    const RateBudget& budget() const noexcept { return budget_; }
    const VenueRates& rates() const noexcept { return facts_.rates; }
    const TradingCounts& counts() const noexcept { return trading_ ? trading_->counts() : none_; }
    const Histogram& wire_latency() const noexcept { return wire_latency_; }
    const Histogram& round_trip() const noexcept { return round_trip_; }
    KillReason kill_reason() const noexcept {
        return !limits_.killed()                  ? KillReason::None
               : kill_reason_ == KillReason::None ? KillReason::Operator  // before this run
                                                  : kill_reason_;
    }
    /// Gained since the start by the mid prices, in settlement currency.
    double gain() const noexcept { return watch_.gain(); }
    /// Paid to the account for its positions since the start; below 0: by it.
    double funding() const noexcept { return funding_; }
    Nanos clock_offset() const noexcept { return clock_offset_; }
    /// Requests that got no further than here.
    std::uint64_t refused() const noexcept { return refused_ + manager_.counters().refused; }
    std::uint64_t reconciliations() const noexcept { return reconciliations_; }

    void on_answer(const ActionAnswer& answer) override;
    void on_update(const OrderUpdate& update) override;
    void on_trade(const TradeReport& trade) override;
    void on_open_orders(std::span<const OrderUpdate> orders, Nanos asked_at) override;
    void on_position(AssetNo asset_no, Lots lots) override;
    void on_funding(double amount) override;
    void on_private_stream(bool up) override;
    void on_refused_account(const std::string& why) override;
    void on_used(std::size_t limit, std::uint32_t used) override;
    void on_limited(Nanos retry_after) override;
    void on_clock(Nanos venue_minus_local) override;
    void on_sent(const Action& action) override;

  private:
    Code refusal(const OrderRequest& request) const noexcept;
    void refuse(BotNo bot, const OrderRequest& request, Code code, Nanos now);
    void reconcile(Nanos now);
    void tend_dead_man(Nanos now);
    void watch(Nanos now);
    void time_answer(const ActionAnswer& answer, Nanos now);
    void write_latencies();

    const ConnectorConfig& config_;
    const VenueFacts& facts_;
    const VenueInfo& info_;
    Handlers handlers_;
    ClientOrderIds ids_;
    RiskLimits limits_;
    RateBudget budget_;
    std::optional<JournalFile> journal_file_;
    std::optional<OrderJournal> journal_;
    OrderManager manager_;
    AccountWatch watch_;
    std::vector<AssetSight> sights_;
    std::vector<bool> halted_;
    KillReason kill_reason_ = KillReason::None;
    std::unique_ptr<Trading> trading_;
    std::optional<LatencyLog> latencies_;
    TradingCounts none_;
    Histogram wire_latency_;
    Histogram round_trip_;
    double funding_ = 0.0;
    Nanos clock_offset_ = 0;
    Nanos request_ts_ = 0;  ///< bot's time of the request at hand; 0: none
    bool stream_up_ = false;
    bool listed_ = false;  ///< since the private stream came up
    bool was_ready_ = false;
    bool stopping_ = false;
    Nanos next_reconcile_ = 0;
    Nanos next_dead_man_ = 0;
    Nanos next_watch_ = 0;
    Nanos next_write_ = 0;
    std::uint64_t reconciliations_ = 0;
    std::uint64_t refused_ = 0;  ///< before the manager saw them
};

}  // namespace ringside::connectord
