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
        switch (update.action) {
            case Action::SetBid:
                return set<Side::Buy>(update.tick, update.qty, exch_ts, working);
            case Action::SetAsk:
                return set<Side::Sell>(update.tick, update.qty, exch_ts, working);
            case Action::BuyTrade:
                return trade<Side::Buy>(update.tick, update.qty, exch_ts, working);
            case Action::SellTrade:
                return trade<Side::Sell>(update.tick, update.qty, exch_ts, working);
            case Action::Row:
                return apply_row(rows.of(&update), working);
        }
    }

  private:
    template <typename Desks>
    [[gnu::noinline]] void apply_row(const Event& row, const Desks& working) {
        const bool buy = row.has(kBuyEvent);
        if (!buy && !row.has(kSellEvent)) {
            if (row.kind() == EventKind::DepthClear) book_.clear_all();
            return;
        }
        if (buy)
            apply_side_row<Side::Buy>(row, working);
        else
            apply_side_row<Side::Sell>(row, working);
    }
    template <Side kSide, typename Desks>
    void apply_side_row(const Event& row, const Desks& working) {
        const Ticks tick = book_.grid().to_ticks_nearest(row.px);
        switch (row.kind()) {
            case EventKind::Depth:
            case EventKind::DepthSnapshot:
                return set<kSide>(tick, row.qty, row.exch_ts, working);
            case EventKind::Trade:
                return trade<kSide>(tick, row.qty, row.exch_ts, working);
            case EventKind::DepthClear:
                return book_.template clear<kSide>(row.px);
            default:
                return;
        }
    }

    template <Side kSide, typename Desks>
    void set(Ticks tick, double qty, Nanos exch_ts, const Desks& working) {
        const LevelChange change = book_.template set_level<kSide>(tick, qty);
        for (auto* desk : working) desk->matcher.template on_level<kSide>(change, exch_ts);
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
