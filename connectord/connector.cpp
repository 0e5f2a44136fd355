#include "connectord/connector.hpp"

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/log.hpp"
#include "core/net/backoff.hpp"
#include "core/steady_clock.hpp"

namespace ringside::connectord {

namespace {

constexpr Nanos kLookEvery = kMillisecond;
constexpr Nanos kFiguresEvery = 200 * kMillisecond;
constexpr Nanos kClockStepTold = 50 * kMillisecond;
/// How long the venue may be out of reach before the connector gives up at the start.
constexpr Nanos kDiscoveryPatience = 60 * kSecond;

VenueInfo venue_info(const ConnectorConfig& config, const VenueFacts& facts) {
    VenueInfo info;
    info.venue = config.paper ? config.venue + " (paper)" : config.venue;
    info.clock = ClockMode::RealTime;
    info.start_ts = steady_now();
    info.clock_anchor = kProcessAnchor;
    for (const VenueInstrument& one : facts.instruments) info.instruments.push_back(one.instrument);
    return info;
}

}  // namespace

Connector::Connector(const ConnectorConfig& config, std::uint64_t seed)
    : config_(config), seed_(seed), tls_(config.network.ca_file) {
    loop_.on_signal({SIGINT, SIGTERM}, [this](int signal) { stop(signal); });
    venue_ = find_venue(config_.venue)->make(config_, loop_, tls_, seed);
}

Connector::~Connector() = default;

void Connector::stop(int signal) {
    if (stopping_) {
        // Whoever says it twice does not want to wait.
        log_warning("told again to end: not waiting any longer");
        stop_until_ = 0;
        return;
    }
    log_info("told to end (signal {})", signal);
    stopping_ = true;
    const Nanos now = steady_now();
    stop_until_ = now + config_.trading.end_patience;
    if (orders_) orders_->stop(now);
}

ExitCode Connector::run() {
    if (!discover()) return ExitCode::Ok;
    open_bus();
    serve();
    if (!refusal_.empty()) {
        fail(ExitCode::Usage, "the venue refuses this account: {}; set it right and start again",
             refusal_);
    }
    if (orders_ && !orders_->is_quiet()) {
        log_warning("{} order(s) may still be open: look at the account",
                    orders_->manager().live_orders());
        return ExitCode::VenueLost;
    }
    return ExitCode::Ok;
}

bool Connector::discover() {
    net::Backoff backoff(config_.network.keeper.backoff, seed_);
    net::Timer retry(loop_);
    const Nanos give_up_at = steady_now() + kDiscoveryPatience;
    bool done = false;
    bool ask = true;
    std::optional<std::string> failure;
    const auto heard = [&](const VenueFacts* facts, const DiscoveryFailure& why) {
        if (facts != nullptr) {
            facts_ = *facts;
            for (const VenueInstrument& one : facts_.instruments) {
                if (!one.not_traded.empty()) failure = one.not_traded;
            }
            done = !failure;
        } else if (why.is_final || steady_now() > give_up_at) {
            failure = why.words;
        } else {
            const Nanos wait = backoff.next();
            log_warning("{}; next attempt in {} ms", why.words, wait / kMillisecond);
            retry.after(wait, [&ask] { ask = true; });
        }
    };
    while (!done && !stopping_) {
        if (std::exchange(ask, false)) venue_->discover(heard);
        if (failure) fail(ExitCode::Usage, "{}", *failure);
        if (loop_.poll() == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return done && !stopping_;
}

void Connector::open_bus() {
    info_ = venue_info(config_, facts_);
    ipc::BusOptions options;
    options.md_ring_bytes = config_.md_ring_bytes;
    options.gated = false;
    options.group = config_.group;
    options.wakes = config_.waiting == ipc::Waiting::Futex;
    bus_ = std::make_unique<ipc::BusService>(config_.bus, options, info_);
    // No bot wakes it for what the venue sends.
    wait_ = ipc::Waiter(config_.waiting, bus_->wake_word(), std::chrono::microseconds(200));
    const bool trades = config_.paper || config_.trading.enabled;
    if (trades) {
        orders_ = std::make_unique<OrderSide>(
            config_, facts_, info_,
            OrderSide::Handlers{
                .tell = [this](BotNo bot, const OrderResponse& response,
                               Nanos now) { return bots_->tell(bot, response, now); },
                .touch = [this](AssetNo a) -> Touch {
                    const L2Book& book = market_->book(a);
                    return {book.best_bid(), book.best_ask(), market_->is_fresh(a)};
                },
                .notice = [this](ipc::NoticeKind kind,
                                 const std::string& words) { say(kind, ipc::kWholeVenue, words); },
                .account_refused = [this](const std::string& why) { account_refused(why); }});
    }
    market_ = std::make_unique<MarketSide>(
        *bus_, info_,
        MarketSide::Handlers{.tap = nullptr,
                             .touch =
                                 [this](AssetNo a) {
                                     if (orders_) orders_->touch_changed(a);
                                 },
                             .used =
                                 [this](std::size_t limit, std::uint32_t used) {
                                     if (orders_) orders_->on_used(limit, used);
                                 },
                             .limited =
                                 [this](Nanos wait) {
                                     if (orders_) orders_->on_limited(wait);
                                 }});
    bots_ = std::make_unique<Bots>(
        *bus_, info_.instruments.size(),
        Bots::Handlers{.came = [this](std::string_view name) -> BotNo {
                           return orders_ ? orders_->came(name, steady_now())
                                          : next_bot_++ % kMaxBots;
                       },
                       .gone =
                           [this](BotNo bot) {
                               if (orders_) orders_->gone(bot, steady_now());
                           },
                       .request =
                           [this](BotNo bot, const OrderRequest& request, Nanos now) {
                               orders_ ? orders_->request(bot, request, now)
                                       : refuse_request(bot, request, now);
                           },
                       .books_wanted = [this] { market_->want_books(); }});
    figures_ =
        std::make_unique<Figures>(*bus_, *market_, *bots_, orders_.get(), info_.instruments.size());
    open_trading();
    market_->open(*venue_, facts_);
    open_instrument_watch();
}

void Connector::say(ipc::NoticeKind kind, AssetNo asset_no, const std::string& words) {
    bus_->publish(
        ipc::Notice{.kind = kind, .asset_no = asset_no, .ts = steady_now(), .text = words});
}

void Connector::open_instrument_watch() {
    const auto symbol = [this](AssetNo a) { return info_.instruments[a].symbol; };
    instruments_ = std::make_unique<InstrumentWatch>(
        facts_,
        InstrumentWatch::Handlers{
            .traded =
                [this, symbol](AssetNo a, const std::string& why) {
                    const std::string words = why.empty() ? symbol(a) + " is traded again"
                                                          : why + "; new orders are refused";
                    log_warning("{}", words);
                    if (orders_) orders_->halt(a, !why.empty());
                    say(why.empty() ? ipc::NoticeKind::Resumed : ipc::NoticeKind::Halted, a, words);
                },
            .unusable =
                [this, symbol](AssetNo a, const std::string& what) {
                    const std::string words = fmt::format(
                        "{}: {}; its orders are cancelled and nothing of it is passed on until "
                        "this service is started anew",
                        symbol(a), what);
                    log_warning("{}", words);
                    if (orders_) {
                        orders_->halt(a, true);
                        orders_->cancel(a, steady_now());
                    }
                    market_->end(a);
                    say(ipc::NoticeKind::Halted, a, words);
                },
            .rules =
                [this, symbol](AssetNo a, const OrderRules& rules) {
                    log_warning("{}: orders may be of {} to {}, at {} to {}, worth {} at least",
                                symbol(a), rules.min_qty, rules.max_qty, rules.min_price,
                                rules.max_price, rules.min_value);
                    info_.instruments[a].order_rules = rules;
                    say(ipc::NoticeKind::Info, a, "the venue changed what orders it takes");
                },
            .rate =
                [this](std::size_t limit, std::uint32_t most) {
                    log_warning("the venue's limit {} is {} now", facts_.rates.names[limit], most);
                    if (orders_) orders_->set_rate_limit(limit, most);
                }});
    if (config_.instruments_every != 0) ask_for_instruments();
}

void Connector::ask_for_instruments() {
    instruments_timer_.after(config_.instruments_every, [this] {
        venue_->discover([this](const VenueFacts* facts, const DiscoveryFailure& why) {
            if (facts != nullptr) {
                instruments_->take(*facts);
            } else {
                log_warning("the instruments were not looked at: {}", why.words);
            }
            ask_for_instruments();
        });
    });
}

void Connector::open_trading() {
    if (!orders_) return;
    if (!config_.paper) {
        orders_->open(venue_->open_trading(facts_, orders_->ids(), *orders_), steady_now());
        return;
    }
    auto paper = std::make_unique<PaperTrading>(config_.paper_model, info_, *orders_);
    paper_ = paper.get();
    market_->set_tap(
        [this](AssetNo a, std::span<const Event> rows, Nanos ts) { paper_->feed(a, rows, ts); });
    orders_->open(std::move(paper), steady_now());
}

/// Where nobody trades, a request is answered all the same.
void Connector::refuse_request(BotNo bot, const OrderRequest& request, Nanos now) {
    OrderResponse response{.req_seq = request.seq,
                           .order_id = request.order_id,
                           .req_ts = request.req_ts,
                           .asset_no = request.asset_no,
                           .kind = ResponseKind::Refused,
                           .side = request.side,
                           .status = request.status,
                           .req = Status::Rejected,
                           .error = static_cast<std::uint8_t>(Code::NotReady)};
    response.price_ticks = request.price_ticks;
    response.qty_lots = request.qty_lots;
    response.leaves_lots = request.leaves_lots;
    bots_->tell(bot, response, now);
}

void Connector::serve() {
    log_info("bus {}: {} instrument(s) of {}, {}", bus_->name(), info_.instruments.size(),
             info_.venue,
             config_.paper ? "simulated fills"
             : orders_     ? "trading"
                           : "market data only");
    while (!may_end(steady_now())) turn();
    if (orders_) orders_->finish();
    // What was said last needs a moment to leave.
    const Nanos until = steady_now() + 100 * kMillisecond;
    while (orders_ && !config_.paper && steady_now() < until) {
        if (loop_.poll() == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    market_->close();
    figures_->update(steady_now());
    bus_->close();
}

void Connector::turn() {
    bool busy = loop_.poll() > 0;
    busy |= bots_->take_requests();
    const Nanos now = steady_now();
    if (paper_ != nullptr) paper_->on_time(now);
    if (orders_) {
        orders_->on_time(now);
        orders_->drain();
    }
    if (now >= next_look_) look_around(now);
    if (busy) {
        wait_.reset();
    } else {
        wait_.idle();
    }
}

void Connector::look_around(Nanos now) {
    next_look_ = now + kLookEvery;
    bots_->look();
    market_->on_time(now);
    watch_operator(now);
    if (now < next_figures_) return;
    next_figures_ = now + kFiguresEvery;
    watch_clock();
    figures_->update(now);
}

void Connector::watch_operator(Nanos now) {
    const std::uint64_t revivals = bus_->revivals();
    if (std::exchange(revivals_seen_, revivals) != revivals && orders_) orders_->revive();
    const std::uint64_t kills = bus_->kills();
    if (std::exchange(kills_seen_, kills) != kills && orders_) {
        orders_->kill(KillReason::Operator, "pulled by the operator", now);
    }
    const std::uint64_t acceptances = bus_->acceptances();
    if (std::exchange(acceptances_seen_, acceptances) != acceptances && orders_) {
        orders_->accept_positions();
    }
}

void Connector::watch_clock() {
    const Nanos step = wall_now() - steady_now();
    if (std::abs(step - clock_step_) < kClockStepTold) return;
    clock_step_ = step;
    log_warning(
        "the system's clock was set: it is {} ms from the time of this bus, which goes on "
        "evenly; a restart takes the new time",
        step / kMillisecond);
}

bool Connector::may_end(Nanos now) {
    if (!stopping_) return false;
    return !orders_ || orders_->is_quiet() || now >= stop_until_;
}

void Connector::account_refused(const std::string& why) {
    if (!refusal_.empty()) return;
    refusal_ = why;
    log_warning("the venue refuses this account: {}", why);
    stopping_ = true;
    const Nanos now = steady_now();
    stop_until_ = now + config_.trading.end_patience;
    // Not from within the call that brought the news.
    loop_.post([this, now] { orders_->stop(now); });
}

}  // namespace ringside::connectord
