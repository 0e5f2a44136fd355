#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "connectord/order_manager.hpp"
#include "tests/connectord/live_model.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

void* count_and_allocate(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);  // Relaxed: one thread counts
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(std::size_t size) { return count_and_allocate(size); }
void* operator new[](std::size_t size) { return count_and_allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace ringside::connectord::test {
namespace {

constexpr Nanos kNow = 1'790'000'000 * kSecond;

/// Orders that are answered, lost, filled, cancelled, modified and asked about, in turn.
void trade(OrderManager& manager, BotNo bot, std::uint64_t first, std::uint64_t last) {
    Nanos now = kNow + static_cast<Nanos>(first) * kMillisecond;
    std::uint64_t seq = 4 * first;
    const auto update = [&](const Action& action, VenueStatus status, Lots executed) {
        return OrderUpdate{.key = action.key,
                           .venue_id = 1 + action.key.counter,
                           .status = status,
                           .side = Side::Buy,
                           .price_ticks = action.price_ticks,
                           .qty_lots = 3,
                           .executed_lots = executed,
                           .exch_ts = now};
    };
    for (std::uint64_t i = first; i < last; ++i, now += kMillisecond) {
        OrderRequest request{.seq = ++seq,
                             .order_id = i,
                             .price_ticks = 1000,
                             .qty_lots = 3,
                             .kind = RequestKind::Submit,
                             .side = Side::Buy};
        manager.on_request(bot, request, now);
        const Action submit = manager.actions().front();
        manager.actions().pop();
        ActionAnswer answer{.ticket = submit.ticket, .key = submit.key, .kind = submit.kind};
        manager.on_answer(answer, now);  // unknown
        manager.on_time(now);
        manager.on_update(update(submit, VenueStatus::Working, 0), now);
        OrderUpdate fill = update(submit, VenueStatus::Working, 1);
        fill.execution = {.trade_id = i, .price_ticks = 1000, .lots = 1, .exch_ts = now};
        manager.on_update(fill, now);
        request.seq = ++seq;
        request.kind = i % 2 == 0 ? RequestKind::Cancel : RequestKind::Modify;
        manager.on_request(bot, request, now);
        manager.on_update(update(submit, VenueStatus::Cancelled, 1), now);
        manager.on_time(now);
        manager.actions().clear();
        manager.responses().clear();
    }
}

TEST(OrderManager, AllocatesNothingPerEvent) {
    const std::array instruments{Instrument{.symbol = "ONE", .grid = {0.1, 0.001}}};
    RiskLimits limits(instruments, std::array{RiskOptions{}});
    RateBudget budget;
    JournalMemory memory(8192);
    OrderJournal journal(memory.bytes());
    OrderManager manager({.max_orders = 128, .max_executions = 512}, instruments, limits, budget,
                         &journal, kNow);
    const BotNo bot = manager.bot_came("grid", kNow);
    trade(manager, bot, 1, 10);
    const std::uint64_t before = allocations.load();
    trade(manager, bot, 10, 20'000);
    EXPECT_EQ(allocations.load(), before);
    EXPECT_EQ(manager.counters().submits, 19'999U);
    EXPECT_GT(manager.counters().journal_compactions, 3U);
    EXPECT_GT(manager.counters().queries, 100U);
    EXPECT_EQ(manager.live_orders(), 0U);
}

}  // namespace
}  // namespace ringside::connectord::test
