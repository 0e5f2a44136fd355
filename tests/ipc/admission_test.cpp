#include <filesystem>
#include <optional>

#include <grp.h>
#include <sys/stat.h>

#include "tests/ipc/bus_fixture.hpp"

namespace ringside::ipc {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

/// Fills the gated ring; how much fitted.
std::uint64_t fill(RingWriter& md) {
    std::uint64_t id = 0;
    while (id < 100'000 && publish_event(md, id)) ++id;
    return id;
}

TEST_F(BusTest, TellsABotTooManyWhyAndWaitsForNothingOfIt) {
    auto service = BusService::create("demo", small_options(), some_venue());
    service.limit_bots(1, "one bot is enough");
    BusClient first("demo", "first");
    ASSERT_EQ(next_events(service).at(0).change, SessionChange::Attached);
    BusClient second("demo", "second");
    const auto events = next_events(service);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].change, SessionChange::Refused);
    EXPECT_EQ(events[0].session, nullptr);
    EXPECT_EQ(events[0].client_name, "second");
    EXPECT_FALSE(second.admitted());
    EXPECT_TRUE(second.dismissed());
    EXPECT_FALSE(first.dismissed());
    EXPECT_EQ(service.md().gates(), 1U);
    expect_error([&] { second.wait_admitted(std::chrono::seconds(10)); }, ExitCode::Bus,
                 "one bot is enough");
}

TEST_F(BusTest, IsNotHeldBackByARefusedBotThatWasStopped) {
    auto service = BusService::create("demo", small_options(), some_venue());
    service.limit_bots(0, "the doors are closed");
    const pid_t child = spawn_stopped([](auto stop) {
        BusClient bot("demo", "stopped");
        stop();
    });
    ASSERT_EQ(next_events(service).at(0).change, SessionChange::Refused);
    EXPECT_EQ(fill(service.md()), 100'000U);
    EXPECT_TRUE(fs::exists(session_path("demo", 0)));
    kill_and_wait(child);
    for (int i = 0; i < 8; ++i) service.poll_sessions();
    EXPECT_FALSE(fs::exists(session_path("demo", 0))) << "its slot is free again";
}

TEST_F(BusTest, GivesARefusedBotsSlotToTheNextOnceItLeft) {
    BusOptions options = small_options();
    options.session_slots = 1;
    auto service = BusService::create("demo", options, some_venue());
    service.limit_bots(0, "later");
    std::optional<BusClient> refused(std::in_place, "demo", "refused");
    ASSERT_EQ(next_events(service).at(0).change, SessionChange::Refused);
    expect_error([] { BusClient bot("demo", "next"); }, ExitCode::Bus, "session slots");
    refused.reset();
    service.limit_bots(1, "");
    service.poll_sessions();
    BusClient next("demo", "next");
    EXPECT_EQ(next_events(service).at(0).change, SessionChange::Attached);
    EXPECT_TRUE(next.admitted());
}

TEST_F(BusTest, NoLongerWaitsForAStoppedBotThatWasEvicted) {
    auto service = BusService::create("demo", small_options(), some_venue());
    const pid_t child = spawn_stopped([](auto stop) {
        BusClient bot("demo", "stopped");
        stop();
        _exit(bot.dismissed() && bot.dismissal() == "too slow" ? 17 : 1);
    });
    const auto events = next_events(service);
    ASSERT_EQ(events.at(0).change, SessionChange::Attached);
    EXPECT_LT(fill(service.md()), 100'000U) << "its gate does not hold";
    service.evict(*service.sessions()[0], "too slow");
    EXPECT_EQ(fill(service.md()), 100'000U);
    EXPECT_EQ(resume_and_wait(child), 17);
    EXPECT_EQ(next_events(service).at(0).change, SessionChange::Died);
}

TEST_F(BusTest, StaysWithTheOtherGatesWhenOneIsEvicted) {
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient stays("demo", "stays");
    BusClient goes("demo", "goes");
    service.poll_sessions();
    ASSERT_EQ(service.sessions().size(), 2U);
    service.evict(*service.sessions()[1], "not you");
    const std::uint64_t held = fill(service.md());
    EXPECT_LT(held, 100'000U);
    ASSERT_TRUE(stays.admitted());
    FrameView view;
    for (std::uint64_t id = 0; id < held; ++id) {
        ASSERT_TRUE(stays.md().poll(view));
        ASSERT_EQ(event_id(view), id);
    }
}

TEST_F(BusTest, ShowsSignsOfLifeToObservers) {
    auto service = BusService::create("demo", small_options(), some_venue());
    BusClient bot("demo", "bot");
    service.poll_sessions();
    const BusObserver observer("demo");
    const auto sessions = observer.sessions();
    ASSERT_EQ(sessions.size(), 1U);
    const std::uint64_t service_beats = observer.heartbeat();
    const std::uint64_t bot_beats = sessions[0].heartbeat();
    service.poll_sessions();
    for (int i = 0; i < 1000; ++i) bot.progress();
    EXPECT_EQ(observer.heartbeat(), service_beats + 1);
    EXPECT_GT(sessions[0].heartbeat(), bot_beats);
}

TEST_F(BusTest, ShowsObserversWhatALappedBotMissed) {
    BusOptions options = small_options();
    options.gated = false;
    auto service = BusService::create("demo", options, some_venue());
    BusClient bot("demo", "slow");
    service.poll_sessions();
    ASSERT_TRUE(bot.admitted());
    for (std::uint64_t id = 0; id < 5000; ++id) ASSERT_TRUE(publish_event(service.md(), id));
    FrameView view;
    EXPECT_FALSE(bot.md().poll(view));
    ASSERT_EQ(bot.md().state(), ReadState::Lapped);
    Gap gap;
    ASSERT_TRUE(bot.resync_md(gap));
    EXPECT_EQ(gap.first, 0U);
    EXPECT_EQ(gap.count, 5000U);
    const auto sessions = BusObserver("demo").sessions();
    EXPECT_EQ(sessions.at(0).md_overruns(), 1U);
    EXPECT_EQ(sessions.at(0).md_missed(), 5000U);
}

/// Publishes 100,000 events while the bot is stopped; the bot then checks what it is told. The
/// writer is never refused, which publish_event() says.
TEST_F(BusTest, LapsAStoppedLiveReaderWhichLearnsExactlyWhatItMissed) {
    BusOptions options = small_options();
    options.gated = false;
    auto service = BusService::create("demo", options, some_venue());
    const pid_t child = spawn_stopped([](auto stop) {
        BusClient bot("demo", "sleeper");
        stop();
        bot.wait_admitted(std::chrono::seconds(10));
        FrameView view;
        std::uint64_t next = 0;
        for (; next < 100; ++next) {
            if (!bot.md().poll(view) || event_id(view) != next || !bot.md().intact(view)) _exit(1);
        }
        stop();
        if (bot.md().poll(view) || bot.md().state() != ReadState::Lapped) _exit(2);
        Gap gap;
        if (!bot.resync_md(gap) || gap.first != 100 || gap.count != 99'900) _exit(3);
        stop();
        for (next = 100'000; next < 100'050; ++next) {
            if (!bot.md().poll(view) || event_id(view) != next || !bot.md().intact(view)) _exit(4);
        }
        _exit(0);
    });
    const auto go_on = [child] {
        kill(child, SIGCONT);
        int status = 0;
        waitpid(child, &status, WUNTRACED);
        ASSERT_TRUE(WIFSTOPPED(status)) << status;
    };
    service.poll_sessions();
    for (std::uint64_t id = 0; id < 100; ++id) ASSERT_TRUE(publish_event(service.md(), id));
    go_on();
    for (std::uint64_t id = 100; id < 100'000; ++id) ASSERT_TRUE(publish_event(service.md(), id));
    go_on();
    for (std::uint64_t id = 100'000; id < 100'050; ++id) publish_event(service.md(), id);
    EXPECT_EQ(resume_and_wait(child), 0);
}

TEST_F(BusTest, OpensABusToAGroupByOption) {
    const struct group* own = getgrgid(getegid());
    if (own == nullptr) GTEST_SKIP() << "this process's group has no name";
    BusOptions options = small_options();
    options.group = own->gr_name;
    const mode_t before = umask(077);
    auto service = BusService::create("demo", options, some_venue());
    BusClient bot("demo", "bot");
    umask(before);
    struct stat status {};
    ASSERT_EQ(stat(bus_root().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0750U);
    ASSERT_EQ(stat(bus_path("demo").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 02770U);
    for (const std::string& path :
         {control_path("demo"), md_path("demo"), session_path("demo", 0)}) {
        ASSERT_EQ(stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, 0660U) << path;
        EXPECT_EQ(status.st_gid, own->gr_gid) << path;
    }
    options.group = "no-such-group-anywhere";
    expect_error([&] { BusService s("other", options, some_venue()); }, ExitCode::Usage,
                 "no-such-group-anywhere");
}

TEST_F(BusTest, WorksWithAndWithoutPrefaultAndHugePages) {
    for (const SegmentPages pages : {SegmentPages{true, true}, SegmentPages{false, false}}) {
        BusOptions options = small_options();
        options.md_ring_bytes = std::size_t{4} << 20;
        options.md_pages = pages;
        auto service = BusService::create("demo", options, some_venue());
        BusClient bot("demo", "bot");
        service.poll_sessions();
        ASSERT_TRUE(bot.admitted());
        FrameView view;
        for (std::uint64_t id = 0; id < 50'000; ++id) {
            ASSERT_TRUE(publish_event(service.md(), id));
            ASSERT_TRUE(bot.md().poll(view));
            ASSERT_EQ(event_id(view), id);
            bot.md().release();
        }
    }
}

}  // namespace
}  // namespace ringside::ipc
