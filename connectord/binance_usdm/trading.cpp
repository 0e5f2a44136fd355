#include "connectord/binance_usdm/trading.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "connectord/binance_usdm/venue.hpp"
#include "core/log.hpp"
#include "core/steady_clock.hpp"

namespace ringside::connectord::binance_usdm {

namespace {

/// Tickets count from 1, so this id is never one.
constexpr std::uint64_t kLogonId = 0;

}  // namespace

UsdmTrading::UsdmTrading(const ConnectorConfig& config, const VenueFacts& facts,
                         const Credentials& credentials, const ClientOrderIds& ids,
                         net::EventLoop& loop, const net::TlsContext& tls, std::uint64_t seed,
                         TradingSink& sink)
    : config_(config),
      facts_(facts),
      ids_(ids),
      loop_(loop),
      tls_(tls),
      sink_(sink),
      credentials_(credentials),
      parser_(facts, ids),
      handlers_{.order = [this](const OrderUpdate& order) { sink_.on_update(order); },
                .position = [this](AssetNo a, Lots lots) { sink_.on_position(a, lots); },
                .key_expired =
                    [this] {
                        log_warning("private stream: the listen key has expired");
                        loop_.post([this] {
                            if (stream_) stream_->renew_key();
                        });
                    },
                .funding = [this](const Funding& payment) { take_funding(payment); }},
      order_rest_(loop, tls, config.network, &credentials_, clock_, config.trading.request_window,
                  {.used = [this](std::size_t l, std::uint32_t n) { sink_.on_used(l, n); },
                   .limited = [this](Nanos wait) { sink_.on_limited(wait); }}),
      account_rest_(loop, tls, config.network, &credentials_, clock_, config.trading.request_window,
                    {.used = [this](std::size_t l, std::uint32_t n) { sink_.on_used(l, n); },
                     .limited = [this](Nanos wait) { sink_.on_limited(wait); }}) {
    look_at_clock();
    stream_ = std::make_unique<PrivateStream>(
        loop, tls, config.network, account_rest_, parser_, seed,
        PrivateStream::Handlers{
            .message = [this](std::string_view text) { take_event(text); },
            .changed = [this](bool up) { sink_.on_private_stream(up); },
            .refused = [this](const std::string& why) { sink_.on_refused_account(why); }});
    if (!config.trading.orders_by_rest) open_order_socket(seed + 100);
}

UsdmTrading::~UsdmTrading() = default;

const TradingCounts& UsdmTrading::counts() const noexcept {
    counts_.private_losses = stream_->losses();
    return counts_;
}

void UsdmTrading::act(const Action& action) {
    const Nanos began = steady_now();
    WireAction wire = wire_action(action, facts_.instruments[action.asset_no], ids_);
    if (wire.ws_method != nullptr && order_socket_ && order_socket_->is_up() &&
        send_by_socket(action, wire, began)) {
        return;
    }
    send_by_rest(action, std::move(wire));
}

bool UsdmTrading::send_by_socket(const Action& action, WireAction& wire, Nanos began) {
    Parameters parameters = wire.parameters;
    parameters.add("recvWindow", config_.trading.request_window / kMillisecond);
    parameters.add("timestamp", clock_.millis());
    if (!logged_on_) credentials_.sign(parameters);
    std::string text = ws_request(action.ticket, wire.ws_method, parameters);
    counts_.compose.add(steady_now() - began);
    if (!order_socket_->send(std::move(text))) return false;
    counts_.send.add(steady_now() - began);
    sink_.on_sent(action);
    waiting_.emplace(action.ticket, action);
    return true;
}

void UsdmTrading::send_by_rest(const Action& action, WireAction wire) {
    const bool is_query = action.kind == ActionKind::QueryTrades;
    RestApi& rest = is_query ? account_rest_ : order_rest_;
    const auto done = [this, action](const Reply& reply) { take_reply(action, reply); };
    if (!rest.call(wire.http_method, wire.path, std::move(wire.parameters),
                   RestApi::Security::Signed, done)) {
        return not_sent(action);
    }
    if (wire.ws_method != nullptr) ++counts_.by_rest;
    sink_.on_sent(action);
}

void UsdmTrading::not_sent(const Action& action) {
    // Not at once: who acts is not prepared to hear of it before act() has returned.
    loop_.post([this, action] {
        sink_.on_answer({.ticket = action.ticket,
                         .key = action.key,
                         .kind = action.kind,
                         .outcome = Outcome::NotSent});
    });
}

void UsdmTrading::open_order_socket(std::uint64_t seed) {
    const NetworkConfig& network = config_.network;
    order_socket_ = std::make_unique<net::WebSocketKeeper>(
        loop_, tls_, net::Url::parse(network.order_url), network.keeper.with_seed(seed),
        net::WebSocketKeeper::Handlers{
            .on_up = [this](std::uint64_t /*connection*/) { order_socket_up(); },
            .on_message = [this](std::uint64_t /*connection*/, std::string_view text,
                                 Nanos /*ts*/) { take_answer(text); },
            .on_down = [this](std::uint64_t connection, const net::NetError& error,
                              Nanos /*wait*/) { order_socket_down(error, connection); }});
}

void UsdmTrading::order_socket_up() {
    log_info("order connection: up");
    // Until the venue has confirmed it, each request is signed by itself.
    logged_on_ = false;
    if (!credentials_.can_log_on()) return;
    Parameters parameters;
    parameters.add("recvWindow", config_.trading.request_window / kMillisecond);
    parameters.add("timestamp", clock_.millis());
    credentials_.sign(parameters);
    order_socket_->send(ws_request(kLogonId, "session.logon", parameters));
}

void UsdmTrading::order_socket_down(const net::NetError& error, std::uint64_t connection) {
    log_warning("order connection {}: {} ({})", connection, error.words, net::name_of(error.fault));
    logged_on_ = false;
    if (order_socket_->is_up()) return;
    ++counts_.order_losses;
    for (const auto& [ticket, action] : std::exchange(waiting_, {})) {
        answer(action, {.outcome = Outcome::Unknown}, 0, "", nullptr);
    }
}

void UsdmTrading::take_answer(std::string_view text) {
    if (!parser_.read_answer(text, answer_)) return note_malformed("order connection", text);
    for (const UsedLimit& used : answer_.used) sink_.on_used(used.limit, used.used);
    if (answer_.status == 429 || answer_.status == 418) sink_.on_limited(answer_.retry_after);
    if (answer_.id == 0) {
        logged_on_ = answer_.status == 200;
        if (!logged_on_) {
            log_warning("order connection: no session ({}: {}); each request is signed instead",
                        answer_.code, answer_.message);
        }
        return;
    }
    const auto found = waiting_.find(answer_.id);
    if (found == waiting_.end()) return;
    const Action action = found->second;
    waiting_.erase(found);
    OrderUpdate update = answer_.order;
    if (action.kind == ActionKind::QueryOrder) update.channel = Channel::Query;
    answer(action, verdict(answer_.status, answer_.code), answer_.code, answer_.message,
           answer_.has_order ? &update : nullptr);
}

void UsdmTrading::take_reply(const Action& action, const Reply& reply) {
    if (reply.status == 0) {
        const Outcome outcome = reply.may_have_arrived ? Outcome::Unknown : Outcome::NotSent;
        return answer(action, {.outcome = outcome}, 0, std::string(reply.words), nullptr);
    }
    std::int64_t code = 0;
    std::string words;
    if (!reply.good()) {
        parser_.read_error(reply.body, code, words);
        return answer(action, verdict(reply.status, code), code, words, nullptr);
    }
    if (action.kind == ActionKind::QueryTrades) return take_trades(action, reply);
    if (action.kind == ActionKind::CancelAll) {
        return answer(action, {.outcome = Outcome::Done}, 0, words, nullptr);
    }
    OrderUpdate update;
    const Channel channel =
        action.kind == ActionKind::QueryOrder ? Channel::Query : Channel::Answer;
    if (!parser_.read_order(reply.body, channel, update)) {
        note_malformed("an answer about an order", reply.body);
        return answer(action, {.outcome = Outcome::Unknown}, 0, words, nullptr);
    }
    answer(action, {.outcome = Outcome::Done}, 0, words, &update);
}

void UsdmTrading::take_trades(const Action& action, const Reply& reply) {
    if (!parser_.read_trades(reply.body, action.asset_no, trades_)) {
        note_malformed("a list of executions", reply.body);
        return answer(action, {.outcome = Outcome::Unknown}, 0, "", nullptr);
    }
    for (const TradeReport& trade : trades_) sink_.on_trade(trade);
    answer(action, {.outcome = Outcome::Done}, 0, "", nullptr);
}

void UsdmTrading::answer(const Action& action, Verdict verdict, std::int64_t code,
                         const std::string& words, const OrderUpdate* update) {
    ActionAnswer answer{.ticket = action.ticket,
                        .key = action.key,
                        .kind = action.kind,
                        .outcome = verdict.outcome,
                        .refusal = verdict.refusal};
    if (verdict.outcome == Outcome::Done && update != nullptr) {
        answer.has_update = true;
        answer.update = *update;
        // Answers need not repeat the client id; the order is known by what was asked.
        if (!answer.update.key) answer.update.key = action.key;
    }
    if (verdict.refusal == Refusal::Clock) {
        ++counts_.clock_errors;
        look_at_clock();
    }
    if (verdict.refusal == Refusal::Auth) {
        sink_.on_refused_account(fmt::format("{} ({})", words, code));
    }
    sink_.on_answer(answer);
}

/// A connection that is replaced, or the venue, may bring one twice.
void UsdmTrading::take_funding(const Funding& payment) {
    if (std::find(payments_.begin(), payments_.end(), payment) != payments_.end()) return;
    payments_[next_payment_] = payment;
    next_payment_ = (next_payment_ + 1) % payments_.size();
    sink_.on_funding(payment.amount);
}

void UsdmTrading::take_event(std::string_view text) {
    if (!parser_.read_event(text, handlers_)) note_malformed("private stream", text);
}

void UsdmTrading::look_at_clock() {
    const Nanos asked_at = steady_now();
    account_rest_.call("GET", "/fapi/v1/time", {}, RestApi::Security::Public,
                       [this, asked_at](const Reply& reply) {
                           std::int64_t millis = 0;
                           if (!reply.good() ||
                               !parser_.read_integer(reply.body, "serverTime", millis) ||
                               millis < 0 || millis > kNever / kMillisecond) {
                               return;
                           }
                           const Nanos middle = asked_at + (reply.received_ts - asked_at) / 2;
                           clock_.venue_minus_local = millis * kMillisecond - middle;
                           sink_.on_clock(clock_.venue_minus_local);
                           if (!is_mode_known_) check_mode();
                       });
}

void UsdmTrading::check_mode() {
    account_rest_.call(
        "GET", "/fapi/v1/positionSide/dual", {}, RestApi::Security::Signed,
        [this](const Reply& reply) {
            bool hedge = false;
            if (!is_good(reply, "the position mode")) return;
            is_mode_known_ = true;
            if (parser_.read_bool(reply.body, "dualSidePosition", hedge) && hedge) {
                sink_.on_refused_account("the account is in hedge mode; set it to one-way mode");
            }
        });
}

void UsdmTrading::reconcile() {
    if (list_asked_) return;
    look_at_clock();
    const Nanos asked_at = steady_now();
    list_asked_ = account_rest_.call(
        "GET", "/fapi/v1/openOrders", {}, RestApi::Security::Signed,
        [this, asked_at](const Reply& reply) { take_open_orders(reply, asked_at); });
}

void UsdmTrading::take_open_orders(const Reply& reply, Nanos asked_at) {
    list_asked_ = false;
    if (is_good(reply, "the open orders")) {
        if (parser_.read_orders(reply.body, orders_)) {
            sink_.on_open_orders(orders_, asked_at);
        } else {
            note_malformed("the list of open orders", reply.body);
        }
    }
    account_rest_.call("GET", "/fapi/v2/positionRisk", {}, RestApi::Security::Signed,
                       [this](const Reply& positions) { take_positions(positions); });
}

void UsdmTrading::take_positions(const Reply& reply) {
    if (!is_good(reply, "the positions")) return;
    if (!parser_.read_positions(reply.body, positions_)) {
        return note_malformed("the list of positions", reply.body);
    }
    for (const auto& position : positions_) sink_.on_position(position.asset_no, position.lots);
}

void UsdmTrading::arm_dead_man(Nanos after) {
    for (const VenueInstrument& one : facts_.instruments) {
        Parameters parameters;
        parameters.add("symbol", one.instrument.symbol);
        parameters.add("countdownTime", after / kMillisecond);
        account_rest_.call("POST", "/fapi/v1/countdownCancelAll", std::move(parameters),
                           RestApi::Security::Signed,
                           [this](const Reply& reply) { is_good(reply, "the dead man's switch"); });
    }
}

/// Says why not, and passes on what only a person can put right.
bool UsdmTrading::is_good(const Reply& reply, const char* what) {
    if (reply.good()) return true;
    std::int64_t code = 0;
    std::string words(reply.words);
    if (reply.status != 0) parser_.read_error(reply.body, code, words);
    log_warning("{}: not answered: HTTP {} {} {}", what, reply.status, code, words);
    const Refusal refusal =
        reply.status == 0 ? Refusal::Unset : verdict(reply.status, code).refusal;
    if (refusal == Refusal::Auth) {
        sink_.on_refused_account(fmt::format("{} ({})", words, code));
    } else if (refusal == Refusal::Clock) {
        ++counts_.clock_errors;
        look_at_clock();
    }
    return false;
}

void UsdmTrading::note_malformed(const char* what, std::string_view text) {
    if (++counts_.malformed > kMalformedShown) return;
    log_warning("{}: a message that cannot be read was passed over: {}", what, text.substr(0, 200));
}

}  // namespace ringside::connectord::binance_usdm
