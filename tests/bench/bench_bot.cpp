// What a strategy costs that does as good as nothing: one that lets time pass, one that hears every
// event, one with orders that rest far from the touch.

#include <cmath>
#include <string>

#include "botkit/bot.hpp"

namespace {

using namespace ringside;
using namespace ringside::botkit;

void idle(Context& context, Nanos step_ns) {
    while (context.elapse(step_ns) == Code::Ok) {
    }
}

void hear_all(Context& context) {
    while (context.wait_next_feed(false, 1'000'000 * kSecond) == Code::MarketFeed) {
    }
}

/// Half of them below the bid and half above the ask, a tick apart and none near the touch.
void rest_orders(Context& context, int count, Nanos step_ns) {
    constexpr int kTicksAway = 500;
    bool resting = false;
    while (context.elapse(step_ns) == Code::Ok) {
        const L2Book& book = context.depth(0);
        if (resting || book.best_bid() == kNoBid || book.best_ask() == kNoAsk) continue;
        resting = true;
        const Grid& grid = context.instrument(0).grid;
        for (int i = 0; i < count / 2; ++i) {
            const auto id = static_cast<OrderId>(2 * i + 1);
            context.submit_buy_order(0, id, grid.price(book.best_bid() - kTicksAway - i),
                                     grid.lot_size, TimeInForce::Gtx, OrderType::Limit, false);
            context.submit_sell_order(0, id + 1, grid.price(book.best_ask() + kTicksAway + i),
                                      grid.lot_size, TimeInForce::Gtx, OrderType::Limit, false);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    return bot_main(argc, argv,
                    {.name = "bench_bot",
                     .description = "Does as good as nothing, to measure what that costs.",
                     .make = [](const Parameters& parameters) {
                         const auto work = parameters.get_or<std::string>("work", "idle");
                         const Nanos step_ns = parameters.duration_or("step", 100 * kMillisecond);
                         const int orders = parameters.get_or("orders", 0);
                         return [=](Context& context, Recorder& recorder) {
                             if (work == "feed")
                                 hear_all(context);
                             else if (orders > 0)
                                 rest_orders(context, orders, step_ns);
                             else
                                 idle(context, step_ns);
                             recorder.record(context);
                         };
                     }});
}
