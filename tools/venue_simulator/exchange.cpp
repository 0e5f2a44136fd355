#include "tools/venue_simulator/exchange.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "core/error.hpp"
#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr int kAmendmentsMax = 10'000;
constexpr Nanos kApartMost = 3600 * kSecond;

}  // namespace

Exchange::Exchange(std::vector<Listing> listings,
                   std::vector<std::pair<std::string, double>> accounts,
                   const ExchangeOptions& options, VenueClock& clock)
    : clock_(clock), options_(options), ids_(options.seed), orders_(options.dead_orders_max) {
    std::vector<Instrument> instruments;
    for (Listing& listing : listings) {
        const auto asset = static_cast<AssetNo>(markets_.size());
        instruments.push_back(listing.config.instrument);
        filters_.emplace_back(listing.config.instrument, listing.filters);
        announcements_.emplace_back();
        markets_.push_back(
            std::make_unique<Market>(listing.config, asset, std::move(listing.rows), ids_));
    }
    for (const auto& [name, balance] : accounts) {
        const auto session = static_cast<engine::SessionNo>(accounts_.size());
        accounts_.emplace_back(name, balance, instruments, options.leverage);
        outboxes_.push_back(std::make_unique<engine::Outbox>());
        requests_.push_back(0);
        for (auto& market : markets_) market->engine().open_lane(session, *outboxes_.back());
    }
}

Exchange::~Exchange() = default;

void Exchange::open(Nanos skip) {
    Nanos first = kNever;
    for (auto& market : markets_) first = std::min(first, market->next_ts());
    if (first == kNever) fail(ExitCode::Data, "the markets have no event");
    for (auto& market : markets_) {
        if (market->next_ts() - first <= kApartMost) continue;
        fail(ExitCode::Data,
             "{}: its events begin {} s after those of another instrument: choose "
             "recordings of the same hour",
             market->instrument().symbol, (market->next_ts() - first) / kSecond);
    }
    now_ = saturating_add(first, skip);
    for (auto& market : markets_) {
        while (market->next_ts() <= now_) market->step(nullptr);
        if (market->next_ts() == kNever) {
            fail(ExitCode::Data, "{}: no event is left after the first {} ms that are skipped",
                 market->instrument().symbol, skip / kMillisecond);
        }
    }
    clock_.start(now_);
}

bool Exchange::advance(std::size_t most_steps) {
    const Nanos until = std::max(now_, clock_.market_now());
    for (std::size_t steps = 0;; ++steps) {
        Market* next = markets_.front().get();
        for (auto& market : markets_) {
            if (market->next_ts() < next->next_ts()) next = market.get();
        }
        const Nanos ts = next->next_ts();
        if (ts > until) break;
        if (steps == most_steps) return false;
        now_ = std::max(now_, ts);
        next->step(listener_);
        settle(nullptr);
    }
    now_ = until;
    run_countdowns();
    return true;
}

Nanos Exchange::next_wall() {
    Nanos next = kNever;
    for (const auto& [key, end] : countdowns_) next = std::min(next, end);
    if (clock_.held()) return next;
    for (auto& market : markets_) {
        const Nanos ts = market->next_ts();
        if (ts != kNever) next = std::min(next, clock_.wall_at(ts));
    }
    return next;
}

AssetNo Exchange::find_symbol(const std::string& symbol) const {
    for (const auto& market : markets_) {
        if (market->instrument().symbol == symbol) return market->asset_no();
    }
    throw Refusal(-1121, "Invalid symbol.");
}

const VenueOrder& Exchange::place(AccountNo account, const NewOrder& wish) {
    check(account, wish);
    const std::int64_t now_ms = clock_.millis_now();
    VenueOrder made{.id = ++last_order_id_,
                    .client_id = wish.client_id,
                    .account = account,
                    .asset = wish.asset,
                    .side = wish.side,
                    .type = wish.type,
                    .time_in_force = wish.time_in_force,
                    .reduce_only = wish.reduce_only,
                    .price = wish.price,
                    .qty = wish.qty,
                    .created_ms = now_ms,
                    .updated_ms = now_ms};
    if (made.client_id.empty()) made.client_id = fmt::format("sim{}", made.id);
    VenueOrder& order = orders_.add(std::move(made));
    send(order, RequestKind::Submit);
    if (settle(&order)) return order;
    const bool post_only = order.time_in_force == TimeInForce::Gtx;
    orders_.remove(order);
    if (post_only) {
        throw Refusal(-5022,
                      "Due to the order could not be executed as maker, the Post Only order will "
                      "be rejected. The order will not be recorded in the order history.");
    }
    throw Refusal(-5021,
                  "Due to the order could not be filled immediately, the FOK order has been "
                  "rejected. The order will not be recorded in the order history.");
}

void Exchange::check(AccountNo account, const NewOrder& wish) {
    const Filters& filters = filters_[wish.asset];
    if (announcements_[wish.asset].status != "TRADING") {
        throw Refusal(-4140, "Invalid symbol status for opening position.");
    }
    const Position& position = accounts_[account].position(wish.asset);
    const double mark = markets_[wish.asset]->mid_price();
    if (!wish.client_id.empty() && orders_.has_open(account, wish.client_id)) {
        throw Refusal(-4116, "ClientOrderId is duplicated.");
    }
    if (wish.type == OrderType::Limit) filters.check_band(wish.side, wish.price, mark);
    if (wish.reduce_only) {
        const bool reduces = wish.side == Side::Buy ? position.lots < 0 : position.lots > 0;
        if (!reduces || wish.qty > std::abs(position.lots)) {
            throw Refusal(-2022, "ReduceOnly Order is rejected.");
        }
    } else {
        const Instrument& instrument = markets_[wish.asset]->instrument();
        const double price =
            wish.type == OrderType::Market ? mark : instrument.grid.price(wish.price);
        filters.check_notional(instrument.amount(price, instrument.grid.qty(wish.qty)));
        check_funds(account, wish);
    }
    const auto open = orders_.open(account);
    const auto here = std::count_if(open.begin(), open.end(), [&](const VenueOrder* order) {
        return order->asset == wish.asset;
    });
    if (here >= filters.choice().max_orders) {
        throw Refusal(-2025, "Reach max open order limit.");
    }
}

/// What only closes the position needs no margin.
void Exchange::check_funds(AccountNo account, const NewOrder& wish) {
    const Position& position = accounts_[account].position(wish.asset);
    const Lots against = wish.side == Side::Buy ? -position.lots : position.lots;
    const Lots opens = wish.qty - std::max<Lots>(against, 0);
    if (opens <= 0) return;
    Market& market = *markets_[wish.asset];
    const Grid& grid = market.instrument().grid;
    const double price =
        wish.type == OrderType::Market ? market.mid_price() : grid.price(wish.price);
    const double value = market.instrument().amount(price, grid.qty(opens));
    if (to_money(value / position.leverage) > available(account)) {
        throw Refusal(-2019, "Margin is insufficient.");
    }
}

void Exchange::send(const VenueOrder& order, RequestKind kind) {
    engine::AssetVenue& engine = markets_[order.asset]->engine();
    engine.accept(order.account, {.seq = ++requests_[order.account],
                                  .order_id = order.id,
                                  .req_ts = now_,
                                  .price_ticks = order.price,
                                  .qty_lots = order.leaves(),
                                  .leaves_lots = order.leaves(),
                                  .asset_no = order.asset,
                                  .kind = kind,
                                  .side = order.side,
                                  .time_in_force = order.time_in_force,
                                  .type = order.type});
    engine.run(now_);
}

const VenueOrder& Exchange::amend(VenueOrder& order, Ticks price, Lots qty) {
    if (!order.is_open()) throw Refusal(-2013, "Order does not exist.");
    if (price == order.price && qty == order.qty) {
        throw Refusal(-5027, "No need to modify the order.");
    }
    if (order.amendments >= kAmendmentsMax) {
        throw Refusal(-5026, "Exceed maximum modify order limit.");
    }
    const Instrument& instrument = markets_[order.asset]->instrument();
    filters_[order.asset].check_band(order.side, price, markets_[order.asset]->mid_price());
    if (!order.reduce_only) {
        filters_[order.asset].check_notional(
            instrument.amount(instrument.grid.price(price), instrument.grid.qty(qty)));
    }
    if (qty <= order.executed) return cancel(order);
    // An amended order loses its place: it leaves and enters anew.
    order.is_amending = true;
    send(order, RequestKind::Cancel);
    settle(nullptr);
    order.is_amending = false;
    order.price = price;
    order.qty = qty;
    ++order.amendments;
    order.updated_ms = clock_.millis_now();
    send(order, RequestKind::Submit);
    if (!settle(&order)) finish(order, Status::Canceled, Execution::Canceled, clock_.millis_now());
    return order;
}

const VenueOrder& Exchange::cancel(VenueOrder& order) {
    if (!order.is_open()) throw Refusal(-2011, "Unknown order sent.");
    send(order, RequestKind::Cancel);
    settle(nullptr);
    return order;
}

std::size_t Exchange::cancel_all(AccountNo account, AssetNo asset) {
    std::size_t count = 0;
    for (VenueOrder* const order : orders_.open(account)) {
        if (order->asset != asset || !order->is_open()) continue;
        cancel(*order);
        ++count;
    }
    return count;
}

void Exchange::count_down(AccountNo account, AssetNo asset, Nanos after) {
    if (after <= 0) {
        countdowns_.erase({account, asset});
    } else {
        countdowns_[{account, asset}] = saturating_add(clock_.wall_now(), after);
    }
}

void Exchange::run_countdowns() {
    const Nanos wall = clock_.wall_now();
    for (auto at = countdowns_.begin(); at != countdowns_.end();) {
        if (at->second > wall) {
            ++at;
            continue;
        }
        const auto [account, asset] = at->first;
        at = countdowns_.erase(at);
        cancel_all(account, asset);
    }
}

/// A post-only order that would take, and a fill-or-kill order that would not fill, never were:
/// false then.
bool Exchange::settle(VenueOrder* own) {
    std::vector<OrderResponse> about_own;
    for (auto& outbox : outboxes_) {
        const auto responses = std::exchange(outbox->responses(), {});
        for (const OrderResponse& response : responses) {
            if (own != nullptr && response.order_id == own->id) {
                about_own.push_back(response);
            } else {
                handle(response);
            }
        }
    }
    if (own == nullptr) return true;
    const bool never_was =
        about_own.size() == 1 && about_own.front().status == Status::Expired &&
        (own->time_in_force == TimeInForce::Gtx || own->time_in_force == TimeInForce::Fok);
    if (never_was) return false;
    report(*own, own->amendments > 0 ? Execution::Amendment : Execution::New);
    for (const OrderResponse& response : about_own) handle(response);
    return true;
}

void Exchange::handle(const OrderResponse& response) {
    VenueOrder* const order = orders_.find(response.order_id);
    if (order == nullptr || !order->is_open() || order->is_amending) return;
    if (response.executed) return fill(*order, response);
    if (response.kind == ResponseKind::Refused) return;
    if (response.status == Status::Canceled) {
        finish(*order, Status::Canceled, Execution::Canceled, clock_.millis_now());
    } else if (response.status == Status::Expired) {
        finish(*order, Status::Expired, Execution::Expired, stamp_ms(response.exch_ts));
    }
}

void Exchange::fill(VenueOrder& order, const OrderResponse& response) {
    const std::int64_t now_ms = stamp_ms(response.exch_ts);
    const Money fee = to_money(response.fee);
    const Money profit = accounts_[order.account].book(
        order.asset, order.side, response.exec_price_ticks, response.exec_lots, fee, now_ms);
    order.executed += response.exec_lots;
    order.value +=
        static_cast<double>(response.exec_price_ticks) * static_cast<double>(response.exec_lots);
    order.status = order.leaves() == 0 ? Status::Filled : Status::PartiallyFilled;
    order.updated_ms = now_ms;
    fills_.push_back({.trade_id = ++last_trade_id_,
                      .order_id = order.id,
                      .client_id = order.client_id,
                      .account = order.account,
                      .asset = order.asset,
                      .side = order.side,
                      .price = response.exec_price_ticks,
                      .lots = response.exec_lots,
                      .fee = fee,
                      .profit = profit,
                      .maker = response.maker,
                      .time_ms = now_ms});
    if (fills_.size() > options_.fills_max) fills_.pop_front();
    if (!order.is_open()) orders_.retire(order);
    const AccountNo account = order.account;
    const AssetNo asset = order.asset;
    report(order, Execution::Trade, &fills_.back());
    if (listener_ != nullptr) listener_->on_account(account, asset, now_ms);
    expire_reduce_only(account, asset);
}

void Exchange::expire_reduce_only(AccountNo account, AssetNo asset) {
    for (VenueOrder* const order : orders_.open(account)) {
        const Lots lots = accounts_[account].position(asset).lots;
        const Lots reducible = order->side == Side::Buy ? -lots : lots;
        if (order->asset != asset || !order->reduce_only || order->leaves() <= reducible) continue;
        // What the engine still says about it is passed over.
        finish(*order, Status::Expired, Execution::Expired, clock_.millis_now());
        send(*order, RequestKind::Cancel);
    }
}

void Exchange::finish(VenueOrder& order, Status status, Execution execution, std::int64_t now_ms) {
    order.status = status;
    order.updated_ms = now_ms;
    orders_.retire(order);
    report(order, execution);
}

std::int64_t Exchange::stamp_ms(Nanos market_ts) const {
    return clock_.held() ? clock_.millis_now() : clock_.wall_at(market_ts) / kMillisecond;
}

void Exchange::report(const VenueOrder& order, Execution execution, const VenueFill* fill) {
    if (listener_ != nullptr) listener_->on_order(order, execution, fill);
}

Money Exchange::unrealized(AccountNo account) {
    Money sum = 0;
    for (auto& market : markets_) {
        sum += accounts_[account].unrealized(market->asset_no(), market->mid_price());
    }
    return sum;
}
Money Exchange::position_margin(AccountNo account) {
    Money sum = 0;
    for (auto& market : markets_) {
        sum += accounts_[account].position_margin(market->asset_no(), market->mid_price());
    }
    return sum;
}
Money Exchange::order_margin(AccountNo account) {
    double sum = 0;
    for (const VenueOrder* const order : orders_.open(account)) {
        if (order->reduce_only) continue;
        const Instrument& instrument = markets_[order->asset]->instrument();
        sum += instrument.amount(instrument.grid.price(order->price),
                                 instrument.grid.qty(order->leaves())) /
               accounts_[account].position(order->asset).leverage;
    }
    return to_money(sum);
}
Money Exchange::available(AccountNo account) {
    const Money free = accounts_[account].wallet() + unrealized(account) -
                       position_margin(account) - order_margin(account);
    return std::max<Money>(free, 0);
}

}  // namespace ringside::venue_simulator
