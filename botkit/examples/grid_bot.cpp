#include <algorithm>
#include <cmath>
#include <vector>

#include "botkit/bot.hpp"

namespace {

using namespace ringside;
using namespace ringside::botkit;

/// Quotes a grid of post-only orders on both sides of a price that leans against the position.
class GridBot {
  public:
    explicit GridBot(const Parameters& parameters)
        : step_ns_(parameters.duration_or("step", 100 * kMillisecond)),
          order_qty_(parameters.get_or("order_qty", 0.1)),
          levels_(parameters.get_or("levels", 10)),
          interval_(parameters.get_or("interval", 1.0)),
          half_spread_(parameters.get_or("half_spread", 2.0)),
          skew_(parameters.get_or("skew", 0.1)),
          max_position_(parameters.get_or("max_position", 5.0)),
          asset_(static_cast<AssetNo>(parameters.get_or("asset", 0))),
          aligned_(parameters.get_or("aligned", false)),
          begin_ts_(parameters.get_or<std::int64_t>("begin", 0)) {}

    void operator()(Context& context, Recorder& recorder) {
        if (begin_ts_ != 0 && !wait_for_begin(context)) return;
        while (context.elapse(pause(context)) == Code::Ok) {
            context.clear_inactive_orders(asset_);
            requote(context);
            recorder.record(context);
        }
    }

  private:
    /// Where a replay is to begin with the live run that it is compared with.
    bool wait_for_begin(Context& context) const {
        if (context.elapse(0) != Code::Ok) return false;
        const Nanos wait = begin_ts_ - context.current_timestamp();
        return wait <= 0 || context.elapse(wait) == Code::Ok;
    }

    /// To the next multiple of the step, where a run and its replay are to decide at equal times.
    Nanos pause(const Context& context) const {
        const Nanos now = context.current_timestamp();
        return aligned_ && now != kNever ? step_ns_ - now % step_ns_ : step_ns_;
    }

    struct Quote {
        OrderId id;
        double price;
    };

    void requote(Context& context) {
        const L2Book& book = context.depth(asset_);
        const double best_bid = book.best_bid_price();
        const double best_ask = book.best_ask_price();
        if (std::isnan(best_bid) || std::isnan(best_ask)) return;
        const double mid = (best_bid + best_ask) / 2.0;
        const double position = context.position(asset_);
        const double reservation = mid - skew_ * position;

        plan(bids_, position < max_position_,
             std::floor(std::min(reservation - half_spread_, best_bid) / interval_) * interval_,
             -interval_);
        plan(asks_, position > -max_position_,
             std::ceil(std::max(reservation + half_spread_, best_ask) / interval_) * interval_,
             interval_);
        cancel_outside(context);
        submit_missing(context);
    }

    void plan(std::vector<Quote>& quotes, bool wanted, double price, double step) const {
        quotes.clear();
        if (!wanted) return;
        for (int i = 0; i < levels_; ++i, price += step) quotes.push_back({0, price});
    }

    static bool holds(const std::vector<Quote>& quotes, OrderId id) {
        return std::any_of(quotes.begin(), quotes.end(),
                           [id](const Quote& quote) { return quote.id == id; });
    }

    void cancel_outside(Context& context) {
        const double tick_size = context.instrument(asset_).grid.tick_size;
        for (auto* quotes : {&bids_, &asks_}) {
            for (Quote& quote : *quotes) {
                quote.id = static_cast<OrderId>(std::llround(quote.price / tick_size));
            }
        }
        for (const Order& order : context.orders(asset_)) {
            const auto& wanted = order.side == Side::Buy ? bids_ : asks_;
            if (order.cancellable() && !holds(wanted, order.order_id)) {
                context.cancel(asset_, order.order_id, false);
            }
        }
    }

    void submit_missing(Context& context) {
        const OrderTable& orders = context.orders(asset_);
        for (const Quote& quote : bids_) {
            if (orders.contains(quote.id)) continue;
            context.submit_buy_order(asset_, quote.id, quote.price, order_qty_, TimeInForce::Gtx,
                                     OrderType::Limit, false);
        }
        for (const Quote& quote : asks_) {
            if (orders.contains(quote.id)) continue;
            context.submit_sell_order(asset_, quote.id, quote.price, order_qty_, TimeInForce::Gtx,
                                      OrderType::Limit, false);
        }
    }

    Nanos step_ns_;
    double order_qty_;
    int levels_;
    double interval_;
    double half_spread_;
    double skew_;
    double max_position_;
    AssetNo asset_;
    bool aligned_;
    Nanos begin_ts_;
    std::vector<Quote> bids_;
    std::vector<Quote> asks_;
};

}  // namespace

int main(int argc, char** argv) {
    return bot_main(argc, argv,
                    {.name = "grid_bot",
                     .description = "Quotes a grid of post-only orders around the mid price.",
                     .make = [](const Parameters& parameters) { return GridBot(parameters); }});
}
