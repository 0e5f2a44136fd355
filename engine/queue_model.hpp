#pragma once

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/price.hpp"
#include "engine/custom_models.hpp"

namespace ringside::engine {

/// What a queue model remembers of one resting order.
struct QueueState {
    double ahead = 0.0;   ///< quantity in front of the order
    double traded = 0.0;  ///< traded at the price since the last depth update
};

/// A built-in queue model estimates how much of a level stands in front of an own order, from
/// trades at its price and changes of the displayed quantity. The concept that the matcher asks
/// for:
///
///     void rest(QueueState&, double level_qty)              the order joins the back of the level
///     void trade(QueueState&, double qty)                   a trade at the order's price
///     void depth(QueueState&, double before, double after)  the displayed quantity changed
///     Lots executable(QueueState&, double lot_size)         lots that trades have reached by now
template <typename T>
concept QueueModel = requires(const T model, QueueState& state, double qty) {
    model.rest(state, qty);
    model.trade(state, qty);
    model.depth(state, qty, qty);
    { model.executable(state, qty) } -> std::same_as<Lots>;
};

/// An order as the matcher shows it to a model of the user's, which keeps its state by slot.
struct SlottedOrder {
    std::uint32_t slot;
    QueuedOrder order;
};

/// A queue model of the user's behind one indirect call for each event that concerns an own order.
class UserQueue {
  public:
    explicit UserQueue(const Custom<CustomQueue>& custom) : model_(custom) {}

    void rest(const SlottedOrder& o, double level_qty) const {
        model_->rest(o.slot, o.order, level_qty);
    }
    void trade(const SlottedOrder& o, double qty) const { model_->trade(o.slot, o.order, qty); }
    void depth(const SlottedOrder& o, double before, double after) const {
        model_->depth(o.slot, o.order, before, after);
    }
    Lots executable(const SlottedOrder& o, double lot_size) const {
        const double qty = model_->executable(o.slot, o.order);
        if (!(qty >= 0.0)) {
            fail(ExitCode::Usage,
                 "queue model \"{}\": {} of order {} can be executed at {}; it must be a number "
                 "from 0",
                 model_.name(), qty, o.order.order_id, o.order.exch_ts);
        }
        return round_to_integer(qty / lot_size);
    }

  private:
    CustomInUse<CustomQueue> model_;
};

/// What a matcher can be made with.
template <typename T>
concept MatcherQueue = QueueModel<T> || std::same_as<T, UserQueue>;

/// Whole lots that went past the front of the queue; taking them puts the order at the front.
inline Lots take_executable(QueueState& state, double lot_size) noexcept {
    const Lots lots = round_to_integer(-state.ahead / lot_size);
    if (lots <= 0) return 0;
    state.ahead = 0.0;
    return lots;
}

/// The order advances by trades alone; quantity taken away is assumed to have stood behind it.
struct RiskAdverseQueue {
    void rest(QueueState& s, double level_qty) const noexcept { s.ahead = level_qty; }
    void trade(QueueState& s, double qty) const noexcept { s.ahead -= qty; }
    void depth(QueueState& s, double, double after) const noexcept {
        s.ahead = std::fmin(s.ahead, after);
    }
    Lots executable(QueueState& s, double lot_size) const noexcept {
        return take_executable(s, lot_size);
    }
};

/// Quantity taken away beyond what was traded stood in front of the order or behind it, with a
/// probability that depends on how much is on either side. `Probability` maps (ahead, behind) to
/// the share that stood behind.
template <typename Probability>
struct ProbabilityQueue {
    Probability probability;
    bool unbounded = false;  ///< as HftBacktest: NaN puts the order to the back

    void rest(QueueState& s, double level_qty) const noexcept { s = {level_qty, 0.0}; }
    void trade(QueueState& s, double qty) const noexcept {
        s.ahead -= qty;
        s.traded += qty;
    }
    void depth(QueueState& s, double before, double after) const noexcept {
        const double cancelled = before - after - s.traded;
        s.traded = 0.0;
        if (cancelled < 0.0) {
            s.ahead = std::fmin(s.ahead, after);
            return;
        }
        const double front = s.ahead;
        const double behind = before - front;
        const double share = behind_share(front, behind);
        const double estimate =
            front - (1.0 - share) * cancelled + std::fmin(behind - share * cancelled, 0.0);
        s.ahead = std::fmin(estimate, after);
    }
    Lots executable(QueueState& s, double lot_size) const noexcept {
        return take_executable(s, lot_size);
    }

  private:
    double behind_share(double front, double behind) const noexcept {
        if (unbounded) {
            const double share = probability(front, behind);
            return std::isinf(share) ? 1.0 : share;
        }
        const double share = probability(std::max(front, 0.0), std::max(behind, 0.0));
        return std::isnan(share) ? 1.0 : std::clamp(share, 0.0, 1.0);
    }
};

// Probability functions, after HftBacktest's documentation of queue models: h(x) = x^n or
// log(1 + x), f in front, b behind.

struct PowerProbability {  ///< h(b) / (h(b) + h(f))
    double n;
    double operator()(double f, double b) const noexcept {
        return std::pow(b, n) / (std::pow(b, n) + std::pow(f, n));
    }
};
struct PowerProbability2 {  ///< h(b) / h(b + f)
    double n;
    double operator()(double f, double b) const noexcept {
        return std::pow(b, n) / std::pow(b + f, n);
    }
};
struct PowerProbability3 {  ///< 1 - h(f / (f + b))
    double n;
    double operator()(double f, double b) const noexcept { return 1.0 - std::pow(f / (f + b), n); }
};
struct LogProbability {  ///< h(b) / (h(b) + h(f))
    double operator()(double f, double b) const noexcept {
        return std::log(1.0 + b) / (std::log(1.0 + b) + std::log(1.0 + f));
    }
};
struct LogProbability2 {  ///< h(b) / h(b + f)
    double operator()(double f, double b) const noexcept {
        return std::log(1.0 + b) / std::log(1.0 + (b + f));
    }
};

}  // namespace ringside::engine
