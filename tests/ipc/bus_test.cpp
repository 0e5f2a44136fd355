#include <filesystem>
#include <fstream>
#include <optional>

#include <sys/stat.h>

#include "tests/ipc/bus_fixture.hpp"

namespace ringside::ipc {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

TEST_F(BusTest, TellsABotWhatTheVenueIs) {
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient bot("demo", "bot");
    EXPECT_EQ(bot.info().venue, "simulated");
    EXPECT_EQ(bot.info().start_ts, 123);
    ASSERT_EQ(bot.info().instruments.size(), 2U);
    EXPECT_EQ(bot.info().instruments[1].symbol, "XBTUSD");
    EXPECT_EQ(bot.info().instruments[1].kind, ContractKind::Inverse);
    EXPECT_EQ(bot.info().instruments[1].contract_size, 100.0);
    EXPECT_EQ(bot.info().instruments[0].grid.tick_size, 0.1);
}

TEST_F(BusTest, CarriesRequestsResponsesPromisesAndProgress) {
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient bot("demo", "my bot");
    EXPECT_FALSE(bot.admitted());
    const auto events = next_events(service);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].change, SessionChange::Attached);
    ServiceSession& session = *events[0].session;
    EXPECT_EQ(session.client_name(), "my bot");
    EXPECT_EQ(session.client_pid(), getpid());
    EXPECT_TRUE(bot.admitted());

    EXPECT_EQ(bot.send(request(1)), SendResult::Sent);
    bot.set_promise(500);
    EXPECT_EQ(session.promise(), 500);
    FrameView view;
    ASSERT_TRUE(session.requests().poll(view));
    OrderRequest got;
    ASSERT_TRUE(decode(view.payload, got));
    EXPECT_EQ(got.order_id, 1001U);

    OrderResponse response;
    response.order_id = 1001;
    EXPECT_TRUE(session.send(response));
    session.publish_progress(
        {.requests_seen = 1, .safe_until = 9, .venue_now = 8, .venue_last = 7});
    EXPECT_EQ(bot.progress().safe_until, 9);
    EXPECT_EQ(bot.progress().venue_last, 7);
    ASSERT_TRUE(bot.responses().poll(view));
    OrderResponse answered;
    ASSERT_TRUE(decode(view.payload, answered));
    EXPECT_EQ(answered.order_id, 1001U);
    EXPECT_FALSE(bot.responses().poll(view));
}

TEST_F(BusTest, RefusesARequestAtOnceWhenTheRingIsFull) {
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient bot("demo", "bot");
    std::uint64_t sent = 0;
    while (bot.send(request(sent + 1)) == SendResult::Sent) ++sent;
    EXPECT_EQ(sent, (1U << 12) / 128);
    service.poll_sessions();
    FrameView view;
    auto& requests = service.sessions()[0]->requests();
    for (std::uint64_t seq = 1; seq <= sent; ++seq) {
        ASSERT_TRUE(requests.poll(view));
        OrderRequest got;
        ASSERT_TRUE(decode(view.payload, got));
        EXPECT_EQ(got.seq, seq);
        requests.release();
    }
    EXPECT_FALSE(requests.poll(view));
    EXPECT_EQ(bot.send(request(sent + 1)), SendResult::Sent);
}

TEST_F(BusTest, GivesABotThatCameBeforeTheStreamAllOfIt) {
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient bot("demo", "bot");
    service.poll_sessions();
    std::uint64_t published = 0;
    while (publish_event(service.md(), published)) ++published;
    EXPECT_GT(published, 300U);
    ASSERT_TRUE(bot.admitted());
    FrameView view;
    for (std::uint64_t id = 0; id < published; ++id) {
        ASSERT_TRUE(bot.md().poll(view));
        EXPECT_EQ(event_id(view), id);
    }
    EXPECT_FALSE(bot.md().poll(view));
}

TEST_F(BusTest, GatesTheStreamFromWhereEachBotJoined) {
    auto service = BusService::create("demo", small_options(), some_venue());
    for (std::uint64_t id = 0; id < 5000; ++id) ASSERT_TRUE(publish_event(service.md(), id));
    BusClient late("demo", "late");
    service.poll_sessions();
    ASSERT_TRUE(late.admitted());
    std::uint64_t id = 5000;
    while (publish_event(service.md(), id)) ++id;
    FrameView view;
    for (std::uint64_t expected = 5000; expected < id; ++expected) {
        ASSERT_TRUE(late.md().poll(view));
        EXPECT_EQ(event_id(view), expected);
        EXPECT_EQ(view.sequence, expected);
    }
    late.md().release();
    EXPECT_TRUE(publish_event(service.md(), id));
}

TEST_F(BusTest, ShowsALossyReaderJustWhatItMissed) {
    BusOptions options = small_options();
    options.gated = false;
    auto service = BusService::create("demo", options, some_venue());
    BusClient bot("demo", "bot");
    service.poll_sessions();
    ASSERT_TRUE(bot.admitted());
    std::uint64_t id = 0;
    FrameView view;
    for (; id < 10; ++id) ASSERT_TRUE(publish_event(service.md(), id));
    for (std::uint64_t expected = 0; expected < 4; ++expected) {
        ASSERT_TRUE(bot.md().poll(view));
        EXPECT_EQ(event_id(view), expected);
        EXPECT_TRUE(bot.md().intact(view));
    }
    for (; id < 5000; ++id) ASSERT_TRUE(publish_event(service.md(), id));
    EXPECT_FALSE(bot.md().intact(view)) << "the view was overwritten meanwhile";
    EXPECT_EQ(bot.md().state(), ReadState::Lapped);
    Gap gap;
    ASSERT_TRUE(bot.md().resync(gap));
    EXPECT_EQ(gap.first, 3U);
    EXPECT_EQ(gap.count, 4997U);
    EXPECT_FALSE(bot.md().poll(view));
    ASSERT_TRUE(publish_event(service.md(), id));
    ASSERT_TRUE(bot.md().poll(view));
    EXPECT_EQ(event_id(view), 5000U);
}

TEST_F(BusTest, RefusesANameInUseAndLeavesItsOwnerAlone) {
    auto service = BusService::create("demo", small_options(), some_venue());
    expect_error([] { BusService other("demo", small_options(), some_venue()); }, ExitCode::Bus,
                 "'demo' is in use");
    EXPECT_NO_THROW(BusClient("demo", "bot"));
}

TEST_F(BusTest, NamesTheBusesThereAreWhenOneIsUnknown) {
    auto first = BusService::create("alpha", small_options(), some_venue());
    auto second = BusService::create("beta", small_options(), some_venue());
    expect_error([] { BusClient bot("gamma", "bot"); }, ExitCode::Bus, "no bus 'gamma'");
    expect_error([] { BusClient bot("gamma", "bot"); }, ExitCode::Bus, "alpha, beta");
    EXPECT_EQ(live_buses(), (std::vector<std::string>{"alpha", "beta"}));
}

TEST_F(BusTest, RefusesANameThatCouldLeaveTheRoot) {
    for (const char* name : {"", "..", "a/b", ".hidden", "a b"}) {
        expect_error([&] { BusService s(name, small_options(), some_venue()); }, ExitCode::Usage,
                     "cannot name a bus");
    }
}

TEST_F(BusTest, RefusesOptionsThatCannotBe) {
    BusOptions options = small_options();
    options.ring_bytes = 5000;
    expect_error([&] { BusService s("demo", options, some_venue()); }, ExitCode::Usage,
                 "powers of two");
    options = small_options();
    options.session_slots = 0;
    expect_error([&] { BusService s("demo", options, some_venue()); }, ExitCode::Usage,
                 "session slots");
}

TEST_F(BusTest, KeepsEverythingPrivateToItsUser) {
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient bot("demo", "bot");
    struct stat status {};
    for (const std::string& path : {bus_root(), bus_path("demo")}) {
        ASSERT_EQ(stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0700U) << path;
    }
    for (const std::string& path :
         {control_path("demo"), md_path("demo"), session_path("demo", 0)}) {
        ASSERT_EQ(stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0600U) << path;
    }
}

TEST_F(BusTest, TellsACloseFromADeath) {
    std::optional<BusService> service;
    service.emplace("demo", small_options(), some_venue());
    BusClient bot("demo", "bot");
    EXPECT_TRUE(bot.service_alive());
    EXPECT_FALSE(bot.closed());
    publish_event(service->md(), 0);
    service.reset();
    EXPECT_TRUE(bot.closed());
    EXPECT_FALSE(bot.service_alive());
    EXPECT_FALSE(fs::exists(bus_path("demo"))) << "a closed bus leaves nothing behind";
}

TEST_F(BusTest, TakesOverTheNameOfAServiceThatDied) {
    const pid_t child = spawn([] {
        BusService service("demo", small_options(), some_venue());
        raise(SIGSTOP);
    });
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    ASSERT_TRUE(WIFSTOPPED(status));
    BusClient orphan("demo", "orphan");
    EXPECT_TRUE(orphan.service_alive());
    expect_error([] { BusService s("demo", small_options(), some_venue()); }, ExitCode::Bus,
                 "in use");
    kill_and_wait(child);
    EXPECT_FALSE(orphan.service_alive());
    EXPECT_FALSE(orphan.closed());
    EXPECT_TRUE(live_buses().empty());

    auto service = BusService::create("demo", small_options(), some_venue());
    EXPECT_TRUE(next_events(service).empty()) << "the dead service's session is not the new one's";
    BusClient bot("demo", "bot");
    EXPECT_EQ(bot.slot(), 0U);
    EXPECT_EQ(next_events(service).size(), 1U);
    EXPECT_EQ(orphan.send(request(1)), SendResult::Sent) << "its memory is still its own";
}

TEST_F(BusTest, DoesNotAdmitABotThatMeantTheServiceBefore) {
    std::optional<BusService> service;
    service.emplace("demo", small_options(), some_venue());
    BusClient orphan("demo", "orphan");
    const std::string kept = root_.path() + "/kept";
    fs::create_hard_link(session_path("demo", 0), kept);
    service.reset();
    service.emplace("demo", small_options(), some_venue());
    // As if the bot had named its session just now, having mapped the old control.
    fs::create_hard_link(kept, session_path("demo", 0));
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(service->poll_sessions().empty());
    EXPECT_FALSE(orphan.admitted());
    EXPECT_FALSE(fs::exists(session_path("demo", 0)));
}

TEST_F(BusTest, ReplacesLeftoversOfAnotherLayoutAndOfNoLayout) {
    fs::create_directories(bus_path("demo"));
    std::ofstream(control_path("demo")) << "not a segment";
    std::ofstream(session_path("demo", 0)) << std::string(8192, '\xff');
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient bot("demo", "bot");
    EXPECT_EQ(bot.slot(), 0U);
    EXPECT_EQ(next_events(service).size(), 1U);
}

TEST_F(BusTest, RefusesToReadABusOfAnotherLayoutVersion) {
    auto service = BusService::create("demo", small_options(), some_venue());
    {
        std::fstream file(control_path("demo"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(offsetof(layout::SegmentHeader, layout_version));
        const std::uint32_t other = layout::kLayoutVersion + 1;
        file.write(reinterpret_cast<const char*>(&other), sizeof(other));
    }
    expect_error([] { BusClient bot("demo", "bot"); }, ExitCode::Bus, "another bus layout");
}

TEST_F(BusTest, RemovesOnlyBusesWhoseServiceDied) {
    const pid_t child = spawn([] {
        BusService service("dead", small_options(), some_venue());
        raise(SIGKILL);
    });
    waitpid(child, nullptr, 0);
    auto service = BusService::create("live", small_options(), some_venue());
    EXPECT_EQ(all_buses(), (std::vector<std::string>{"dead", "live"}));
    EXPECT_EQ(remove_dead_buses(), std::vector<std::string>{"dead"});
    EXPECT_EQ(all_buses(), std::vector<std::string>{"live"});
}

TEST_F(BusTest, StopsWaitingForABotThatDied) {
    auto service = BusService::create("demo", small_options(), some_venue());
    const pid_t child = spawn([] {
        BusClient bot("demo", "victim");
        bot.send(request(77));
        raise(SIGSTOP);
    });
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    ASSERT_TRUE(WIFSTOPPED(status));
    ASSERT_EQ(next_events(service).at(0).change, SessionChange::Attached);
    while (publish_event(service.md(), 0)) {
    }
    kill_and_wait(child);
    const auto events = next_events(service);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].change, SessionChange::Died);
    EXPECT_TRUE(publish_event(service.md(), 1));
    FrameView view;
    OrderRequest last;
    ASSERT_TRUE(events[0].session->requests().poll(view)) << "what it sent before is still there";
    ASSERT_TRUE(decode(view.payload, last));
    EXPECT_EQ(last.seq, 77U);
    EXPECT_TRUE(service.sessions().empty());
}

TEST_F(BusTest, SeesABotLeave) {
    auto service = BusService::create("demo", small_options(), some_venue());
    {
        BusClient bot("demo", "bot");
        next_events(service);
        bot.send(request(5));
    }
    const auto events = next_events(service);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].change, SessionChange::Detached);
    FrameView view;
    EXPECT_TRUE(events[0].session->requests().poll(view));
}

TEST_F(BusTest, GivesASlotToTheNextBotOnlyAfterTheServiceFreedIt) {
    auto service = BusService::create("demo", small_options(), some_venue());
    std::optional<BusClient> first;
    first.emplace("demo", "first");
    next_events(service);
    first.reset();
    BusClient second("demo", "second");
    EXPECT_EQ(second.slot(), 1U);
    next_events(service);
    service.poll_sessions();
    BusClient third("demo", "third");
    EXPECT_EQ(third.slot(), 0U);
    const auto events = next_events(service);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].session->client_name(), "third");
    EXPECT_EQ(service.sessions()[0]->slot(), 0U);
    EXPECT_EQ(service.sessions()[1]->slot(), 1U);
}

TEST_F(BusTest, RefusesABotWhenAllSlotsAreTaken) {
    BusOptions options = small_options();
    options.session_slots = 2;
    auto service = BusService::create("demo", options, some_venue());
    BusClient first("demo", "first");
    BusClient second("demo", "second");
    expect_error([] { BusClient third("demo", "third"); }, ExitCode::Bus, "all 2 session slots");
}

TEST_F(BusTest, ServesASequenceOfBotsThatAreAllKilled) {
    auto service = BusService::create("demo", small_options(), some_venue());
    for (int round = 0; round < 12; ++round) {
        const pid_t child = spawn([] {
            BusClient bot("demo", "victim");
            raise(SIGKILL);
        });
        waitpid(child, nullptr, 0);
        // Dead before it was admitted, or after: nothing of it stays.
        for (int i = 0; i < 8; ++i) service.poll_sessions();
        EXPECT_TRUE(service.sessions().empty());
        EXPECT_FALSE(fs::exists(session_path("demo", 0)));
    }
}

TEST_F(BusTest, ConnectsWhileTheServicePolls) {
    auto service = BusService::create("demo", small_options(), some_venue());
    const pid_t child = spawn([] {
        auto bot = BusClient::connect("demo", "bot");
        FrameView view;
        while (!bot.md().poll(view)) {
        }
        bot.send(request(event_id(view)));
    });
    next_events(service);
    while (service.sessions().empty()) service.poll_sessions();
    publish_event(service.md(), 99);
    FrameView view;
    auto& session = *service.sessions()[0];
    while (!session.requests().poll(view)) {
    }
    OrderRequest got;
    ASSERT_TRUE(decode(view.payload, got));
    EXPECT_EQ(got.seq, 99U);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_F(BusTest, GivesUpConnectingToAServiceThatDoesNotAdmit) {
    auto service = BusService::create("demo", small_options(), some_venue());
    expect_error([] { auto bot = BusClient::connect("demo", "bot", std::chrono::milliseconds(5)); },
                 ExitCode::Bus, "did not admit");
}

TEST_F(BusTest, LetsAnObserverSeeEverythingAndHoldNothing) {
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient bot("demo", "bot");
    next_events(service);
    for (std::uint64_t id = 0; id < 20; ++id) publish_event(service.md(), id);
    bot.send(request(3));
    bot.set_promise(44);

    BusObserver observer("demo");
    EXPECT_TRUE(observer.service_alive());
    EXPECT_EQ(observer.service_pid(), getpid());
    EXPECT_EQ(observer.info().venue, "simulated");
    EXPECT_EQ(observer.md().counters().frames, 20U);
    RingReader from_start = observer.md().reader(ReadFrom::Oldest);
    RingReader from_now = observer.md().reader(ReadFrom::Now);
    FrameView view;
    for (std::uint64_t id = 0; id < 20; ++id) {
        ASSERT_TRUE(from_start.poll(view));
        EXPECT_EQ(event_id(view), id);
        EXPECT_TRUE(from_start.intact(view));
    }
    EXPECT_FALSE(from_now.poll(view));
    publish_event(service.md(), 20);
    ASSERT_TRUE(from_now.poll(view));
    EXPECT_EQ(event_id(view), 20U);

    const auto sessions = observer.sessions();
    ASSERT_EQ(sessions.size(), 1U);
    EXPECT_EQ(sessions[0].client_name(), "bot");
    EXPECT_EQ(sessions[0].promise(), 44);
    EXPECT_TRUE(sessions[0].client_alive());
    RingReader requests = sessions[0].requests().reader(ReadFrom::Oldest);
    ASSERT_TRUE(requests.poll(view));
    EXPECT_EQ(view.type, FrameType::OrderRequest);

    ASSERT_TRUE(bot.admitted());
    for (std::uint64_t id = 21; id < 5000; ++id) {
        ASSERT_TRUE(publish_event(service.md(), id)) << "an observer held the writer back";
        ASSERT_TRUE(bot.md().poll(view));
        bot.md().release();
    }
    EXPECT_FALSE(from_now.poll(view));
    EXPECT_EQ(from_now.state(), ReadState::Lapped);
    RingReader oldest = observer.md().reader(ReadFrom::Oldest);
    ASSERT_TRUE(oldest.poll(view));
    EXPECT_EQ(event_id(view), view.sequence);
    EXPECT_TRUE(oldest.intact(view));
    EXPECT_GT(view.sequence, 5000U - 600U);
}

TEST_F(BusTest, StaysReadableAfterItsServiceDied) {
    const pid_t child = spawn([] {
        BusService service("demo", small_options(), some_venue());
        publish_event(service.md(), 42);
        std::byte* half = service.md().try_claim(64);
        half[0] = std::byte{1};
        raise(SIGKILL);
    });
    waitpid(child, nullptr, 0);
    BusObserver observer("demo");
    EXPECT_FALSE(observer.service_alive());
    RingReader reader = observer.md().reader(ReadFrom::Oldest);
    FrameView view;
    ASSERT_TRUE(reader.poll(view));
    EXPECT_EQ(event_id(view), 42U);
    EXPECT_FALSE(reader.poll(view)) << "a frame that was not published is not there";
}

}  // namespace
}  // namespace ringside::ipc
