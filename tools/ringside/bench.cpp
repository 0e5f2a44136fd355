#include "tools/ringside/bench.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "botkit/context.hpp"
#include "botkit/in_process_link.hpp"
#include "core/book/l2_book.hpp"
#include "core/check.hpp"
#include "core/error.hpp"
#include "core/progress.hpp"
#include "core/row_writer.hpp"
#include "tools/ringside/synth.hpp"

namespace ringside {
namespace {

namespace fs = std::filesystem;
using botkit::Context;

constexpr Grid kGrid{.tick_size = 0.1, .lot_size = 0.001};
constexpr Nanos kStep = 100 * kMillisecond;

/// A folder of our own that goes with its scope.
class Folder {
  public:
    Folder() : path_(fs::temp_directory_path() / fmt::format("ringside-bench-{}", getpid())) {
        fs::create_directory(path_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    const fs::path& path() const noexcept { return path_; }

  private:
    fs::path path_;
};

struct Market {
    std::vector<Event> rows;
    engine::VenueConfig venue;
};

Market make_market(std::uint64_t events, const fs::path& file) {
    Market market;
    EventWriter writer(file);
    synthesize({.seed = 1, .duration = kNever, .events = events}, [&](std::span<const Event> rows) {
        market.rows.insert(market.rows.end(), rows.begin(), rows.end());
        writer.append(rows);
    });
    writer.finish();
    engine::AssetConfig asset;
    asset.instrument = {.symbol = "SYNTH", .grid = kGrid};
    asset.data = {file};
    asset.latency =
        engine::ConstantLatency{.entry_ns = 10 * kMillisecond, .response_ns = 10 * kMillisecond};
    asset.queue = engine::QueueKind::PowerProb;
    asset.queue_power = 2.0;
    asset.fee = {.maker = -0.00005, .taker = 0.0007};
    market.venue = {.name = "bench", .assets = {asset}};
    return market;
}

void apply(const Event& row, L2Book& book) {
    const EventKind kind = row.kind();
    if (kind == EventKind::DepthClear) {
        book.clear_all();
    } else if (kind == EventKind::Depth || kind == EventKind::DepthSnapshot) {
        if (row.side() != Side::Unset) book.set(row.side(), row.px, row.qty);
    }
}

/// One book at exchange time and one at local time, as if both were the same.
void keep_two_books(const Market& market) {
    const Rules rules = Rules::of(RulesPreset::Strict);
    L2Book exchange(kGrid, rules);
    L2Book local(kGrid, rules);
    for (const Event& row : market.rows) {
        if (row.has(kExchEvent)) apply(row, exchange);
        if (row.has(kLocalEvent)) apply(row, local);
    }
    RINGSIDE_CHECK(exchange.best_bid() != kNoBid && local.best_ask() != kNoAsk);
}

void idle(Context& context) {
    while (context.elapse(kStep) == Code::Ok) {
    }
}

void hear_all(Context& context) {
    while (context.wait_next_feed(false, kNever / 4) == Code::MarketFeed) {
    }
}

/// Ten orders on each side of the touch, five ticks apart, moved with it.
void quote(Context& context) {
    constexpr Ticks kApart = 5;
    constexpr Ticks kLevels = 10;
    while (context.elapse(kStep) == Code::Ok) {
        context.clear_inactive_orders(0);
        const L2Book& book = context.depth(0);
        if (book.best_bid() == kNoBid || book.best_ask() == kNoAsk) continue;
        const Ticks bid = book.best_bid() / kApart * kApart;
        const Ticks ask = (book.best_ask() / kApart + 1) * kApart;
        for (const Order& order : context.orders(0)) {
            const bool buy = order.side == Side::Buy;
            const Ticks away = buy ? bid - order.price_ticks : order.price_ticks - ask;
            const bool wanted = away >= 0 && away < kLevels * kApart;
            if (order.cancellable() && !wanted) context.cancel(0, order.order_id, false);
        }
        for (Ticks i = 0; i < kLevels; ++i) {
            for (const bool buy : {true, false}) {
                const Ticks tick = buy ? bid - i * kApart : ask + i * kApart;
                const auto id = static_cast<OrderId>(tick);
                if (context.orders(0).contains(id)) continue;
                const double price = kGrid.price(tick);
                if (buy)
                    context.submit_buy_order(0, id, price, 0.01, TimeInForce::Gtx, OrderType::Limit,
                                             false);
                else
                    context.submit_sell_order(0, id, price, 0.01, TimeInForce::Gtx,
                                              OrderType::Limit, false);
            }
        }
    }
}

}  // namespace

double BenchRow::median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
}

std::vector<BenchRow> run_bench(const BenchOptions& options) {
    const Folder folder;
    const Market market = make_market(options.events, folder.path() / "market.rsev");
    const auto backtest = [&](const std::function<void(Context&)>& bot) {
        return [&market, bot] {
            Context context(std::make_unique<botkit::InProcessLink>(market.venue));
            bot(context);
            RINGSIDE_CHECK(context.events_processed() > market.rows.size() / 2);
        };
    };
    const std::vector<std::pair<const char*, std::function<void()>>> works = {
        {"two books, rows in memory (floor)", [&market] { keep_two_books(market); }},
        {"backtest, idle, 100 ms", backtest(idle)},
        {"backtest, every event heard", backtest(hear_all)},
        {"backtest, 10 + 10 orders, 100 ms", backtest(quote)},
    };
    std::vector<BenchRow> rows;
    for (const auto& [name, work] : works) rows.push_back({name});
    Progress progress("bench", options.runs * works.size(), "runs");
    std::uint64_t done = 0;
    for (unsigned run = 0; run < options.runs; ++run) {
        for (std::size_t w = 0; w < works.size(); ++w) {
            const auto began = std::chrono::steady_clock::now();
            works[w].second();
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
            rows[w].seconds.push_back(took.count());
            ++done;
            progress.update(done, done);
        }
    }
    return rows;
}

}  // namespace ringside
