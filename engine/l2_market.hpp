#pragma once

#include <span>

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

    /// Desks: a range of pointers to what has a `matcher`, those with resting orders.
    template <typename Desks>
    void apply(const Event& row, const Desks& working) {
        switch (row.kind()) {
            case EventKind::Depth:
            case EventKind::DepthSnapshot:
                if (row.has(kBuyEvent))
                    set<Side::Buy>(row, working);
                else if (row.has(kSellEvent))
                    set<Side::Sell>(row, working);
                return;
            case EventKind::Trade:
                if (working.empty()) return;
                if (row.has(kBuyEvent))
                    trade<Side::Buy>(row, working);
                else if (row.has(kSellEvent))
                    trade<Side::Sell>(row, working);
                return;
            case EventKind::DepthClear:
                if (row.has(kBuyEvent))
                    book_.template clear<Side::Buy>(row.px);
                else if (row.has(kSellEvent))
                    book_.template clear<Side::Sell>(row.px);
                else
                    book_.clear_all();
                return;
            default:
                return;
        }
    }

  private:
    template <Side kSide, typename Desks>
    void set(const Event& row, const Desks& working) {
        const LevelChange change = book_.template set<kSide>(row.px, row.qty);
        for (auto* desk : working) desk->matcher.template on_level<kSide>(change, row.exch_ts);
    }
    template <Side kSide, typename Desks>
    void trade(const Event& row, const Desks& working) {
        const Ticks tick = book_.grid().to_ticks_nearest(row.px);
        for (auto* desk : working) {
            desk->matcher.template on_trade<kSide>(tick, row.qty, row.exch_ts);
        }
    }

    const ExchangeKind exchange_;
    const Rules rules_;
    const Queue queue_;
    L2Book book_;
};

}  // namespace ringside::engine
