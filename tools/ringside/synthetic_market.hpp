#pragma once

#include <cstdint>
#include <vector>

#include "core/event.hpp"
#include "core/order.hpp"
#include "core/price.hpp"
#include "tools/ringside/random.hpp"

namespace ringside {

/// One side of the synthetic book. Depths are prices in ticks, negated for bids, so that on both
/// sides a smaller depth is the better price and the two sides run the same code.
class SyntheticSide {
  public:
    /// Room for levels over `span` ticks, at least.
    explicit SyntheticSide(std::int64_t span);

    Lots at(std::int64_t depth) const noexcept { return lots_[index(depth)]; }
    std::int64_t best() const noexcept { return best_; }
    std::int64_t worst() const noexcept { return worst_; }
    std::int64_t levels() const noexcept { return levels_; }
    void set(std::int64_t depth, Lots lots);

  private:
    std::size_t index(std::int64_t depth) const noexcept {
        return static_cast<std::uint64_t>(depth) & mask_;
    }

    std::vector<Lots> lots_;  // level of a depth at its low bits
    std::uint64_t mask_;
    std::int64_t best_ = 0;  // the two ends, meaningless without levels
    std::int64_t worst_ = 0;
    std::int64_t levels_ = 0;
};

struct SyntheticMarketOptions {
    std::uint64_t seed = 1;
    Ticks mid = 500'000;
    /// On average. A market with half the rows takes twice the time for the same moves.
    std::int64_t rows_per_second = 1'400;
    std::int64_t levels = 340;  ///< a side's reach from its best level, in ticks
    Nanos start_ts = 0;
};

/// A venue made of chance: a limit order book that traders without a plan add to, cancel from and
/// take from at random times, around a fair value that trends, reverts and jumps in bursts. Quotes
/// that the fair value has passed are taken or cancelled, so the book follows it. The book is never
/// crossed or locked. A function of its options, computed in integers.
class SyntheticMarket {
  public:
    struct Row {
        EventKind kind = EventKind::Unset;
        Side side = Side::Unset;  ///< of the book; of the aggressor for a trade
        Ticks price_ticks = 0;
        Lots lots = 0;
    };

    explicit SyntheticMarket(const SyntheticMarketOptions& options);

    /// Rows of the next thing to happen, all at now(); the first are the book's snapshot. Trades
    /// come before the changes they make to the book.
    const std::vector<Row>& next();
    Nanos now() const noexcept { return now_; }

    std::int64_t levels(Side side) const noexcept { return book(side).levels(); }
    Ticks best(Side side) const noexcept {
        return side == Side::Sell ? asks_.best() : -bids_.best();
    }

  private:
    SyntheticSide& book(Side side) noexcept { return side == Side::Sell ? asks_ : bids_; }
    const SyntheticSide& book(Side side) const noexcept {
        return side == Side::Sell ? asks_ : bids_;
    }
    std::int64_t fair_depth(Side side) const noexcept;
    std::int64_t usual_lots(std::int64_t distance) const noexcept;
    std::int64_t draw_distance() noexcept;

    void snapshot();
    void pass_time();
    void move_fair_value();
    void change_regime();
    bool correct_stale_quotes();
    void take(Side aggressor);
    void quote(Side side);
    void set_level(Side side, std::int64_t depth, Lots lots);
    void trim(Side side);

    SyntheticMarketOptions options_;
    Random random_;
    SyntheticSide bids_;
    SyntheticSide asks_;
    std::vector<Row> rows_;
    Nanos now_;
    Nanos clock_ = 0;              // the market's own time, which passes faster or slower than now_
    Nanos next_beat_ = 0;          // on clock_
    Nanos regime_end_ = 0;         // on clock_
    std::int64_t fair_;            // fair value in parts of a tick
    std::int64_t anchor_;          // what the fair value reverts to, in parts of a tick
    std::int64_t drift_ = 0;       // of the fair value, in parts of a tick a beat
    std::int64_t activity_ = 100;  // of the regime, in percent
    std::int64_t excitement_ = 0;  // in parts of a million; each market order adds to it
    bool started_ = false;
};

}  // namespace ringside
