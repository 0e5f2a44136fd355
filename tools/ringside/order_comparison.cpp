#include "tools/ringside/order_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "tools/ringside/feed_quality.hpp"

namespace ringside {
namespace {

using Orders = std::vector<const LoggedOrder*>;
/// Asset, side, and price and quantity or nothing; numbers in steps far below any tick or lot.
using Key = std::tuple<std::int64_t, Side, std::int64_t, std::int64_t>;

std::int64_t steps(double number) {
    constexpr double kStep = 1e-9;
    return std::isfinite(number) ? std::llround(number / kStep) : 0;
}

Key by_price_and_qty(const LoggedOrder& order) {
    return {order.asset, order.side, steps(order.price), steps(order.qty)};
}
Key by_price(const LoggedOrder& order) { return {order.asset, order.side, steps(order.price), 0}; }
Key by_side(const LoggedOrder& order) { return {order.asset, order.side, 0, 0}; }

bool same(double a, double b) { return steps(a) == steps(b); }

class Matching {
  public:
    Matching(const ComparisonOptions& options, std::vector<ComparedOrder>& pairs)
        : options_(options), pairs_(pairs) {}

    /// Matches within each key what can be, and leaves the rest, in order of time.
    void match(Orders& live, Orders& replay, Key (*key)(const LoggedOrder&)) {
        std::map<Key, std::pair<Orders, Orders>> groups;
        for (const LoggedOrder* order : live) groups[key(*order)].first.push_back(order);
        for (const LoggedOrder* order : replay) groups[key(*order)].second.push_back(order);
        live.clear();
        replay.clear();
        for (const auto& [unused, group] : groups) match_group(group.first, group.second);
        for (const LoggedOrder* order : live_left_) live.push_back(order);
        for (const LoggedOrder* order : replay_left_) replay.push_back(order);
        live_left_.clear();
        replay_left_.clear();
        const auto earlier = [](const LoggedOrder* a, const LoggedOrder* b) {
            return std::tie(a->submit_ts, a) < std::tie(b->submit_ts, b);
        };
        std::sort(live.begin(), live.end(), earlier);
        std::sort(replay.begin(), replay.end(), earlier);
    }

  private:
    Nanos distance(const Orders& live, std::size_t i, const Orders& replay, std::size_t j) const {
        if (i >= live.size() || j >= replay.size()) return kNever;
        return std::abs(replay[j]->submit_ts - live[i]->submit_ts - options_.shift);
    }

    void match_group(const Orders& live, const Orders& replay) {
        std::size_t i = 0;
        std::size_t j = 0;
        while (i < live.size() && j < replay.size()) {
            const Nanos here = distance(live, i, replay, j);
            if (here > options_.window) {
                const bool live_first = live[i]->submit_ts + options_.shift < replay[j]->submit_ts;
                live_first ? live_left_.push_back(live[i++]) : replay_left_.push_back(replay[j++]);
                continue;
            }
            const Nanos next_replay = distance(live, i, replay, j + 1);
            const Nanos next_live = distance(live, i + 1, replay, j);
            const Nanos next_both = distance(live, i + 1, replay, j + 1);
            if (next_replay < here && next_replay <= next_both) {
                replay_left_.push_back(replay[j++]);
            } else if (next_live < here && next_live <= next_both) {
                live_left_.push_back(live[i++]);
            } else {
                pairs_.push_back({live[i++], replay[j++]});
            }
        }
        live_left_.insert(live_left_.end(), live.begin() + static_cast<std::ptrdiff_t>(i),
                          live.end());
        replay_left_.insert(replay_left_.end(), replay.begin() + static_cast<std::ptrdiff_t>(j),
                            replay.end());
    }

    const ComparisonOptions& options_;
    std::vector<ComparedOrder>& pairs_;
    Orders live_left_;
    Orders replay_left_;
};

Cause cause_of(const ComparedOrder& order, const ComparisonOptions& options) {
    if (order.replay == nullptr) return Cause::OnlyLive;
    if (order.live == nullptr) return Cause::OnlyReplay;
    const LoggedOrder& live = *order.live;
    const LoggedOrder& replay = *order.replay;
    if (!same(live.price, replay.price)) return Cause::Price;
    if (!same(live.qty, replay.qty)) return Cause::Qty;
    if (live.type != replay.type || live.time_in_force != replay.time_in_force) {
        return Cause::Terms;
    }
    if (live.refused != replay.refused) return Cause::Refused;
    if ((live.filled_qty > 0.0) != (replay.filled_qty > 0.0)) return Cause::Filled;
    if (!same(live.filled_qty, replay.filled_qty)) return Cause::FilledQty;
    const auto fill_diff = order.fill_diff(options.shift);
    if (fill_diff && std::abs(*fill_diff) > options.fill_tolerance) return Cause::FillTime;
    if ((live.cancel_ts == kNever) != (replay.cancel_ts == kNever)) return Cause::Canceled;
    return Cause::None;
}

/// Whether an order was submitted while the other run was there, give or take a margin.
bool is_within(const LoggedOrder& order, const LoggedOrders& other, Nanos other_shift,
               Nanos margin) {
    return order.submit_ts >= difference(saturating_add(other.first_ts, other_shift), margin) &&
           order.submit_ts <= saturating_add(saturating_add(other.last_ts, other_shift), margin);
}

/// Orders that the other run might have.
Orders candidates(const LoggedOrders& run, const LoggedOrders& other, Nanos other_shift,
                  Nanos margin, std::uint64_t& outside) {
    Orders inside;
    for (const LoggedOrder& order : run.orders) {
        if (is_within(order, other, other_shift, margin))
            inside.push_back(&order);
        else
            ++outside;
    }
    return inside;
}

}  // namespace

std::string_view cause_name(Cause cause) noexcept {
    constexpr std::array<std::string_view, kCauses> kNames{
        "only live", "only replay",     "price",         "quantity",
        "terms",     "refused in one",  "filled in one", "filled quantity",
        "fill time", "canceled in one", "same"};
    return kNames[static_cast<std::size_t>(cause)];
}

std::optional<Nanos> ComparedOrder::submit_diff(Nanos shift) const {
    if (live == nullptr || replay == nullptr) return std::nullopt;
    return replay->submit_ts - live->submit_ts - shift;
}

std::optional<Nanos> ComparedOrder::fill_diff(Nanos shift) const {
    if (live == nullptr || replay == nullptr || live->first_fill_ts == kNever ||
        replay->first_fill_ts == kNever) {
        return std::nullopt;
    }
    return replay->first_fill_ts - live->first_fill_ts - shift;
}

OrderComparison compare_orders(const LoggedOrders& live, const LoggedOrders& replay,
                               const ComparisonOptions& options) {
    OrderComparison comparison;
    // A decision at the very edge may be found a little beyond it.
    Orders live_left = candidates(live, replay, -options.shift, options.window, comparison.outside);
    Orders replay_left =
        candidates(replay, live, options.shift, options.window, comparison.outside);
    Matching matching(options, comparison.orders);
    matching.match(live_left, replay_left, by_price_and_qty);
    matching.match(live_left, replay_left, by_price);
    matching.match(live_left, replay_left, by_side);
    comparison.matched = comparison.orders.size();
    const auto add_left = [&](const Orders& left, const LoggedOrders& other, Nanos other_shift,
                              bool is_live) {
        for (const LoggedOrder* order : left) {
            if (!is_within(*order, other, other_shift, 0))
                ++comparison.outside;
            else
                comparison.orders.push_back(is_live ? ComparedOrder{order, nullptr}
                                                    : ComparedOrder{nullptr, order});
        }
    };
    add_left(live_left, replay, -options.shift, true);
    add_left(replay_left, live, options.shift, false);
    const auto time = [&](const ComparedOrder& one) {
        return one.live != nullptr ? one.live->submit_ts + options.shift : one.replay->submit_ts;
    };
    std::stable_sort(
        comparison.orders.begin(), comparison.orders.end(),
        [&](const ComparedOrder& a, const ComparedOrder& b) { return time(a) < time(b); });
    for (ComparedOrder& order : comparison.orders) {
        order.cause = cause_of(order, options);
        ++comparison.by_cause[static_cast<std::size_t>(order.cause)];
        comparison.identical += order.cause >= Cause::Refused ? 1 : 0;
    }
    return comparison;
}

}  // namespace ringside
