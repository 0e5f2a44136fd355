#include "collectord/recorder.hpp"

#include <atomic>
#include <filesystem>
#include <set>
#include <string>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ringside::collectord
