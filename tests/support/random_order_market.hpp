#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "tests/support/random_market.hpp"

namespace ringside::test {

/// Market-by-order rows of a market that wanders: orders come, change and go, and others take from
/// the front of the queues. Now and then a side is cleared.
class RandomOrderMarket {
  public:
    RandomOrderMarket(std::uint64_t seed, const Grid& grid, Ticks mid, Nanos start_ts)
        : dice_(seed), grid_(grid), mid_(mid), now_(start_ts) {}

    ScriptedMarket make(int rows) {
        for (int i = 0; i < 60; ++i) add();
        while (static_cast<int>(market_.rows().size()) < rows) step();
        return market_;
    }

  private:
    struct Resting {
        std::uint64_t id = 0;
        Lots lots = 0;
    };
    using Queues = std::map<Ticks, std::deque<Resting>>;

    void step() {
        if (!dice_.one_in(3))
            now_ += dice_.between(1, dice_.one_in(10) ? 8 * kMillisecond : 90'000);
        if (dice_.one_in(20)) market_.heard_after(dice_.between(0, 3 * kMillisecond));
        if (dice_.one_in(6)) mid_ += dice_.between(-1, 1);
        const auto what = dice_.between(0, 999);
        if (what < 480)
            add();
        else if (what < 700)
            remove_some();
        else if (what < 850)
            modify_some();
        else if (what < 998)
            take();
        else
            clear();
    }

    Queues& side(bool bids) { return bids ? bids_ : asks_; }
    static std::uint64_t flag(bool bids) { return bids ? kBuyEvent : kSellEvent; }
    Queues::iterator best(Queues& queues, bool bids) {
        return bids ? std::prev(queues.end()) : queues.begin();
    }
    /// The tick, or where it would cross, the last one that does not.
    Ticks passive(bool bids, Ticks tick) {
        Queues& others = side(!bids);
        if (others.empty()) return tick;
        const Ticks other = best(others, !bids)->first;
        return bids ? std::min(tick, other - 1) : std::max(tick, other + 1);
    }
    void emit(EventKind kind, bool bids, const Resting& order, Ticks tick) {
        market_.order_row(now_, kind, flag(bids), order.id, grid_.price(tick),
                          grid_.qty(order.lots));
    }

    void add() {
        const bool bids = dice_.one_in(2);
        const Ticks away = dice_.between(1, 9);
        const Ticks tick = passive(bids, bids ? mid_ - away : mid_ + away);
        side(bids)[tick].push_back({++last_id_, dice_.between(1, 40)});
        emit(EventKind::AddOrder, bids, side(bids)[tick].back(), tick);
    }
    /// Some level, and some order there; false on an empty side.
    bool pick(bool bids, Queues::iterator& level, std::size_t& place) {
        Queues& queues = side(bids);
        if (queues.empty()) return false;
        level = queues.begin();
        std::advance(level, dice_.between(0, static_cast<std::int64_t>(queues.size()) - 1));
        place = static_cast<std::size_t>(
            dice_.between(0, static_cast<std::int64_t>(level->second.size()) - 1));
        return true;
    }
    void erase(bool bids, Queues::iterator level, std::size_t place) {
        level->second.erase(level->second.begin() + static_cast<std::ptrdiff_t>(place));
        if (level->second.empty()) side(bids).erase(level);
    }
    void remove_some() {
        const bool bids = dice_.one_in(2);
        Queues::iterator level;
        std::size_t place = 0;
        if (!pick(bids, level, place)) return;
        emit(EventKind::CancelOrder, bids, level->second[place], level->first);
        erase(bids, level, place);
    }
    void modify_some() {
        const bool bids = dice_.one_in(2);
        Queues::iterator level;
        std::size_t place = 0;
        if (!pick(bids, level, place)) return;
        Resting order = level->second[place];
        Ticks tick = level->first;
        if (order.lots > 1 && dice_.one_in(2)) {
            level->second[place].lots = order.lots = dice_.between(1, order.lots - 1);
        } else {
            erase(bids, level, place);
            tick = passive(bids, tick + dice_.between(-2, 2));
            order.lots += dice_.between(1, 9);
            side(bids)[tick].push_back(order);
        }
        emit(EventKind::ModifyOrder, bids, order, tick);
    }
    void take() {
        const bool bids = dice_.one_in(2);
        Lots left = dice_.between(1, 60);
        while (left > 0 && !side(bids).empty()) {
            const auto level = best(side(bids), bids);
            const Ticks tick = level->first;
            Resting& front = level->second.front();
            const Lots done = std::min(left, front.lots);
            left -= done;
            const double px = grid_.price(tick);
            const double qty = grid_.qty(done);
            bids ? market_.sell_trade(now_, px, qty) : market_.buy_trade(now_, px, qty);
            emit(EventKind::Fill, bids, {front.id, done}, tick);
            front.lots -= done;
            emit(front.lots == 0 ? EventKind::CancelOrder : EventKind::ModifyOrder, bids, front,
                 tick);
            if (front.lots == 0) erase(bids, level, 0);
        }
    }
    void clear() {
        const bool bids = dice_.one_in(2);
        bids ? market_.clear_bids(now_, 0) : market_.clear_asks(now_, 0);
        side(bids).clear();
    }

    Dice dice_;
    Grid grid_;
    Ticks mid_;
    Nanos now_;
    std::uint64_t last_id_ = 0;
    Queues bids_;
    Queues asks_;
    ScriptedMarket market_;
};

}  // namespace ringside::test
