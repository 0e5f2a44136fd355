#include "tools/ringside/synth.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "tools/ringside/feed_order.hpp"
#include "tools/ringside/random.hpp"
#include "tools/ringside/synthetic_market.hpp"

namespace ringside {
namespace {

constexpr std::int64_t kMinLevels = 40;
constexpr std::int64_t kMaxLevels = 100'000;
constexpr std::int64_t kMaxRowsPerSecond = 1'000'000;
constexpr std::uint64_t kMessagesPerReport = 4096;

/// Decimal steps are divided by their reciprocal, a whole number, so that a price is the double
/// nearest to its decimal text.
class Scale {
  public:
    explicit Scale(double step)
        : step_(step), per_unit_(static_cast<double>(round_to_integer(1.0 / step))) {
        decimal_ = std::abs(per_unit_ * step - 1.0) < 1e-9;
    }
    double operator()(std::int64_t steps) const noexcept {
        const auto count = static_cast<double>(steps);
        return decimal_ ? count / per_unit_ : count * step_;
    }

  private:
    double step_;
    double per_unit_;
    bool decimal_ = false;
};

/// When the bot sees what: the book's changes and the trades come on two connections, each in its
/// own order, each with its own delay of two milliseconds and more.
class FeedDelay {
  public:
    explicit FeedDelay(std::uint64_t seed) : random_(seed) {}

    void step() {
        path_ += random_.below(2 * kPathStep + 1) - kPathStep;
        path_ = std::clamp<Nanos>(path_, 0, kPathMax);
        depth_delay_ = kLeast + path_ + noise(400 * kMicrosecond);
        trade_delay_ = kLeast + path_ + noise(400 * kMicrosecond);
    }
    Nanos local_ts(EventKind kind, Nanos exch_ts) {
        const bool trade = kind == EventKind::Trade;
        Nanos& last = trade ? last_trade_ : last_depth_;
        last = std::max(last, exch_ts + (trade ? trade_delay_ : depth_delay_));
        return last;
    }

  private:
    static constexpr Nanos kLeast = 2 * kMillisecond;
    static constexpr Nanos kPathMax = 3 * kMillisecond;
    static constexpr Nanos kPathStep = 8 * kMicrosecond;
    static constexpr Nanos kNoiseMax = 4 * kMillisecond;

    Nanos noise(Nanos mean) { return std::min(random_.exponential(mean), kNoiseMax); }

    Random random_;
    Nanos path_ = kMillisecond;
    Nanos depth_delay_ = 0;
    Nanos trade_delay_ = 0;
    Nanos last_depth_ = 0;
    Nanos last_trade_ = 0;
};

SyntheticMarketOptions check(const SynthOptions& options) {
    const Grid& grid = options.grid;
    const auto positive = [](double x) { return std::isfinite(x) && x > 0.0; };
    if (!positive(grid.tick_size)) fail(ExitCode::Usage, "tick size must be above zero");
    if (!positive(grid.lot_size)) fail(ExitCode::Usage, "lot size must be above zero");
    if (options.levels < kMinLevels || options.levels > kMaxLevels) {
        fail(ExitCode::Usage, "levels must be from {} to {}", kMinLevels, kMaxLevels);
    }
    if (options.rows_per_second < 1 || options.rows_per_second > kMaxRowsPerSecond) {
        fail(ExitCode::Usage, "rate must be from 1 to {} events a second", kMaxRowsPerSecond);
    }
    if (options.duration <= 0 || options.events == 0) {
        fail(ExitCode::Usage, "duration and events must be above zero");
    }
    if (options.start_ts < 0 || options.start_ts > kNever / 2) {
        fail(ExitCode::Usage, "start must be nanoseconds since 1970, up to the year 2116");
    }
    const double least = static_cast<double>(4 * options.levels) * grid.tick_size;
    const double most = static_cast<double>(std::int64_t{1} << 48) * grid.tick_size;
    if (!(options.mid >= least && options.mid <= most)) {
        fail(ExitCode::Usage, "mid {} must be from {} to {}, or the tick size or levels changed",
             options.mid, least, most);
    }
    return {options.seed, grid.to_ticks_nearest(options.mid), options.rows_per_second,
            options.levels, options.start_ts};
}

std::uint64_t side_flag(Side side) { return side == Side::Buy ? kBuyEvent : kSellEvent; }

class Synthesis {
  public:
    Synthesis(const SynthOptions& options, const EventSink& sink)
        : market_(check(options)),
          delay_(~options.seed),
          price_(options.grid.tick_size),
          qty_(options.grid.lot_size),
          order_([this, &sink](std::span<const Event> block) {
              summary_.rows += block.size();
              sink(block);
          }) {
        summary_.first_exch_ts = options.start_ts;
    }

    /// One message of the market.
    void step() {
        const auto& rows = market_.next();
        delay_.step();
        for (const auto& row : rows) push(row);
        summary_.events += rows.size();
        summary_.last_exch_ts = market_.now();
        const Ticks doubled = market_.best(Side::Buy) + market_.best(Side::Sell);
        lowest_ = std::min(lowest_, doubled);
        highest_ = std::max(highest_, doubled);
    }
    const SynthSummary& summary() const noexcept { return summary_; }
    SynthSummary finish() {
        order_.finish();
        summary_.lowest_mid = price_(lowest_) / 2.0;
        summary_.highest_mid = price_(highest_) / 2.0;
        return summary_;
    }

  private:
    void push(const SyntheticMarket::Row& row) {
        Event event;
        event.ev = static_cast<std::uint64_t>(row.kind) | side_flag(row.side);
        event.exch_ts = market_.now();
        event.local_ts = delay_.local_ts(row.kind, event.exch_ts);
        event.px = price_(row.price_ticks);
        event.qty = qty_(row.lots);
        order_.push(event);
        if (row.kind == EventKind::Trade) {
            ++(row.side == Side::Buy ? summary_.buy_trades : summary_.sell_trades);
        }
        const Nanos latency = event.local_ts - event.exch_ts;
        summary_.least_latency = std::min(summary_.least_latency, latency);
        summary_.most_latency = std::max(summary_.most_latency, latency);
    }

    SyntheticMarket market_;
    FeedDelay delay_;
    Scale price_;
    Scale qty_;
    FeedOrder order_;
    SynthSummary summary_;
    Ticks lowest_ = std::numeric_limits<Ticks>::max();  // of bid plus ask
    Ticks highest_ = 0;
};

}  // namespace

SynthSummary synthesize(const SynthOptions& options, const EventSink& sink,
                        const std::function<void(Nanos, std::uint64_t)>& on_progress) {
    Synthesis synthesis(options, sink);
    const SynthSummary& so_far = synthesis.summary();
    std::uint64_t messages = 0;
    do {
        synthesis.step();
        if (++messages % kMessagesPerReport == 0 && on_progress) {
            on_progress(so_far.last_exch_ts - so_far.first_exch_ts, so_far.events);
        }
    } while (so_far.events < options.events &&
             so_far.last_exch_ts - so_far.first_exch_ts < options.duration);
    return synthesis.finish();
}

}  // namespace ringside
