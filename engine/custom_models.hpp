#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/book/l2_book.hpp"
#include "core/order.hpp"

namespace ringside::engine {

// Models of one's own: structs with the functions that a concept below asks for, handed to the
// configuration by custom_queue(), custom_latency() and custom_fee(). Every bot gets a copy for
// each instrument, and of a latency model one for each direction, so a model may keep state. It
// must be a function of its arguments and that state: no clock, no unseeded randomness, nothing
// shared. Then a replay gives the same result whatever the scheduling. What a model throws ends the
// simulation with its message.

/// An own order at rest, at the moment of an event that concerns it.
struct QueuedOrder {
    OrderId order_id = 0;
    Side side = Side::Unset;
    Ticks price_ticks = 0;
    Lots leaves_lots = 0;
    Nanos exch_ts = 0;   ///< of the event
    const L2Book& book;  ///< the exchange's, with the event in it; never holds own orders
};

/// An execution, as a fee model sees it.
struct Execution {
    OrderId order_id = 0;
    Nanos exch_ts = 0;
    bool maker = false;
    Side side = Side::Unset;
    double price = 0.0;
    double qty = 0.0;
    double amount = 0.0;  ///< executed value, in the currency of the fee
};

/// Estimates how far an order is from the front of its level's queue. `State` is what it keeps for
/// each order, and starts as `State{}`. Quantities are decimal.
///
///     void rest(State&, const QueuedOrder&, double level_qty)   joins the back of the level
///     void trade(State&, const QueuedOrder&, double qty)        a trade at the order's price
///     void depth(State&, const QueuedOrder&, double before, double after)
///                                                               the displayed quantity changed
///     double executable(State&, const QueuedOrder&)
///                      after each trade: quantity that trades have reached since last asked, >= 0
///
/// Executions follow from executable(), in whole lots; an order through whose price the market
/// trades or moves fills without a question. For aggregated (L2) data.
template <typename T>
concept CustomQueueModel = std::copy_constructible<T> &&
    std::default_initializable<typename T::State> &&
    requires(T model, typename T::State& state, const QueuedOrder& order, double qty) {
    model.rest(state, order, qty);
    model.trade(state, order, qty);
    model.depth(state, order, qty, qty);
    { model.executable(state, order) } -> std::convertible_to<double>;
};

/// Order latency in nanoseconds.
///
///     Nanos entry(const OrderRequest&)       bot to venue; below 0: the request is refused on the
///                                            way, and that is heard after so long
///     Nanos response(const OrderResponse&)   venue to bot
///     Nanos least_entry() const              no entry() is below this, refusals excepted
///     Nanos least_response() const           no response() is below this
///
/// Bot and venue run ahead of each other by the least latencies, so larger ones make a replay
/// faster; a refusal takes at least their sum. A value below its bound ends the simulation.
/// entry() is called in the order of requests, response() in the order of responses.
template <typename T>
concept CustomLatencyModel = std::copy_constructible<T> &&
    requires(T model, const T& constant, const OrderRequest& request,
             const OrderResponse& response) {
    { model.entry(request) } -> std::convertible_to<Nanos>;
    { model.response(response) } -> std::convertible_to<Nanos>;
    { constant.least_entry() } -> std::convertible_to<Nanos>;
    { constant.least_response() } -> std::convertible_to<Nanos>;
};

/// Called with each execution of a bot at an instrument, in order of time; returns its fee, below 0
/// a rebate.
template <typename T>
concept CustomFeeModel =
    std::copy_constructible<T> && std::is_invocable_r_v<double, T&, const Execution&>;

/// The model of one bot's queue positions at one instrument. `slot` numbers the orders at rest.
class CustomQueue {
  public:
    virtual ~CustomQueue() = default;
    virtual void rest(std::uint32_t slot, const QueuedOrder&, double level_qty) = 0;
    virtual void trade(std::uint32_t slot, const QueuedOrder&, double qty) = 0;
    virtual void depth(std::uint32_t slot, const QueuedOrder&, double before, double after) = 0;
    virtual double executable(std::uint32_t slot, const QueuedOrder&) = 0;
};

class CustomLatency {
  public:
    virtual ~CustomLatency() = default;
    virtual Nanos entry(const OrderRequest&) = 0;
    virtual Nanos response(const OrderResponse&) = 0;
    virtual Nanos least_entry() const = 0;
    virtual Nanos least_response() const = 0;
};

class CustomFee {
  public:
    virtual ~CustomFee() = default;
    virtual double fee(const Execution&) = 0;
};

/// A model of one's own as the configuration names it; false when there is none.
template <typename Interface>
struct Custom {
    std::string name;  ///< in messages
    std::function<std::unique_ptr<Interface>()> make;

    explicit operator bool() const noexcept { return make != nullptr; }
};

/// A model of one's own in use. A copy is a fresh model.
template <typename Interface>
class CustomInUse {
  public:
    CustomInUse() = default;
    explicit CustomInUse(const Custom<Interface>& custom)
        : custom_(custom), model_(custom ? custom.make() : nullptr) {}
    CustomInUse(const CustomInUse& other) : CustomInUse(other.custom_) {}
    CustomInUse& operator=(const CustomInUse&) = delete;

    explicit operator bool() const noexcept { return model_ != nullptr; }
    Interface* operator->() const noexcept { return model_.get(); }
    const std::string& name() const noexcept { return custom_.name; }

  private:
    Custom<Interface> custom_;
    std::unique_ptr<Interface> model_;
};

namespace detail {

template <CustomQueueModel Model>
class CustomQueueOf final : public CustomQueue {
  public:
    explicit CustomQueueOf(const Model& model) : model_(model) {}
    void rest(std::uint32_t slot, const QueuedOrder& order, double level_qty) override {
        if (slot >= states_.size()) states_.resize(slot + 1);
        states_[slot] = typename Model::State{};
        model_.rest(states_[slot], order, level_qty);
    }
    void trade(std::uint32_t slot, const QueuedOrder& order, double qty) override {
        model_.trade(states_[slot], order, qty);
    }
    void depth(std::uint32_t slot, const QueuedOrder& order, double before, double after) override {
        model_.depth(states_[slot], order, before, after);
    }
    double executable(std::uint32_t slot, const QueuedOrder& order) override {
        return model_.executable(states_[slot], order);
    }

  private:
    Model model_;
    std::vector<typename Model::State> states_;
};

template <CustomLatencyModel Model>
class CustomLatencyOf final : public CustomLatency {
  public:
    explicit CustomLatencyOf(const Model& model) : model_(model) {}
    Nanos entry(const OrderRequest& request) override { return model_.entry(request); }
    Nanos response(const OrderResponse& response) override { return model_.response(response); }
    Nanos least_entry() const override { return model_.least_entry(); }
    Nanos least_response() const override { return model_.least_response(); }

  private:
    Model model_;
};

template <CustomFeeModel Model>
class CustomFeeOf final : public CustomFee {
  public:
    explicit CustomFeeOf(const Model& model) : model_(model) {}
    double fee(const Execution& execution) override { return model_(execution); }

  private:
    Model model_;
};

}  // namespace detail

/// Simulates queue positions with `model`, as in `asset.queue = custom_queue("mine", Mine{})`.
template <CustomQueueModel Model>
Custom<CustomQueue> custom_queue(std::string name, Model model) {
    return {std::move(name), [model = std::move(model)]() -> std::unique_ptr<CustomQueue> {
                return std::make_unique<detail::CustomQueueOf<Model>>(model);
            }};
}
/// Simulates order latency with `model`: `asset.latency = custom_latency("mine", Mine{})`.
template <CustomLatencyModel Model>
Custom<CustomLatency> custom_latency(std::string name, Model model) {
    return {std::move(name), [model = std::move(model)]() -> std::unique_ptr<CustomLatency> {
                return std::make_unique<detail::CustomLatencyOf<Model>>(model);
            }};
}
/// Charges what `model` says: `asset.fee = custom_fee("mine", [](const Execution& e) { ... })`.
template <CustomFeeModel Model>
Custom<CustomFee> custom_fee(std::string name, Model model) {
    return {std::move(name), [model = std::move(model)]() -> std::unique_ptr<CustomFee> {
                return std::make_unique<detail::CustomFeeOf<Model>>(model);
            }};
}

}  // namespace ringside::engine
