#include "ipc/segment.hpp"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/ipc/bus_fixture.hpp"

namespace ringside::ipc {
namespace {

namespace fs = std::filesystem;
using layout::SegmentHeader;
using layout::SegmentKind;
using test::expect_error;

/// The control segment of a bus whose service was killed.
class DeadBus : public BusTest {
  protected:
    void SetUp() override {
        const pid_t child = spawn([] {
            BusService service("demo", small_options(), some_venue());
            raise(SIGKILL);
        });
        waitpid(child, nullptr, 0);
        ASSERT_TRUE(fs::exists(control_path("demo")));
    }
    template <typename T>
    void overwrite(std::size_t offset, const T& value) const {
        std::fstream file(control_path("demo"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(offset));
        file.write(reinterpret_cast<const char*>(&value), sizeof(value));
    }
    SegmentState state() const {
        SegmentState state = SegmentState::Missing;
        const auto segment =
            Segment::open(control_path("demo"), SegmentKind::Control, Access::ReadOnly, state);
        EXPECT_EQ(segment.has_value(), state == SegmentState::Good);
        return state;
    }
    /// Nobody can use it, and the next service of that name simply takes its place.
    void expect_replaced() const {
        expect_error([] { BusClient bot("demo", "bot"); }, ExitCode::Bus, "demo");
        auto service = BusService::create("demo", small_options(), some_venue());
        BusClient bot("demo", "bot");
        EXPECT_EQ(next_events(service).at(0).change, SessionChange::Attached);
    }
};

TEST_F(DeadBus, IsReplacedWhenItsOwnerDied) {
    EXPECT_EQ(state(), SegmentState::Good);
    expect_replaced();
}

TEST_F(DeadBus, IsReplacedWhenFromAnEarlierBoot) {
    overwrite(offsetof(SegmentHeader, boot_id), std::array<char, 8>{'0', '0', '0', '0', '0'});
    EXPECT_EQ(state(), SegmentState::OtherBoot);
    expect_replaced();
}

TEST_F(DeadBus, IsReplacedWhenOfAnotherLayoutVersion) {
    overwrite(offsetof(SegmentHeader, layout_version), layout::kLayoutVersion + 1);
    EXPECT_EQ(state(), SegmentState::OtherVersion);
    expect_replaced();
}

TEST_F(DeadBus, IsReplacedWhenOfAnotherByteOrder) {
    overwrite(offsetof(SegmentHeader, byte_order), 0x04030201U);
    EXPECT_EQ(state(), SegmentState::Foreign);
    expect_replaced();
}

TEST_F(DeadBus, IsReplacedWhenItsOwnersPidIsSomebodyElsesNow) {
    // This process runs, has the pid that the header names, and holds no lock.
    overwrite(offsetof(SegmentHeader, creator_pid), getpid());
    EXPECT_EQ(state(), SegmentState::Good);
    EXPECT_FALSE(segment_owner_alive(control_path("demo")));
    EXPECT_TRUE(live_buses().empty());
    expect_replaced();
}

TEST_F(DeadBus, IsReplacedWhenCutAnywhere) {
    const auto whole = fs::file_size(control_path("demo"));
    for (const std::uintmax_t size :
         {whole - 1, whole - 4096, std::uintmax_t{4096}, std::uintmax_t{100}, std::uintmax_t{0}}) {
        fs::resize_file(control_path("demo"), size);
        EXPECT_EQ(state(), SegmentState::Foreign) << size;
    }
    expect_replaced();
}

TEST_F(DeadBus, IsReplacedWhenReadOnly) {
    fs::permissions(control_path("demo"), fs::perms::owner_read);
    fs::permissions(md_path("demo"), fs::perms::owner_read);
    expect_replaced();
}

TEST_F(DeadBus, IsNeitherFollowedNorWaitedForWhenItIsNoFile) {
    fs::remove(control_path("demo"));
    ASSERT_EQ(mkfifo(control_path("demo").c_str(), 0600), 0);
    EXPECT_NE(state(), SegmentState::Good);
    fs::remove(control_path("demo"));
    fs::create_symlink("/etc/passwd", control_path("demo"));
    EXPECT_EQ(state(), SegmentState::Foreign);
    expect_replaced();
    EXPECT_TRUE(fs::exists("/etc/passwd"));
}

TEST_F(DeadBus, IsNotTouchedByCleaningWhileADryRun) {
    const Cleaning would = clean_bus("demo", true);
    EXPECT_EQ(would.outcome, Cleaning::Outcome::Removed);
    EXPECT_GT(would.bytes, std::uint64_t{1} << 16);
    EXPECT_EQ(would.files, 2U);
    ASSERT_TRUE(fs::exists(control_path("demo")));
    const Cleaning did = clean_bus("demo");
    EXPECT_EQ(did.outcome, Cleaning::Outcome::Removed);
    EXPECT_NE(did.reason.find("has ended"), std::string::npos) << did.reason;
    EXPECT_FALSE(fs::exists(bus_path("demo")));
}

using LiveBus = BusTest;

TEST_F(LiveBus, IsNeverRemovedWhateverItsFilesSay) {
    auto service = BusService::create("demo", small_options(), some_venue());
    // As a service of another release would look.
    std::fstream file(control_path("demo"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offsetof(SegmentHeader, layout_version));
    const std::uint32_t other = layout::kLayoutVersion + 7;
    file.write(reinterpret_cast<const char*>(&other), sizeof(other));
    file.close();
    EXPECT_EQ(clean_bus("demo").outcome, Cleaning::Outcome::Live);
    expect_error([] { BusService s("demo", small_options(), some_venue()); }, ExitCode::Bus,
                 "in use");
    EXPECT_TRUE(fs::exists(md_path("demo")));
}

TEST_F(LiveBus, IsRefusedToOtherUsersByName) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    auto service = BusService::create("demo", small_options(), some_venue());
    const pid_t child = spawn([] {
        constexpr uid_t kNobody = 65534;
        if (setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(1);
        const auto client = test::error_of([] { BusClient bot("demo", "bot"); });
        if (!client || client->code() != ExitCode::Bus ||
            std::string(client->what()).find("another user") == std::string::npos) {
            _exit(2);
        }
        const auto observer = test::error_of([] { BusObserver bus("demo"); });
        if (!observer || observer->code() != ExitCode::Bus) _exit(3);
        const auto second =
            test::error_of([] { BusService s("mine", small_options(), some_venue()); });
        if (!second || second->code() != ExitCode::Io ||
            std::string(second->what()).find("another user") == std::string::npos) {
            _exit(4);
        }
    });
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(LiveBus, DoesNotMoveIntoADirectoryThatAnotherUserMade) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
    fs::create_directories(root_.path());
    ASSERT_EQ(chown(root_.path().c_str(), 65534, 65534), 0);
    expect_error([] { BusService s("demo", small_options(), some_venue()); }, ExitCode::Io,
                 "another user");
    ASSERT_EQ(chown(root_.path().c_str(), 0, 0), 0);
    fs::remove_all(root_.path());
    fs::create_symlink("/dev/shm", root_.path());
    expect_error([] { BusService s("demo", small_options(), some_venue()); }, ExitCode::Io,
                 "is not a directory");
    fs::remove(root_.path());
}

/// Ends with 0 if a service under `limit` failed with Io and a message that says how to go on.
void expect_no_room() {
    BusOptions options = small_options();
    options.md_ring_bytes = std::size_t{16} << 20;
    for (const bool huge : {false, true}) {
        options.md_pages.huge = huge;
        const auto error = test::error_of([&] { BusService s("demo", options, some_venue()); });
        if (!error || error->code() != ExitCode::Io) _exit(3);
        if (std::string(error->what()).find("no room") == std::string::npos) _exit(4);
        if (fs::exists(bus_path("demo"))) _exit(5);
    }
}

TEST_F(LiveBus, FailsAtItsStartWhenItsFilesMayNotBeThatLarge) {
    const pid_t child = spawn([] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{1 << 20, 1 << 20};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
        expect_no_room();
    });
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(LiveBus, FailsAtItsStartWhenSharedMemoryIsFull) {
    fs::create_directories(root_.path());
    constexpr int kNotAllowed = 77;
    const pid_t child = spawn([&] {
        if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, "") ||
            mount("tmpfs", root_.path().c_str(), "tmpfs", 0, "size=4m,mode=0700") != 0) {
            _exit(kNotAllowed);
        }
        expect_no_room();
    });
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
    if (WEXITSTATUS(status) == kNotAllowed) GTEST_SKIP() << "no right to mount a small tmpfs";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace ringside::ipc
