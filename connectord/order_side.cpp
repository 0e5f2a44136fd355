#include "connectord/order_side.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/log.hpp"
#include "core/steady_clock.hpp"

namespace ringside::connectord {

namespace {

constexpr std::size_t kJournalRecords = 131072;
constexpr Nanos kWriteLatenciesEvery = 10 * kSecond;
/// A list that was not answered is asked for again after this.
constexpr Nanos kListAgain = kSecond;
constexpr Nanos kWatchEvery = 20 * kMillisecond;

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
               journal_ ? &*journal_ : nullptr, steady_now(), next_epoch(0, steady_now())),
      watch_(info.instruments, config.kill_when),
      sights_(info.instruments.size()),
      halted_(info.instruments.size()) {
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
    const bool taken = is_ready() && !halted_[request.asset_no];
    if (!taken && request.kind == RequestKind::Submit) return Code::NotReady;
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
    ++refused_;
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
    const Nanos now = steady_now();
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
    if (now >= next_watch_) watch(now);
    if (latencies_ && now >= next_write_) {
        next_write_ = now + kWriteLatenciesEvery;
        write_latencies();
    }
    if (is_ready() == was_ready_) return;
    was_ready_ = is_ready();
    log_info("account: {}",
             was_ready_ ? "known, orders are taken" : "not known, orders are refused");
    handlers_.notice(was_ready_ ? ipc::NoticeKind::Resumed : ipc::NoticeKind::Halted,
                     was_ready_ ? "the account is known: orders are taken"
                                : "the account is not known now: orders are refused");
}

void OrderSide::reconcile(Nanos now) {
    // Asked for again soon unless it is answered.
    next_reconcile_ = now + kListAgain;
    // No order is taken before the first one: it may use what orders may.
    const Purpose purpose = listed_ ? Purpose::Query : Purpose::Submit;
    if (!budget_.try_take(purpose, facts_.rates.reconciliation, now)) return;
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

void OrderSide::watch(Nanos now) {
    next_watch_ = now + kWatchEvery;
    for (AssetNo a = 0; a < sights_.size(); ++a) {
        const Touch touch = handlers_.touch(a);
        const Grid& grid = info_.instruments[a].grid;
        const bool priced = touch.valid && touch.bid != kNoBid && touch.ask != kNoAsk;
        sights_[a] = {.mid = priced ? (grid.price(touch.bid) + grid.price(touch.ask)) / 2.0
                                    : std::numeric_limits<double>::quiet_NaN(),
                      .open_orders = manager_.exposure(a).open_orders,
                      .position = manager_.exposure(a).position,
                      .balance = manager_.balance(a),
                      .fee = manager_.fees(a),
                      .drift = manager_.position_drift(a)};
    }
    watch_.on_unanswered(manager_.counters().unanswered);
    const KillVerdict verdict = watch_.look(sights_, manager_.unknown_orders(), now);
    if (verdict.reason == KillReason::None || limits_.killed()) return;
    kill(verdict.reason, verdict.words, now);
}

void OrderSide::kill(KillReason reason, const std::string& words, Nanos now) {
    kill_reason_ = reason;
    const std::string text =
        fmt::format("kill switch: {}; no new orders until it is reset, {} open ones are cancelled",
                    words, manager_.live_orders());
    log_warning("{}", text);
    handlers_.notice(ipc::NoticeKind::Halted, text);
    manager_.kill(false, now);
    drain();
}

void OrderSide::revive() {
    kill_reason_ = KillReason::None;
    watch_.reset();
    log_warning("kill switch: taken back");
    manager_.reset_kill();
    handlers_.notice(ipc::NoticeKind::Resumed, "kill switch taken back: orders are taken");
}

void OrderSide::accept_positions() {
    for (AssetNo a = 0; a < info_.instruments.size(); ++a) {
        const Lots drift = manager_.position_drift(a);
        if (drift == 0) continue;
        log_warning(
            "{}: the operator takes the venue's position as right: {} lots more than own "
            "fills explain",
            info_.instruments[a].symbol, drift);
        watch_.on_accepted(a, drift);
        manager_.accept_position(a);
    }
}

void OrderSide::cancel(AssetNo asset_no, Nanos now) {
    manager_.cancel_orders(asset_no, kNoBot, now);
    drain();
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

void OrderSide::time_answer(const ActionAnswer& answer, Nanos now) {
    const bool changes = answer.kind == ActionKind::Submit || answer.kind == ActionKind::Modify ||
                         answer.kind == ActionKind::Cancel;
    if (!changes || !watch_.is_on() || answer.outcome == Outcome::NotSent) return;
    const OrderRecord* const order = manager_.table().find(answer.key);
    if (order == nullptr || order->ticket != answer.ticket) return;
    watch_.on_answer(now - order->sent_at);
    const bool for_what_it_is = answer.refusal == Refusal::Rule ||
                                answer.refusal == Refusal::Funds ||
                                answer.refusal == Refusal::ReduceOnly;
    if (answer.outcome == Outcome::Refused && for_what_it_is) watch_.on_reject(now);
}

void OrderSide::on_answer(const ActionAnswer& answer) {
    const Nanos now = steady_now();
    time_answer(answer, now);
    manager_.on_answer(answer, now);
    drain();
}

void OrderSide::on_update(const OrderUpdate& update) {
    manager_.on_update(update, steady_now());
    drain();
}

void OrderSide::on_trade(const TradeReport& trade) {
    manager_.on_trade(trade, steady_now());
    drain();
}

void OrderSide::on_open_orders(std::span<const OrderUpdate> orders, Nanos asked_at) {
    const Nanos now = steady_now();
    ++reconciliations_;
    next_reconcile_ = now + config_.trading.reconcile_every;
    if (stream_up_) listed_ = true;
    manager_.on_open_orders(kAllAssets, orders, asked_at, now);
    drain();
}

void OrderSide::on_position(AssetNo asset_no, Lots lots) {
    manager_.on_position(asset_no, lots, steady_now());
    drain();
}

void OrderSide::on_funding(double amount) {
    log_info("funding: {:.4f}", amount);
    funding_ += amount;
    watch_.on_funding(amount);
}

void OrderSide::on_private_stream(bool up) {
    stream_up_ = up;
    listed_ = false;
    if (!up) return;
    next_reconcile_ = 0;
    manager_.on_stream_gap(steady_now());
    drain();
}

void OrderSide::on_refused_account(const std::string& why) { handlers_.account_refused(why); }

void OrderSide::on_used(std::size_t limit, std::uint32_t used) {
    if (limit < budget_.size()) budget_.on_used(limit, used, steady_now());
}

void OrderSide::on_limited(Nanos retry_after) { budget_.on_limited(retry_after, steady_now()); }

void OrderSide::on_clock(Nanos venue_minus_local) {
    clock_offset_ = venue_minus_local;
    budget_.set_clock_offset(venue_minus_local);
}

void OrderSide::on_sent(const Action& /*action*/) {
    if (request_ts_ != 0) wire_latency_.add(steady_now() - request_ts_);
}

}  // namespace ringside::connectord
