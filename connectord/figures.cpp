#include "connectord/figures.hpp"

#include <cmath>
#include <cstdlib>

#include "core/steady_clock.hpp"

namespace ringside::connectord {

Figures::Figures(ipc::BusService& bus, const MarketSide& market, const Bots& bots,
                 const OrderSide* orders, std::size_t instruments)
    : bus_(bus), market_(market), bots_(bots), orders_(orders), instruments_(instruments) {}

std::int64_t Figures::drift() const {
    std::int64_t sum = 0;
    for (AssetNo a = 0; a < instruments_; ++a) {
        sum += std::abs(orders_->manager().position_drift(a));
    }
    return sum;
}

/// The same figures come in the same order each time, so each finds its place by counting.
void Figures::set(std::string_view name, std::int64_t value) {
    if (next_ == counters_.size()) counters_.push_back(bus_.add_counter(name));
    std::atomic<std::int64_t>* const counter = counters_[next_++];
    // Relaxed: a figure for people.
    if (counter != nullptr) counter->store(value, std::memory_order_relaxed);
}

void Figures::set_latency(std::string_view median, std::string_view rare,
                          const Histogram& latency) {
    set(median, latency.quantile(0.5));
    set(rare, latency.quantile(0.999));
}

void Figures::update(Nanos now) {
    next_ = 0;
    update_market();
    set("clock step us", (wall_now() - steady_now()) / kMicrosecond);
    set("bots", std::uint64_t{bots_.connected()});
    set("bots lost", bots_.counts().lost);
    if (orders_ != nullptr) update_orders(now);
}

void Figures::update_market() {
    const MarketCounts& counts = market_.counts();
    const Books::Counts& books = market_.book_counts();
    set("books fresh", std::uint64_t{market_.fresh_books()});
    set("md messages", counts.messages);
    set("md malformed", counts.malformed);
    set("md connections lost", counts.losses);
    set("book gaps", books.gaps);
    set("book resyncs", books.resyncs);
    set("book snapshots", counts.snapshots);
    set_latency("md parse ns p50", "md parse ns p99.9", counts.parse);
    set_latency("md read to bus ns p50", "md read to bus ns p99.9", market_.latency());
}

void Figures::update_orders(Nanos now) {
    const OrderCounters& counters = orders_->manager().counters();
    const TradingCounts& trading = orders_->counts();
    set("account ready", std::int64_t{orders_->is_ready() ? 1 : 0});
    set("kill switch", static_cast<std::int64_t>(orders_->kill_reason()));
    set("gain cents", static_cast<std::int64_t>(std::llround(orders_->gain() * 100.0)));
    set("funding cents", static_cast<std::int64_t>(std::llround(orders_->funding() * 100.0)));
    set("orders live", std::uint64_t{orders_->manager().live_orders()});
    set("orders unknown", std::uint64_t{orders_->manager().unknown_orders()});
    set("orders foreign", std::uint64_t{orders_->manager().foreign_open()});
    set("requests", counters.requests);
    set("requests refused", orders_->refused());
    set("submits", counters.submits);
    set("cancels", counters.cancels);
    set("modifies", counters.modifies);
    set("venue rejected", counters.rejected);
    set("became unknown", counters.unknown);
    set("unanswered", counters.unanswered);
    set("order queries", counters.queries + counters.trade_queries);
    set("fills", counters.fills);
    set("fills of bots gone", counters.orphan_fills);
    set("fills heard again", counters.duplicate_fills);
    set("fills repaired", counters.repaired_fills);
    set("orders repaired", counters.repaired);
    set("position drift lots", drift());
    set("reconciliations", orders_->reconciliations());
    set("throttled", counters.throttled);
    set("venue said slow down", orders_->budget().times_limited());
    for (std::size_t i = 0; i < orders_->budget().size() && i < 3; ++i) {
        set(i == 0   ? "budget used 1"
            : i == 1 ? "budget used 2"
                     : "budget used 3",
            std::uint64_t{orders_->budget().used(i, now)});
    }
    set("private stream lost", trading.private_losses);
    set("order connection lost", trading.order_losses);
    set("orders by rest", trading.by_rest);
    set("private malformed", trading.malformed);
    set("clock offset us", orders_->clock_offset() / kMicrosecond);
    set("compose ns p50", trading.compose.quantile(0.5));
    set_latency("send ns p50", "send ns p99.9", trading.send);
    set_latency("request to wire ns p50", "request to wire ns p99.9", orders_->wire_latency());
    set_latency("round trip ns p50", "round trip ns p99.9", orders_->round_trip());
}

}  // namespace ringside::connectord
