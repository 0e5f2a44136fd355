#pragma once

#include "core/rows.hpp"
#include "engine/l3_matcher.hpp"
#include "engine/venue_config.hpp"

namespace ringside::engine {

/// An instrument with market-by-order data: the exchange's book, and how each row of the data
/// reaches it and the bots' orders.
class L3Market {
  public:
    using Matcher = L3Matcher;

    L3Market(const AssetConfig& config, const Rules& rules)
        : exchange_(config.exchange),
          rules_(rules),
          book_(config.instrument.grid, rules, config.instrument.range) {}

    /// Snapshots of aggregated levels name no orders.
    void apply_snapshot_row(const Event& /*row*/) noexcept {}
    Matcher make_matcher(std::uint32_t /*desk*/, Lane& lane) {
        return Matcher(book_, rules_, exchange_, lane);
    }
    /// Rows that contradict the book end a compat run.
    bool may_fail() const noexcept { return rules_.bad_order_rows_fail; }
    /// Rows that contradicted the book and were left out.
    std::uint64_t skipped_rows() const noexcept { return skipped_rows_; }
    void prefetch(const MarketUpdate* /*next*/, const MarketUpdate* end) noexcept { end_ = end; }

    template <typename Desks>
    void apply(const MarketUpdate& update, const Rows& rows, const Desks& working) {
        if (&update + kRowsAhead < end_) book_.prefetch(rows.order_id_of(&update + kRowsAhead));
        const Event row = rows.of(&update);
        const Ticks tick = book_.tick_of(update, row);
        switch (row.kind()) {
            case EventKind::AddOrder:
                if (row.has(kBuyEvent))
                    add<Side::Buy>(row, tick, working);
                else if (row.has(kSellEvent))
                    add<Side::Sell>(row, tick, working);
                return;
            case EventKind::ModifyOrder:
                modify(row, tick, working);
                return;
            case EventKind::CancelOrder:
                cancel(row, working);
                return;
            case EventKind::Fill:
                fill(row, tick, working);
                return;
            case EventKind::DepthClear:
                if (!row.has(kSellEvent) || row.has(kBuyEvent)) clear<Side::Buy>(row, working);
                if (!row.has(kBuyEvent)) clear<Side::Sell>(row, working);
                return;
            default:
                return;
        }
    }

  private:
    /// So far ahead an order is looked for.
    static constexpr std::ptrdiff_t kRowsAhead = 8;

    template <Side kSide, typename Desks>
    void add(const Event& row, Ticks tick, const Desks& working) {
        OrderChange change;
        if (!book_.add(kSide, row.order_id, tick, row.qty, change)) {
            refuse(row, Code::OrderIdExists, working);
            return;
        }
        cross(change, row.exch_ts, working);
    }
    template <typename Desks>
    void modify(const Event& row, Ticks tick, const Desks& working) {
        OrderChange change;
        if (!book_.modify(row.order_id, tick, row.qty, change)) {
            refuse(row, Code::OrderNotFound, working);
            return;
        }
        cross(change, row.exch_ts, working);
    }
    template <typename Desks>
    void cancel(const Event& row, const Desks& working) {
        OrderChange change;
        if (!book_.remove(row.order_id, change)) {
            refuse(row, Code::OrderNotFound, working);
        }
    }

    /// Opposite own orders that an improved best reaches.
    template <typename Desks>
    void cross(const OrderChange& change, Nanos exch_ts, const Desks& working) {
        const auto [before, after] = std::pair(change.best_before, change.best_after);
        for (auto* desk : working) {
            if (change.side == Side::Buy && after > before)
                desk->matcher.template on_better_best<Side::Buy>(before, after, exch_ts);
            else if (change.side == Side::Sell && after < before)
                desk->matcher.template on_better_best<Side::Sell>(before, after, exch_ts);
        }
    }

    template <typename Desks>
    void fill(const Event& row, Ticks tick, const Desks& working) {
        if (!row.has(kBuyEvent) && !row.has(kSellEvent) && rules_.bad_order_rows_fail) return;
        const MarketOrder* const order = book_.find(row.order_id);
        if (order == nullptr) {
            refuse(row, Code::OrderNotFound, working);
            return;
        }
        if (working.empty()) return;
        const Lots lots = book_.levels().grid().to_lots_nearest(row.qty);
        for (auto* desk : working) {
            if (order->side() == Side::Buy) {
                desk->matcher.template on_market_fill<Side::Buy>(tick, lots, row.exch_ts);
                desk->matcher.template fill_in_front_of<Side::Buy>(*order, row.exch_ts);
            } else {
                desk->matcher.template on_market_fill<Side::Sell>(tick, lots, row.exch_ts);
                desk->matcher.template fill_in_front_of<Side::Sell>(*order, row.exch_ts);
            }
        }
    }

    template <Side kSide, typename Desks>
    void clear(const Event& row, const Desks& working) {
        book_.clear(kSide);
        for (auto* desk : working) desk->matcher.template expire_side<kSide>(row.exch_ts);
    }

    template <typename Desks>
    void refuse(const Event& row, Code why, const Desks& working) {
        ++skipped_rows_;
        if (!rules_.bad_order_rows_fail) return;
        for (auto* desk : working) desk->matcher.fail_on_data(why, row.exch_ts);
    }

    const ExchangeKind exchange_;
    const Rules rules_;
    L3Book book_;
    const MarketUpdate* end_ = nullptr;  ///< of the block at hand
    std::uint64_t skipped_rows_ = 0;
};

}  // namespace ringside::engine
