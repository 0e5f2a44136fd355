#include "engine/custom_models.hpp"

#include <algorithm>
#include <cmath>

#include "botkit/bot.hpp"

namespace {

using namespace ringside;
using namespace ringside::botkit;
using engine::Execution;
using engine::QueuedOrder;

/// What is cancelled leaves evenly from the whole level, so part of it stood in front.
struct EvenCancels {
    struct State {
        double ahead = 0.0;
        double traded = 0.0;  ///< since the last depth update
    };

    void rest(State& s, const QueuedOrder&, double level_qty) const { s.ahead = level_qty; }
    void trade(State& s, const QueuedOrder&, double qty) const {
        s.ahead -= qty;
        s.traded += qty;
    }
    void depth(State& s, const QueuedOrder&, double before, double after) const {
        const double level = before - s.traded;
        s.traded = 0.0;
        if (level > after && s.ahead > 0.0) s.ahead *= after / level;
        s.ahead = std::min(s.ahead, after);
    }
    double executable(State& s, const QueuedOrder& order) const {
        const double reached = -s.ahead;
        if (reached < order.book.grid().lot_size / 2) return 0.0;
        s.ahead = 0.0;
        return reached;
    }
};

/// Makers earn; takers pay less once they have traded enough.
struct VolumeTiers {
    double traded = 0.0;  ///< value

    double operator()(const Execution& e) {
        const double taker_rate = traded < 100'000.0 ? 0.0005 : 0.0004;
        traded += e.amount;
        return (e.maker ? -0.00005 : taker_rate) * e.amount;
    }
};

/// A replay server for the same models is `return engine::replay_main(argc, argv, use_models);`.
void use_models(engine::VenueConfig& venue) {
    for (engine::AssetConfig& asset : venue.assets) {
        asset.queue = engine::custom_queue("even_cancels", EvenCancels{});
        asset.fee = engine::custom_fee("volume_tiers", VolumeTiers{});
    }
}

/// Keeps one bid at the best price and sells at once what it bought, event by event.
class Joiner {
  public:
    explicit Joiner(const Parameters& parameters) : qty_(parameters.get_or("order_qty", 0.1)) {}

    void operator()(Context& context, Recorder& recorder) {
        context.on_book([this](Context& c, AssetNo a, const Event&) { join(c, a); });
        context.on_fill([](Context& c, AssetNo a, const OrderResponse& fill) {
            if (fill.side != Side::Buy) return;
            const double qty = c.instrument(a).grid.qty(fill.exec_lots);
            c.submit_sell_order(a, fill.order_id + kSales, 0.0, qty, TimeInForce::Ioc,
                                OrderType::Market, false);
        });
        while (context.elapse(kSecond) == Code::Ok) recorder.record(context);
    }

  private:
    static constexpr OrderId kSales = OrderId{1} << 32;  ///< ids of sales lie above those of bids

    void join(Context& c, AssetNo a) {
        const double best = c.depth(a).best_bid_price();
        if (std::isnan(best)) return;
        c.clear_inactive_orders(a);
        if (const Order* bid = c.orders(a).find(last_id_)) {
            const bool behind = c.instrument(a).grid.price(bid->price_ticks) < best;
            if (bid->cancellable() && behind) c.cancel(a, last_id_, false);
            return;
        }
        c.submit_buy_order(a, ++last_id_, best, qty_, TimeInForce::Gtx, OrderType::Limit, false);
    }

    double qty_;
    OrderId last_id_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    return bot_main(
        argc, argv,
        {.name = "custom_models",
         .description = "Joins the best bid; trades on queue and fee models of its own.",
         .make = [](const Parameters& parameters) { return Joiner(parameters); },
         .adjust_venue = use_models});
}
