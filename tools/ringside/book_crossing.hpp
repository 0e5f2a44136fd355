#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/event.hpp"
#include "core/time.hpp"

namespace ringside {

/// Prices of one side of a book, the best at the back: nearly all changes are close to it. Prices
/// that differ by rounding only are one.
template <bool kIsBid>
class SidePrices {
  public:
    void set(double px, bool is_there) {
        const auto at = find(px);
        const bool is_known = at != prices_.end() && is_same(*at, px);
        if (is_there && !is_known) prices_.insert(at, px);
        if (!is_there && is_known) prices_.erase(at);
    }
    /// Removes levels from the best to this price.
    void clear_to(double px) {
        while (!prices_.empty() && (is_better(prices_.back(), px) || is_same(prices_.back(), px))) {
            prices_.pop_back();
        }
    }
    void clear_better(double px) {
        while (!prices_.empty() && is_better(prices_.back(), px) && !is_same(prices_.back(), px)) {
            prices_.pop_back();
        }
    }
    void clear() noexcept { prices_.clear(); }
    bool empty() const noexcept { return prices_.empty(); }
    double best() const noexcept { return prices_.back(); }

    static bool is_same(double a, double b) noexcept {
        return std::abs(a - b) <= 1e-10 * std::abs(b);
    }

  private:
    static bool is_better(double a, double b) noexcept { return kIsBid ? a > b : a < b; }

    /// The first price, from the worst, that is `px` or better.
    std::vector<double>::iterator find(double px) {
        const auto is_worse = [px](double one) { return is_better(px, one) && !is_same(one, px); };
        std::size_t reach = 8;
        while (reach < prices_.size() && !is_worse(prices_[prices_.size() - reach])) reach *= 4;
        const auto from =
            prices_.end() - static_cast<std::ptrdiff_t>(std::min(reach, prices_.size()));
        return std::partition_point(from, prices_.end(), is_worse);
    }

    std::vector<double> prices_;
};

/// When the best bid was at or above the best ask, as the bot saw it: looked at between messages,
/// because within one the sides change one after the other.
class BookCrossing {
  public:
    struct Intervals {
        std::uint64_t count = 0;
        Nanos total = 0;
        Nanos longest = 0;
        Nanos longest_at = 0;
    };

    /// Rows of one message, in its order. False of a kind that tells of single orders.
    bool apply(const Event& row);
    /// The message received then is complete.
    void end_message(Nanos local_ts);
    /// The data ends; what is still crossed was so until then.
    void finish(Nanos local_ts);

    const Intervals& crossed() const noexcept { return crossed_; }
    const Intervals& locked() const noexcept { return locked_; }

  private:
    enum class State : std::uint8_t { Apart, Locked, Crossed };

    State state() const noexcept;
    template <typename Prices>
    void apply_to(Prices& prices, const Event& row);
    static void close(Intervals& intervals, Nanos from, Nanos to);

    SidePrices<true> bids_;
    SidePrices<false> asks_;
    Intervals crossed_;
    Intervals locked_;
    State state_ = State::Apart;
    Nanos since_ = 0;
};

}  // namespace ringside
