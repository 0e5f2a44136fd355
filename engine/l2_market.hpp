#pragma once

#include <span>

#include "core/rows.hpp"
#include "engine/l2_matcher.hpp"
#include "engine/venue_config.hpp"

namespace ringside::engine {

/// An instrument with aggregated data: the exchange's book, and how each row of the data reaches it
/// and the bots' orders.
template <MatcherQueue Queue>
class L2Market {
  public:
    using Matcher = L2Matcher<Queue>;

    L2Market(const AssetConfig& config, const Rules& rules, const Queue& queue)
        : exchange_(config.exchange),
          rules_(rules),
          queue_(queue),
          book_(config.instrument.grid, rules, config.instrument.range) {}

    void apply_snapshot_row(const Event& row) { book_.apply_snapshot_row(row); }
    Matcher make_matcher(std::uint32_t /*desk*/, Lane& lane) {
        return Matcher(book_, rules_, queue_, exchange_, lane);
    }
    /// Whether a bot may be told of a failure, which comes without latency.
    bool may_fail() const noexcept {
        return exchange_ == ExchangeKind::PartialFill && rules_.exact_fill_stays;
    }
    std::uint64_t skipped_rows() const noexcept { return 0; }
    void prefetch(const MarketUpdate* next, const MarketUpdate* end) const noexcept {
        book_.prefetch(next, end);
    }

    /// Desks: a range of pointers to what has a `matcher`, those with resting orders.
    template <typename Desks>
    void apply(const MarketUpdate& update, const Rows& rows, const Desks& working) {
        const Nanos exch_ts = update.exch_ts;
        if (sets_level(update.action)) [[likely]] {
            const Side side = side_of(update.action);
            if (rests_at(side, update.tick, working)) [[unlikely]]
                return set(side, update.tick, update.qty, exch_ts, working);
            LevelChange change = book_.apply(update);
            // Nobody asks what the level had. So it need not be read, which is what takes longest
            // about an update.
            change.qty_before = 0.0;
            if (change.best_after != change.best_before) [[unlikely]]
                changed(side, change, exch_ts, working);
            return;
        }
        switch (update.action) {
            case Action::BuyTrade:
                return trade<Side::Buy>(update.tick, update.qty, exch_ts, working);
            case Action::SellTrade:
                return trade<Side::Sell>(update.tick, update.qty, exch_ts, working);
            default:
                return apply_row(rows.of(&update), working);
        }
    }

  private:
    template <typename Desks>
    [[gnu::noinline]] void apply_row(const Event& row, const Desks& working) {
        const Side side = row.side();
        if (side == Side::Unset) {
            if (row.kind() == EventKind::DepthClear) book_.clear_all();
            return;
        }
        const Ticks tick = book_.grid().to_ticks_nearest(row.px);
        switch (row.kind()) {
            case EventKind::Depth:
            case EventKind::DepthSnapshot:
                return set(side, tick, row.qty, row.exch_ts, working);
            case EventKind::Trade:
                return side == Side::Buy ? trade<Side::Buy>(tick, row.qty, row.exch_ts, working)
                                         : trade<Side::Sell>(tick, row.qty, row.exch_ts, working);
            case EventKind::DepthClear:
                return book_.clear(side, row.px);
            default:
                return;
        }
    }

    template <typename Desks>
    static bool rests_at(Side side, Ticks tick, const Desks& working) noexcept {
        bool any = false;
        for (const auto* desk : working) any |= desk->matcher.may_rest_at(side, tick);
        return any;
    }
    template <typename Desks>
    [[gnu::noinline]] void set(Side side, Ticks tick, double qty, Nanos exch_ts,
                               const Desks& working) {
        changed(side, book_.set_level(side, tick, qty), exch_ts, working);
    }
    template <typename Desks>
    void changed(Side side, const LevelChange& change, Nanos exch_ts, const Desks& working) {
        for (auto* desk : working) {
            if (desk->matcher.concerned_by(side, change)) [[unlikely]]
                desk->matcher.on_level(side, change, exch_ts);
        }
    }
    template <Side kSide, typename Desks>
    void trade(Ticks tick, double qty, Nanos exch_ts, const Desks& working) {
        for (auto* desk : working) desk->matcher.template on_trade<kSide>(tick, qty, exch_ts);
    }

    const ExchangeKind exchange_;
    const Rules rules_;
    const Queue queue_;
    L2Book book_;
};

}  // namespace ringside::engine
