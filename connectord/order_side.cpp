#include "connectord/order_side.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/log.hpp"
#include "core/wall_clock.hpp"

namespace ringside::connectord {

namespace {

constexpr std::size_t kJournalRecords = 131072;
constexpr Nanos kWriteLatenciesEvery = 10 * kSecond;
/// A list that was not answered is asked for again after this.
constexpr Nanos kListAgain = kSecond;

Lots whole_lots(const Instrument& instrument, double qty) {
    return instrument.grid.to_lots_nearest(qty);
}

LimitSet limit_set(const LimitText& text, const Instrument& instrument) {
    return {.max_order_lots = whole_lots(instrument, text.max_order_qty),
            .max_order_value = text.max_order_value,
            .max_position_lots = whole_lots(instrument, text.max_position),
            .max_open_lots = whole_lots(instrument, text.max_open_qty),
            .max_open_orders = text.max_open_orders};
}

std::vector<RiskOptions> risk_options(const ConnectorConfig& config, const VenueInfo& info) {
    std::vector<RiskOptions> all;
    for (std::size_t i = 0; i < info.instruments.size(); ++i) {
        const InstrumentConfig& from = config.instruments[i];
        all.push_back({.bot = limit_set(from.bot, info.instruments[i]),
                       .account = limit_set(from.account, info.instruments[i]),
                       .price_band = from.price_band,
                       .max_orders = from.max_orders,
                       .order_window = from.order_window});
    }
    return all;
}

OrderManagerOptions manager_options(const ConnectorConfig& config, const VenueFacts& facts) {
    const TradingConfig& trading = config.trading;
    OrderManagerOptions options;
    options.on_bot_gone = trading.on_bot_gone;
    options.leftovers = trading.leftovers;
    options.answer_timeout = trading.answer_timeout;
    // The venue's window, and a second that clocks may differ.
    options.request_lifetime = trading.request_window + kSecond;
    options.costs = facts.rates.costs;
    return options;
}

}  // namespace

OrderSide::OrderSide(const ConnectorConfig& config, const VenueFacts& facts, const VenueInfo& info,
                     Handlers handlers)
    : config_(config),
      facts_(facts),
      info_(info),
      handlers_(std::move(handlers)),
      ids_(config.trading.order_prefix),
      limits_(info.instruments, risk_options(config, info)),
      budget_(facts.rates.limits, {}),
      journal_file_(config.trading.journal.empty()
                        ? std::nullopt
                        : std::make_optional<JournalFile>(config.trading.journal, kJournalRecords)),
      journal_(journal_file_ ? std::make_optional<OrderJournal>(journal_file_->memory())
                             : std::nullopt),
      manager_(manager_options(config, facts), info.instruments, limits_, budget_,
               journal_ ? &*journal_ : nullptr, wall_now(), next_epoch(0, wall_now())) {
    if (journal_file_) journal_file_->sync();
    if (config.trading.latency_file) latencies_.emplace(*config.trading.latency_file);
}

void OrderSide::open(std::unique_ptr<Trading> trading, Nanos now) {
    trading_ = std::move(trading);
    next_write_ = now + kWriteLatenciesEvery;
    drain();
}

void OrderSide::gone(BotNo bot, Nanos now) {
    manager_.bot_gone(bot, now);
    drain();
}

Code OrderSide::refusal(const OrderRequest& request) const noexcept {
    if (request.kind == RequestKind::Cancel) return Code::Ok;
    if (!is_ready() && request.kind == RequestKind::Submit) return Code::NotReady;
    const Instrument& instrument = info_.instruments[request.asset_no];
    const OrderRules& rules = instrument.order_rules;
    const double qty = instrument.grid.qty(request.qty_lots);
    const bool priced = request.type == OrderType::Limit;
    const double price = instrument.grid.price(request.price_ticks);
    // Half a step of slack: the venue's numbers are exact, these are not.
    const double half_lot = instrument.grid.lot_size / 2.0;
    const double half_tick = instrument.grid.tick_size / 2.0;
    const bool small =
        qty < rules.min_qty - half_lot || (priced && price * qty < rules.min_value * (1.0 - 1e-12));
    const bool large = rules.max_qty > 0.0 && qty > rules.max_qty + half_lot;
    const bool off = priced && (price < rules.min_price - half_tick ||
                                (rules.max_price > 0.0 && price > rules.max_price + half_tick));
    return small || large || off ? Code::InvalidRequest : Code::Ok;
}

void OrderSide::refuse(BotNo bot, const OrderRequest& request, Code code, Nanos now) {
    handlers_.tell(bot, refusal_of(request, now, static_cast<std::uint8_t>(code)), now);
}

void OrderSide::request(BotNo bot, const OrderRequest& request, Nanos now) {
    const Code code = refusal(request);
    if (code != Code::Ok) return refuse(bot, request, code, now);
    request_ts_ = request.req_ts;
    manager_.on_request(bot, request, now);
    drain();
    request_ts_ = 0;
}

void OrderSide::drain() {
    if (!trading_) return;
    while (!manager_.actions().empty()) {
        const Action action = manager_.actions().front();
        manager_.actions().pop();
        trading_->act(action);
    }
    if (manager_.responses().empty()) return;
    const Nanos now = wall_now();
    while (!manager_.responses().empty()) {
        const BotResponse one = manager_.responses().front();
        manager_.responses().pop();
        const OrderResponse told = handlers_.tell(one.bot, one.response, now);
        if (told.req_seq == 0 || told.exch_ts <= 0) continue;
        round_trip_.add(told.resp_ts - told.req_ts);
        if (latencies_) latencies_->add(told, clock_offset_);
    }
}

void OrderSide::on_time(Nanos now) {
    if (now >= manager_.next_deadline()) {
        manager_.on_time(now);
        drain();
    }
    if (stream_up_ && now >= next_reconcile_) reconcile(now);
    tend_dead_man(now);
    if (latencies_ && now >= next_write_) {
        next_write_ = now + kWriteLatenciesEvery;
        write_latencies();
    }
    if (is_ready() == was_ready_) return;
    was_ready_ = is_ready();
    log_info("account: {}",
             was_ready_ ? "known, orders are taken" : "not known, orders are refused");
    handlers_.notice(ipc::NoticeKind::Info,
                     was_ready_ ? "the account is known: orders are taken"
                                : "the account is not known now: orders are refused");
}

void OrderSide::reconcile(Nanos now) {
    // Asked for again soon unless it is answered.
    next_reconcile_ = now + kListAgain;
    if (!budget_.try_take(Purpose::Query, facts_.rates.reconciliation, now)) return;
    trading_->reconcile();
}

void OrderSide::tend_dead_man(Nanos now) {
    const Nanos after = config_.trading.dead_man_after;
    if (after == 0 || stopping_ || !is_ready() || now < next_dead_man_) return;
    next_dead_man_ = now + after / 3;
    trading_->arm_dead_man(after);
}

void OrderSide::write_latencies() {
    try {
        latencies_->write();
    } catch (const Error& error) {
        log_warning("latencies are not written any more: {}", error.what());
        latencies_.reset();
    }
}

void OrderSide::kill(Nanos now) {
    log_warning("kill switch: no new orders; {} open ones are cancelled", manager_.live_orders());
    handlers_.notice(ipc::NoticeKind::Info, "kill switch: no new orders, open ones are cancelled");
    manager_.kill(false, now);
    drain();
}

void OrderSide::revive() {
    log_warning("kill switch: taken back");
    handlers_.notice(ipc::NoticeKind::Info, "kill switch taken back: orders are taken");
    manager_.reset_kill();
}

void OrderSide::stop(Nanos now) {
    stopping_ = true;
    manager_.stop(config_.trading.on_end == EndPolicy::Cancel, now);
    drain();
}

bool OrderSide::is_quiet() const noexcept {
    return config_.trading.on_end == EndPolicy::Keep || manager_.quiet();
}

void OrderSide::finish() {
    if (config_.trading.dead_man_after != 0 && trading_ && is_quiet()) trading_->arm_dead_man(0);
    if (latencies_) write_latencies();
    if (journal_file_) journal_file_->sync();
}

void OrderSide::on_answer(const ActionAnswer& answer) {
    manager_.on_answer(answer, wall_now());
    drain();
}

void OrderSide::on_update(const OrderUpdate& update) {
    manager_.on_update(update, wall_now());
    drain();
}

void OrderSide::on_trade(const TradeReport& trade) {
    manager_.on_trade(trade, wall_now());
    drain();
}

void OrderSide::on_open_orders(std::span<const OrderUpdate> orders, Nanos asked_at) {
    const Nanos now = wall_now();
    ++reconciliations_;
    next_reconcile_ = now + config_.trading.reconcile_every;
    if (stream_up_) listed_ = true;
    manager_.on_open_orders(kAllAssets, orders, asked_at, now);
    drain();
}

void OrderSide::on_position(AssetNo asset_no, Lots lots) {
    manager_.on_position(asset_no, lots, wall_now());
    drain();
}

void OrderSide::on_private_stream(bool up) {
    stream_up_ = up;
    listed_ = false;
    if (!up) return;
    next_reconcile_ = 0;
    manager_.on_stream_gap(wall_now());
    drain();
}

void OrderSide::on_refused_account(const std::string& why) { handlers_.account_refused(why); }

void OrderSide::on_used(std::size_t limit, std::uint32_t used) {
    if (limit < budget_.size()) budget_.on_used(limit, used, wall_now());
}

void OrderSide::on_limited(Nanos retry_after) { budget_.on_limited(retry_after, wall_now()); }

void OrderSide::on_clock(Nanos venue_minus_local) {
    clock_offset_ = venue_minus_local;
    budget_.set_clock_offset(venue_minus_local);
}

void OrderSide::on_sent(const Action& /*action*/) {
    if (request_ts_ != 0) wire_latency_.add(wall_now() - request_ts_);
}

}  // namespace ringside::connectord
