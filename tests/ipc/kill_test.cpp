// Processes of a bus killed at named and at random places. Built with fault points
// (fault_point.hpp).
//   RINGSIDE_KILL_ROUNDS  deaths for each test (default 100), a twentieth of it for the storms
//   RINGSIDE_SEED         of what dies where

#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <random>

#include "ipc/fault_point.hpp"
#include "ipc/wait_strategy.hpp"
#include "tests/ipc/bus_fixture.hpp"

namespace ringside::ipc {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;
using Clock = std::chrono::steady_clock;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

FaultPoint g_point = FaultPoint::Count;
std::uint64_t g_passes_left = 0;

/// Kills this process when it comes to the chosen place for the chosen time.
void die_there(FaultPoint point) {
    if (point != g_point) return;
    if (g_passes_left-- == 0) ::kill(getpid(), SIGKILL);
}

/// Chooses where this process dies: any place, after 0 to 1000 passes, most often soon.
void arm(Random& random) {
    g_point = static_cast<FaultPoint>(random() % static_cast<std::uint64_t>(FaultPoint::Count));
    g_passes_left = random() % (std::uint64_t{1} << (random() % 11));
    fault_hook = die_there;
}

OrderRequest numbered(std::uint64_t seq) {
    OrderRequest r = request(seq);
    r.price_ticks = static_cast<Ticks>(seq * 31);
    return r;
}

class Kill : public BusTest {
  protected:
    void SetUp() override {
        std::cout << "seed " << seed_ << ", " << rounds_ << " rounds\n";
        RecordProperty("seed", std::to_string(seed_));
    }
    const std::uint64_t rounds_ = from_environment("RINGSIDE_KILL_ROUNDS", 100);
    const std::uint64_t seed_ = from_environment("RINGSIDE_SEED", 20240808);
};

/// Whether a child has ended; kill_and_wait() still takes it away.
bool dead(pid_t child) {
    siginfo_t ended{};
    return waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           ended.si_pid == child;
}

/// Publishes numbered events and answers requests for ever.
[[noreturn]] void run_service(bool gated) {
    BusOptions options = small_options();
    options.gated = gated;
    BusService service("demo", options, some_venue());
    for (std::uint64_t id = 0, turn = 0;; ++turn) {
        if (turn % 16 == 0) service.poll_sessions();
        if (publish_event(service.md(), id)) ++id;
        for (const auto& session : service.sessions()) {
            FrameView view;
            OrderRequest r;
            // A request is taken when there is room for its answer.
            while (session->responses().try_claim(kOrderResponseBytes) != nullptr &&
                   session->requests().poll(view)) {
                if (!decode(view.payload, r)) _exit(9);
                OrderResponse response;
                response.seq = r.seq;
                response.order_id = r.order_id;
                session->send(response);
            }
            session->requests().release_now();
            session->publish_progress({r.seq, static_cast<Nanos>(2 * r.seq), 0, 0});
        }
    }
}

/// A bot's checks of whatever a service sent it.
class Witness {
  public:
    explicit Witness(BusClient& client) : client_(client) {}

    void read() {
        if (!client_.admitted()) return;
        FrameView view;
        for (int i = 0; i < 256 && client_.md().poll(view); ++i) {
            // The first event is where it joined; from there on none is missing or wrong.
            const std::uint64_t id = event_id(view);
            ASSERT_EQ(id, view.sequence);
            ASSERT_TRUE(events_ == 0 || id == last_ + 1) << id << " after " << last_;
            last_ = id;
            ++events_;
        }
        client_.md().release();
        while (client_.responses().poll(view)) {
            OrderResponse response;
            ASSERT_TRUE(decode(view.payload, response));
            ASSERT_EQ(response.seq, ++answered_);
            ASSERT_EQ(response.order_id, 1000 + response.seq);
        }
        client_.responses().release();
        ASSERT_EQ(client_.md().state(), ReadState::Reading);
        ASSERT_EQ(client_.md().corrupt_frames() + client_.responses().corrupt_frames(), 0U);
        const VenueProgress& progress = client_.progress();
        ASSERT_EQ(progress.safe_until, static_cast<Nanos>(2 * progress.requests_seen));
        ASSERT_LE(progress.requests_seen, sent_);
    }
    void send() {
        if (client_.send(numbered(sent_ + 1)) == SendResult::Sent) ++sent_;
    }
    std::uint64_t events() const { return events_; }

  private:
    BusClient& client_;
    std::uint64_t events_ = 0;
    std::uint64_t last_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t answered_ = 0;
};

TEST_F(Kill, AServiceAnywhereLeavesItsBotsWholeAndItsNameFree) {
    Random random(seed_);
    std::uint64_t events = 0;
    for (std::uint64_t round = 0; round < rounds_; ++round) {
        const std::uint64_t child_seed = random();
        const pid_t child = spawn([child_seed] {
            Random own(child_seed);
            arm(own);
            run_service(true);
        });
        std::optional<BusClient> client;
        std::optional<Witness> witness;
        // Until it dies by itself or the bot has seen enough; how fast the two run decides nothing.
        const std::uint64_t most_events = random() % 1000;
        while (!client && !dead(child)) {
            if (test::error_of([&] { client.emplace("demo", "witness"); })) sched_yield();
        }
        if (client) witness.emplace(*client);
        while (client && witness->events() < most_events && client->service_alive()) {
            for (int i = 0; i < 64; ++i) {
                witness->send();
                ASSERT_NO_FATAL_FAILURE(witness->read()) << "round " << round;
            }
            sched_yield();
        }
        kill_and_wait(child);
        if (client) {
            EXPECT_FALSE(client->service_alive());
            ASSERT_NO_FATAL_FAILURE(witness->read()) << "round " << round;
            events += witness->events();
        }
    }
    EXPECT_GT(events, rounds_) << "the services lived long enough to show anything";
    { auto last = BusService::create("demo", small_options(), some_venue()); }
    EXPECT_TRUE(all_buses().empty());
}

/// The service's side of bots that die.
class Host {
  public:
    explicit Host(const char* name, const BusOptions& options = small_options())
        : service(name, options, some_venue()) {}

    /// One turn; checks every request.
    void turn() {
        if (++turns_ % 8 == 0) {
            for (const SessionEvent& event : service.poll_sessions()) {
                if (event.change == SessionChange::Attached) next_[event.session->slot()] = 1;
            }
        }
        if (publish_event(service.md(), id)) ++id;
        for (const auto& session : service.sessions()) {
            FrameView view;
            while (session->responses().try_claim(kOrderResponseBytes) != nullptr &&
                   session->requests().poll(view)) {
                OrderRequest r;
                ASSERT_TRUE(decode(view.payload, r));
                ASSERT_EQ(r.seq, next_[session->slot()]++);
                ASSERT_EQ(r.order_id, 1000 + r.seq);
                ASSERT_EQ(r.price_ticks, static_cast<Ticks>(r.seq * 31));
                ++requests;
                OrderResponse response;
                response.seq = r.seq;
                response.order_id = r.order_id;
                session->send(response);
            }
            session->requests().release_now();
            ASSERT_EQ(session->requests().corrupt_frames(), 0U);
        }
    }

    BusService service;
    std::uint64_t id = 0;
    std::uint64_t requests = 0;

  private:
    std::uint64_t turns_ = 0;
    std::uint64_t next_[64] = {};
};

/// Sends and reads for ever.
[[noreturn]] void run_bot(const char* bus) {
    BusClient client(bus, "victim");
    Witness witness(client);
    for (;;) {
        witness.send();
        witness.read();
        if (client.closed() || !client.service_alive()) _exit(0);
    }
}

TEST_F(Kill, ABotAnywhereHoldsNobodyAndItsSlotComesBack) {
    Random random(seed_ + 1);
    Host host("demo");
    BusClient steady("demo", "steady");
    Witness witness(steady);
    double longest_stall_ms = 0;
    for (std::uint64_t round = 0; round < rounds_; ++round) {
        const std::uint64_t child_seed = random();
        const pid_t child = spawn([child_seed] {
            Random own(child_seed);
            arm(own);
            run_bot("demo");
        });
        const std::uint64_t enough = host.requests + random() % 1000;
        while (host.requests < enough && !dead(child)) {
            for (int i = 0; i < 64; ++i) {
                ASSERT_NO_FATAL_FAILURE(host.turn()) << "round " << round;
                ASSERT_NO_FATAL_FAILURE(witness.read()) << "round " << round;
            }
            sched_yield();
        }
        kill_and_wait(child);
        // By polls, not by time: a dead bot is dropped within two rounds over the sessions.
        const auto died = Clock::now();
        for (int i = 0; i < 8 && host.service.sessions().size() > 1; ++i) {
            host.service.poll_sessions();
        }
        ASSERT_LE(host.service.sessions().size(), 1U) << "round " << round;
        const std::uint64_t before = host.id;
        for (int i = 0; i < 2000; ++i) {
            ASSERT_NO_FATAL_FAILURE(host.turn());
            ASSERT_NO_FATAL_FAILURE(witness.read());
        }
        ASSERT_GT(host.id, before + 1000) << "a dead bot still holds the stream";
        longest_stall_ms =
            std::max(longest_stall_ms,
                     std::chrono::duration<double, std::milli>(Clock::now() - died).count());
    }
    EXPECT_GT(host.requests, rounds_);
    for (int i = 0; i < 80; ++i) host.service.poll_sessions();
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(bus_path("demo"))) ++files;
    EXPECT_EQ(files, 3U) << "control, md and the steady bot's session";
    std::cout << "longest time to 2000 turns after a death: " << longest_stall_ms << " ms\n";
}

/// One of many processes that start and die together.
[[noreturn]] void live_and_die(std::uint64_t seed) {
    Random random(seed);
    if (random() % 4 != 0) arm(random);
    static constexpr const char* kNames[] = {"a", "b", "c", "d"};
    const char* const name = kNames[random() % 4];
    const std::uint64_t turns = random() % 400;
    try {
        if (random() % 3 == 0) {
            Host host(name);
            for (std::uint64_t i = 0; i < turns; ++i) host.turn();
            if (random() % 2 == 0) ::kill(getpid(), SIGKILL);
        } else {
            BusClient client(random() % 2 == 0 ? "steady" : name, "storm");
            Witness witness(client);
            for (std::uint64_t i = 0; i < turns; ++i) {
                witness.send();
                witness.read();
                if (i % 50 == 0) sched_yield();
            }
            if (random() % 2 == 0) ::kill(getpid(), SIGKILL);
        }
    } catch (const Error&) {
        // The name is taken, or there is no such bus at this moment.
        remove_dead_buses();
    }
    _exit(testing::Test::HasFailure() ? 3 : 0);
}

TEST_F(Kill, SixtyFourProcessesThatStartAndDieTogetherHarmNoLiveBusAndLeakNone) {
    Random random(seed_ + 2);
    BusOptions options = small_options();
    options.session_slots = 64;
    Host steady("steady", options);
    BusClient bot("steady", "steady");
    Witness witness(bot);
    const std::uint64_t storms = std::max<std::uint64_t>(1, rounds_ / 20);
    for (std::uint64_t storm = 0; storm < storms; ++storm) {
        std::vector<pid_t> children;
        for (int i = 0; i < 64; ++i) {
            const std::uint64_t child_seed = random();
            children.push_back(spawn([child_seed] { live_and_die(child_seed); }));
        }
        while (!children.empty()) {
            ASSERT_NO_FATAL_FAILURE(steady.turn());
            ASSERT_NO_FATAL_FAILURE(witness.read());
            int status = 0;
            const pid_t done = waitpid(-1, &status, WNOHANG);
            if (done <= 0) continue;
            std::erase(children, done);
            ASSERT_TRUE(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : status == 0)
                << "status " << status;
        }
        for (int i = 0; i < 300; ++i) steady.service.poll_sessions();
        EXPECT_EQ(steady.service.sessions().size(), 1U) << "storm " << storm;
        remove_dead_buses();
        ASSERT_EQ(all_buses(), std::vector<std::string>{"steady"});
        // How much is heard during a storm is the scheduler's choice; behind it nothing may hold
        // the stream.
        const std::uint64_t before = witness.events();
        for (int i = 0; i < 2000; ++i) {
            ASSERT_NO_FATAL_FAILURE(steady.turn());
            ASSERT_NO_FATAL_FAILURE(witness.read());
        }
        EXPECT_GT(witness.events(), before + 1000) << "storm " << storm;
    }
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(bus_path("steady"))) ++files;
    EXPECT_EQ(files, 3U);
}

TEST(KillWriter, ShowsNoFrameThatWasNotPublishedWhereverItDied) {
    for (const FaultPoint point :
         {FaultPoint::Claimed, FaultPoint::FrameHalf, FaultPoint::FramePublished,
          FaultPoint::TailHalf, FaultPoint::IntentRaised}) {
        const test::UniqueBusRoot root;
        const pid_t child = spawn([point] {
            BusOptions options = small_options();
            options.gated = false;
            BusService service("demo", options, some_venue());
            for (std::uint64_t id = 0; id < 5000; ++id) publish_event(service.md(), id);
            g_point = point;
            g_passes_left = point == FaultPoint::IntentRaised ? 3 : 10;
            fault_hook = die_there;
            for (std::uint64_t id = 5000;; ++id) publish_event(service.md(), id);
        });
        waitpid(child, nullptr, 0);
        const BusObserver bus("demo");
        EXPECT_FALSE(bus.service_alive());
        RingReader reader = bus.md().reader(ReadFrom::Oldest);
        FrameView view;
        std::uint64_t frames = 0;
        std::uint64_t last = 0;
        while (reader.poll(view)) {
            const std::uint64_t id = event_id(view);
            if (!reader.intact(view)) break;
            EXPECT_EQ(id, view.sequence);
            last = id;
            ++frames;
        }
        EXPECT_GT(frames, 100U) << static_cast<int>(point);
        EXPECT_GE(last, 5000U) << static_cast<int>(point);
        EXPECT_EQ(reader.corrupt_frames(), 0U);
    }
}

}  // namespace
}  // namespace ringside::ipc
