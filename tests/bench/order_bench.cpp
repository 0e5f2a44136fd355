// What an order costs between the ring and the wire. Floor: find one of as many orders in a hash
// table and copy a response, which no bookkeeping can do without. Read ratios, from interleaved
// repetitions: order_bench --benchmark_enable_random_interleaving=true
// --benchmark_repetitions=15

#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "connectord/journal_file.hpp"
#include "connectord/order_manager.hpp"

namespace {

using namespace ringside;
using namespace ringside::connectord;

constexpr std::size_t kResting = 200;  ///< orders in the table all the time
constexpr Nanos kNow = 1'790'000'000 * kSecond;

std::string scratch(const char* name) {
    const char* dir = std::getenv("TMPDIR");
    return std::string(dir == nullptr ? "/var/tmp" : dir) + "/ringside-order-bench-" +
           std::to_string(getpid()) + "-" + name;
}

class Scene {
  public:
    explicit Scene(OrderJournal* journal)
        : limits_(instruments_, std::array{options()}),
          budget_(std::array{RateLimit{4'000'000'000U, 60 * kSecond},
                             RateLimit{4'000'000'000U, 10 * kSecond}},
                  {}),
          manager_(costs(), instruments_, limits_, budget_, journal, kNow) {
        limits_.set_touch(0, {.bid = 1000, .ask = 1001, .valid = true});
        bot_ = manager_.bot_came("bench", kNow);
        for (std::size_t i = 0; i < kResting; ++i) acknowledge(submit());
    }

    /// A request, its answer, the same from the stream, and one fill of it all: four events.
    void order() {
        const Action action = submit();
        acknowledge(action);
        hear(action, VenueStatus::Working, 0);
        hear(action, VenueStatus::Filled, 1);
        time_ += 1000;
    }
    /// An update that says nothing new of an order at rest: one event.
    void duplicate() { hear(resting_, VenueStatus::Working, 0); }
    void idle() { manager_.on_time(time_); }

  private:
    static RiskOptions options() {
        return {.bot = {.max_order_lots = 10, .max_position_lots = Lots{1} << 40},
                .account = {.max_order_lots = 10, .max_position_lots = Lots{1} << 40},
                .price_band = 0.05};
    }
    static OrderManagerOptions costs() {
        OrderManagerOptions options;
        options.costs[static_cast<std::size_t>(ActionKind::Submit)] = {0, 1};
        options.costs[static_cast<std::size_t>(ActionKind::Cancel)] = {1, 0};
        return options;
    }
    Action submit() {
        manager_.on_request(bot_,
                            {.seq = ++seq_,
                             .order_id = seq_,
                             .req_ts = time_,
                             .price_ticks = 1000,
                             .qty_lots = 1,
                             .kind = RequestKind::Submit,
                             .side = Side::Buy},
                            time_);
        const Action action = manager_.actions().front();
        manager_.actions().pop();
        return action;
    }
    void acknowledge(const Action& action) {
        resting_ = seq_ <= kResting ? action : resting_;
        ActionAnswer answer{.ticket = action.ticket,
                            .key = action.key,
                            .kind = action.kind,
                            .outcome = Outcome::Done,
                            .has_update = true};
        answer.update = update(action, VenueStatus::Working, 0);
        manager_.on_answer(answer, time_);
        take();
    }
    void hear(const Action& action, VenueStatus status, Lots executed) {
        OrderUpdate said = update(action, status, executed);
        if (executed > 0) {
            said.execution = {.trade_id = ++trades_,
                              .price_ticks = 1000,
                              .lots = executed,
                              .fee = 0.1,
                              .exch_ts = time_};
        }
        manager_.on_update(said, time_);
        take();
    }
    OrderUpdate update(const Action& action, VenueStatus status, Lots executed) const {
        return {.key = action.key,
                .venue_id = 1 + action.key.counter,
                .status = status,
                .side = Side::Buy,
                .price_ticks = 1000,
                .qty_lots = 1,
                .executed_lots = executed,
                .exch_ts = time_};
    }
    void take() {
        while (!manager_.responses().empty()) {
            benchmark::DoNotOptimize(manager_.responses().front());
            manager_.responses().pop();
        }
    }

    std::array<Instrument, 1> instruments_{Instrument{.symbol = "ONE", .grid = {0.1, 0.001}}};
    RiskLimits limits_;
    RateBudget budget_;
    OrderManager manager_;
    BotNo bot_ = kNoBot;
    Nanos time_ = kNow;
    std::uint64_t seq_ = 0;
    TradeId trades_ = 0;
    Action resting_;
};

constexpr std::size_t kRecords = 131'072;

/// Four lookups and four copies: what the four events of an order cannot do without.
void floor_of_an_order(benchmark::State& state) {
    boost::unordered_flat_map<std::uint64_t, OrderResponse> orders;
    for (std::uint64_t i = 0; i < 4096; ++i) orders[i << 20U] = {.seq = i};
    std::vector<OrderResponse> out(1024);
    std::uint64_t i = 0;
    for (auto _ : state) {
        for (int event = 0; event < 4; ++event) {
            out[i % out.size()] = orders.find((i * 2654435761U % 4096) << 20U)->second;
            benchmark::DoNotOptimize(out.data());
            benchmark::ClobberMemory();
            ++i;
        }
    }
}
BENCHMARK(floor_of_an_order);

void order_without_journal(benchmark::State& state) {
    Scene scene(nullptr);
    for (auto _ : state) scene.order();
}
BENCHMARK(order_without_journal);

void order_with_journal_file(benchmark::State& state) {
    const std::string path = scratch("journal");
    {
        JournalFile file(path, kRecords);
        OrderJournal journal(file.memory());
        Scene scene(&journal);
        for (auto _ : state) scene.order();
    }
    ::unlink(path.c_str());
}
BENCHMARK(order_with_journal_file);

void duplicate_update(benchmark::State& state) {
    Scene scene(nullptr);
    for (auto _ : state) scene.duplicate();
}
BENCHMARK(duplicate_update);

void time_with_nothing_due(benchmark::State& state) {
    Scene scene(nullptr);
    for (auto _ : state) scene.idle();
}
BENCHMARK(time_with_nothing_due);

void journal_record(benchmark::State& state) {
    const std::string path = scratch("record");
    {
        JournalFile file(path, kRecords);
        OrderJournal journal(file.memory());
        for (auto _ : state) {
            if (journal.room() == 0) {
                journal.begin_compaction();
                journal.end_compaction();
            }
            journal.append({.kind = JournalKind::Submit, .key = 1, .lots = 5});
        }
    }
    ::unlink(path.c_str());
}
BENCHMARK(journal_record);

/// What the journal would cost with a system call for each record.
void journal_record_by_write(benchmark::State& state) {
    const std::string path = scratch("write");
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    JournalRecord record{.kind = JournalKind::Submit};
    off_t at = 0;
    for (auto _ : state) {
        record.key = static_cast<std::uint64_t>(at);
        benchmark::DoNotOptimize(::pwrite(fd, &record, sizeof(record), at));
        at = (at + 64) % static_cast<off_t>(64 * kRecords);
    }
    ::close(fd);
    ::unlink(path.c_str());
}
BENCHMARK(journal_record_by_write);

void client_id_text(benchmark::State& state) {
    const ClientOrderIds ids("rs");
    OrderKey key{.epoch = 1'400'000, .counter = 0, .bot = 3};
    char text[ClientOrderIds::kMaxLength];
    for (auto _ : state) {
        ++key.counter;
        benchmark::DoNotOptimize(ids.write(key, text));
        benchmark::ClobberMemory();
    }
}
BENCHMARK(client_id_text);

}  // namespace

BENCHMARK_MAIN();
