#include "collectord/recorder.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/ringside/raw_lines.hpp"

namespace ringside::collectord {
namespace {

constexpr Nanos kMidnight = 1'723'161'600 * kSecond;  // 2024-08-09 00:00:00 UTC

CollectorConfig config_in(const std::filesystem::path& directory) {
    CollectorConfig config;
    config.symbols = {"BTCUSDT", "ETHUSDT"};
    config.directory = directory;
    return config;
}

std::set<std::string> names_in(const std::filesystem::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        names.insert(entry.path().filename());
    }
    return names;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::vector<std::string> lines;
    RawLines input(file);
    for (std::string_view line; input.next(line);) lines.emplace_back(line);
    return lines;
}

TEST(Recorder, BeginsANewFileForEachDayOrHour) {
    const test::TempDir dir;
    for (const auto rotation : {Rotation::Daily, Rotation::Hourly}) {
        auto config = config_in(dir.path());
        config.rotation = rotation;
        Recorder recorder(config, [] {});
        recorder.write(0, kMidnight - 3601 * kSecond, "one");
        recorder.write(0, kMidnight - 1, "two");
        recorder.write(1, kMidnight - 1, "other");
        recorder.write(0, kMidnight, "three");
        recorder.stop();
        if (rotation == Rotation::Hourly) continue;
        EXPECT_EQ(names_in(dir.path()), (std::set<std::string>{"btcusdt_20240808T225959Z.gz",
                                                               "btcusdt_20240809T000000Z.gz",
                                                               "ethusdt_20240808T235959Z.gz"}));
        EXPECT_EQ(lines_of(dir / "btcusdt_20240808T225959Z.gz"),
                  (std::vector<std::string>{"1723157999000000000 one", "1723161599999999999 two"}));
        EXPECT_EQ(lines_of(dir / "btcusdt_20240809T000000Z.gz"),
                  (std::vector<std::string>{"1723161600000000000 three"}));
    }
    // Nothing that was there is touched.
    EXPECT_EQ(names_in(dir.path()),
              (std::set<std::string>{"btcusdt_20240808T225959Z.gz", "btcusdt_20240808T225959Z_1.gz",
                                     "btcusdt_20240808T235959Z.gz", "btcusdt_20240809T000000Z.gz",
                                     "btcusdt_20240809T000000Z_1.gz", "ethusdt_20240808T235959Z.gz",
                                     "ethusdt_20240808T235959Z_1.gz"}));
}

TEST(Recorder, KeepsALineALine) {
    const test::TempDir dir;
    Recorder recorder(config_in(dir.path()), [] {});
    recorder.write(0, kMidnight, "{\"a\":\n 1}\n");
    recorder.stop();
    EXPECT_EQ(lines_of(dir / "btcusdt_20240809T000000Z.gz"),
              (std::vector<std::string>{"1723161600000000000 {\"a\":  1} "}));
}

TEST(Recorder, TellsWhenTheDiskRefuses) {
    const test::TempDir dir;
    std::atomic<bool> told{false};
    Recorder recorder(config_in(dir / "folder"), [&] { told = true; });
    std::filesystem::remove_all(dir / "folder");
    recorder.write(0, kMidnight, "words");
    test::expect_error([&] { recorder.stop(); }, ExitCode::Io, "cannot be created");
    EXPECT_TRUE(told);
    test::expect_error([&] { Recorder none(config_in(dir.write("file", "") / "x"), [] {}); },
                       ExitCode::Io, "cannot be created");
}

TEST(Recorder, WritesZstandardThatIsWholeAfterEachFlush) {
    const test::TempDir dir;
    auto config = config_in(dir.path());
    config.compression = Compression::Zstd;
    config.level = 3;
    Recorder recorder(config, [] {});
    recorder.write(0, kMidnight, "one");
    recorder.stop();
    EXPECT_EQ(lines_of(dir / "btcusdt_20240809T000000Z.zst"),
              (std::vector<std::string>{"1723161600000000000 one"}));
}

class Segment : public testing::TestWithParam<Compression> {};

TEST_P(Segment, CanBeReadUpToTheLastFlushWhateverBecomesOfItsWriter) {
    const test::TempDir dir;
    std::filesystem::path path;
    {
        SegmentFile file(dir.path(), "x", kMidnight, GetParam(), 3);
        path = file.path();
        for (int i = 0; i < 50'000; ++i) file.write(std::to_string(i * 7919) + "\n");
        file.flush();
        // Less than a block: it stays in memory, and is lost.
        file.write("lost\n");
    }
    RawLines input(path, Truncation::Accept);
    int lines = 0;
    for (std::string_view line; input.next(line); ++lines) {
        ASSERT_EQ(line, std::to_string(lines * 7919));
    }
    EXPECT_EQ(lines, 50'000);
    EXPECT_TRUE(input.truncated());
}

TEST_P(Segment, AFullDiskIsToldAndLosesNothingThatWasFlushed) {
    const test::TempDir dir;
    SegmentFile file(dir.path(), "x", kMidnight, GetParam(), 1);
    file.write("kept\n");
    file.flush();
    // The system refuses files larger than this, as it does on a full disk.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 4096;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    test::expect_error(
        [&] {
            std::uint64_t random = 1;
            for (int i = 0; i < 100'000; ++i) {
                random = random * 6364136223846793005 + 1442695040888963407;
                file.write(std::to_string(random));
                if (i % 100 == 0) file.flush();
            }
        },
        ExitCode::Io, "--allow-truncated");
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    RawLines input(file.path(), Truncation::Accept);
    std::string_view line;
    ASSERT_TRUE(input.next(line));
    EXPECT_EQ(line, "kept");
}

INSTANTIATE_TEST_SUITE_P(Both, Segment, testing::Values(Compression::Gzip, Compression::Zstd),
                         [](const auto& one) {
                             return one.param == Compression::Gzip ? "Gzip" : "Zstd";
                         });

TEST(Recorder, EndsWithWholeFilesBeforeTheDiskIsFull) {
    const test::TempDir dir;
    auto config = config_in(dir.path());
    config.free_bytes_min = std::uint64_t{1} << 60;
    std::atomic<bool> told{false};
    Recorder recorder(config, [&] { told = true; });
    recorder.write(0, kMidnight, "one");
    recorder.write(1, kMidnight, "two");
    while (!told) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    test::expect_error([&] { recorder.stop(); }, ExitCode::Io, "free_space_min is");
    // What was there when it was noticed is whole; the lines may have come later.
    for (const auto& name : names_in(dir.path())) {
        EXPECT_EQ(lines_of(dir / name).size(), 1u) << name;
    }
}

}  // namespace
}  // namespace ringside::collectord
