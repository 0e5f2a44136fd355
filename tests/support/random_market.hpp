#pragma once

#include <cstdint>
#include <limits>
#include <random>

#include "tests/support/scripted_market.hpp"

namespace ringside::test {

/// Whole numbers from a seed, the same with every standard library.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    bool one_in(std::uint64_t n) { return engine_() % n == 0; }
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low +
               static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
    }

  private:
    std::mt19937_64 engine_;
};

/// Rows of a market that wanders, trades, crosses itself and is cleared now and then. Many rows
/// share their times, some are seen by one side only.
class RandomMarket {
  public:
    RandomMarket(std::uint64_t seed, const Grid& grid, Ticks mid, Nanos start_ts)
        : dice_(seed), grid_(grid), mid_(mid), now_(start_ts) {}

    ScriptedMarket make(int rows) {
        for (Ticks i = 1; i <= 20; ++i) {
            level(true, mid_ - i, lots());
            level(false, mid_ + i, lots());
        }
        while (static_cast<int>(market_.rows().size()) < rows) step();
        return market_;
    }

  private:
    void step() {
        const auto pace = dice_.between(0, 9);
        if (pace > 3)
            now_ += pace == 9 ? dice_.between(1, 8 * kMillisecond) : dice_.between(1, 90'000);
        if (dice_.one_in(20)) market_.heard_after(dice_.between(0, 3 * kMillisecond));
        if (dice_.one_in(4)) mid_ += dice_.between(-1, 1);
        const bool up = dice_.one_in(2);
        const auto what = dice_.between(0, 999);
        if (what < 3) {
            clear(up);
        } else if (what < 250) {
            const double px = price(mid_ + (up ? 1 : -1) * dice_.between(0, 2));
            up ? market_.buy_trade(now_, px, lots()) : market_.sell_trade(now_, px, lots());
        } else {
            Ticks away = dice_.between(1, 15);
            if (what < 270) away = -away / 4;  // crosses
            level(up, up ? mid_ - away : mid_ + away, dice_.one_in(4) ? 0.0 : lots());
        }
        if (dice_.one_in(60)) market_.only(dice_.one_in(2) ? kExchEvent : kLocalEvent);
    }
    void level(bool bid, Ticks tick, double qty) {
        bid ? market_.bid(now_, price(tick), qty) : market_.ask(now_, price(tick), qty);
    }
    void clear(bool bids) {
        const double px = dice_.one_in(3) ? std::numeric_limits<double>::quiet_NaN()
                                          : price(mid_ + (bids ? -1 : 1) * dice_.between(0, 6));
        bids ? market_.clear_bids(now_, px) : market_.clear_asks(now_, px);
        for (Ticks i = 1; i <= 8; ++i) level(bids, bids ? mid_ - i : mid_ + i, lots());
    }
    double price(Ticks tick) const { return grid_.price(tick); }
    double lots() { return grid_.qty(dice_.between(1, 40)); }

    Dice dice_;
    Grid grid_;
    Ticks mid_;
    Nanos now_;
    ScriptedMarket market_;
};

}  // namespace ringside::test
