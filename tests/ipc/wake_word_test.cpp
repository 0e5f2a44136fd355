#include "ipc/wake_word.hpp"

#include <thread>

#include "tests/ipc/bus_fixture.hpp"

namespace ringside::ipc {
namespace {

using namespace std::chrono_literals;

/// So long that a test which loses a wake-up runs into its own time limit.
constexpr auto kForEver = std::chrono::hours(1);

TEST(WakeWord, DoesNotSleepWhenWokenBetweenArmingAndSleeping) {
    std::atomic<std::uint32_t> word{0};
    WakeWord waiter(&word);
    waiter.arm();
    WakeWord::wake(word);
    waiter.sleep(kForEver);
    EXPECT_EQ(word.load() % 2, 0U);
}

TEST(WakeWord, WakesNobodyWhoDoesNotSleep) {
    std::atomic<std::uint32_t> word{6};
    WakeWord::wake(word);
    EXPECT_EQ(word.load(), 6U) << "no write, so the line stays with its owner";
}

TEST(WakeWord, EndsASleepInItsTime) {
    std::atomic<std::uint32_t> word{0};
    WakeWord waiter(&word);
    waiter.arm();
    waiter.sleep(1ms);
    EXPECT_EQ(word.load() % 2, 0U);
}

/// Two threads that hand a number to and fro, both asleep most of the time: a lost wake-up stops
/// them for an hour.
TEST(WakeWord, LosesNoWakeUpBetweenTwoThreadsThatBothSleep) {
    for (const std::uint32_t spins : {0U, 20U}) {
        std::atomic<std::uint32_t> here{0};
        std::atomic<std::uint32_t> there{0};
        std::atomic<std::uint64_t> number{0};
        constexpr std::uint64_t kTurns = 4000;
        const auto play = [&](std::uint64_t mine, std::atomic<std::uint32_t>& own,
                              std::atomic<std::uint32_t>& other) {
            SpinThenFutex wait(&own, spins, kForEver);
            for (std::uint64_t n = mine; n < kTurns; n += 2) {
                while (number.load(std::memory_order_acquire) != n) wait.idle();
                wait.reset();
                number.store(n + 1, std::memory_order_release);
                WakeWord::wake(other);
            }
        };
        std::thread second([&] { play(1, there, here); });
        play(0, here, there);
        second.join();
        EXPECT_EQ(number.load(), kTurns);
    }
}

using WakingBus = BusTest;

TEST_F(WakingBus, CarriesOrdersBetweenProcessesThatBothSleep) {
    BusOptions options = small_options();
    options.wakes = true;
    auto service = BusService::create("demo", options, some_venue());
    constexpr std::uint64_t kOrders = 500;
    const pid_t child = spawn([] {
        BusClient bot("demo", "sleeper");
        // The service wakes neither a bot for its admission nor for market data.
        bot.wait_admitted(std::chrono::seconds(60));
        SpinThenFutex wait(bot.wake_word(), 0, kForEver);
        FrameView view;
        for (std::uint64_t seq = 1; seq <= kOrders; ++seq) {
            bot.send(request(seq));
            while (!bot.responses().poll(view)) wait.idle();
            wait.reset();
            bot.responses().release();
        }
    });
    while (service.sessions().empty()) service.poll_sessions();
    ServiceSession& session = *service.sessions()[0];
    SpinThenFutex wait(service.wake_word(), 0, kForEver);
    FrameView view;
    for (std::uint64_t answered = 0; answered < kOrders;) {
        if (!session.requests().poll(view)) {
            wait.idle();
            continue;
        }
        wait.reset();
        OrderResponse response;
        response.seq = ++answered;
        ASSERT_TRUE(session.send(response));
        session.requests().release();
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace ringside::ipc
