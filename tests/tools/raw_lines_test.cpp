#include "tools/ringside/raw_lines.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/raw_file.hpp"
#include "tools/ringside/random.hpp"

namespace ringside {
namespace {

using test::expect_error;
using test::gzipped;
using test::TempDir;
using test::zstd_packed;

std::vector<std::string> lines_of(const std::filesystem::path& path,
                                  Truncation truncation = Truncation::Refuse) {
    RawLines lines(path, truncation);
    std::vector<std::string> all;
    std::string_view line;
    while (lines.next(line)) all.emplace_back(line);
    EXPECT_EQ(lines.line_no(), all.size());
    return all;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

TEST(RawLines, GivesEachLineAndTheLastOneWithoutLineFeed) {
    const TempDir dir;
    const auto path = dir.write("a.gz", gzipped("one\n\nthree"));
    EXPECT_EQ(lines_of(path), (std::vector<std::string>{"one", "", "three"}));
}

TEST(RawLines, JoinsMembersOfAnySizeAndCompression) {
    const TempDir dir;
    Random random(20);
    for (int round = 0; round < 15; ++round) {
        std::string text;
        std::string file;
        for (int member = 0; member < 12; ++member) {
            const int sizes[] = {0, 1, 30, 3'000, 300'000};
            std::string part;
            for (auto left = random.below(1 + static_cast<std::uint32_t>(sizes[random.below(5)]));
                 left > 0; --left) {
                part += "abcdefg\n"[random.below(8)];
            }
            text += part;
            file += gzipped(part, static_cast<int>(random.below(10)));
            if (random.percent(25)) file.append(static_cast<std::size_t>(random.below(700)), '\0');
        }
        EXPECT_EQ(lines_of(dir.write("a.gz", file)), split(text)) << "round " << round;
    }
}

TEST(RawLines, TakesALineLongerThanItsBuffer) {
    const TempDir dir;
    const std::string longest(5'000'000, 'x');
    const auto lines = lines_of(dir.write("a.gz", gzipped("a\n" + longest + "\nb\n")));
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[1], longest);
    EXPECT_EQ(lines[2], "b");
}

TEST(RawLines, RefusesATruncatedFileWhereverItIsCut) {
    const TempDir dir;
    std::string text;
    for (int i = 0; i < 60; ++i) text += std::to_string(i * 7919) + "\n";
    const std::string whole = gzipped(text);
    for (std::size_t size = 1; size < whole.size(); ++size) {
        const auto path = dir.write("cut.gz", whole.substr(0, size));
        expect_error([&] { lines_of(path); }, ExitCode::Data, "cut.gz: the compressed data ends");
    }
}

TEST(RawLines, GivesTheWholeLinesOfAnAcceptedTruncatedFile) {
    const TempDir dir;
    std::string text;
    for (int i = 0; i < 2'000; ++i) text += std::to_string(i * 7919) + "\n";
    const auto all = split(text);
    const std::string whole = gzipped(text);
    for (std::size_t size = 1; size < whole.size(); size += 97) {
        const auto path = dir.write("cut.gz", whole.substr(0, size));
        const auto some = lines_of(path, Truncation::Accept);
        ASSERT_LE(some.size(), all.size());
        EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << "cut at " << size;
    }
}

TEST(RawLines, RefusesFilesOfAnotherKind) {
    const TempDir dir;
    expect_error([&] { lines_of(dir / "absent.gz"); }, ExitCode::Data,
                 "absent.gz: cannot be opened");
    expect_error([&] { lines_of(dir.path()); }, ExitCode::Data, "is a directory");
    const auto empty = dir.write("empty.gz", "");
    expect_error([&] { lines_of(empty); }, ExitCode::Data, "the file is empty");
    const auto text = dir.write("text.gz", "1700000000000000000 {}\n");
    expect_error([&] { lines_of(text); }, ExitCode::Data, "not a gzip file");
    const auto tail = dir.write("tail.gz", gzipped("a\n") + "more");
    expect_error([&] { lines_of(tail); }, ExitCode::Data, "something else follows");
}

TEST(RawLines, RefusesDamagedData) {
    const TempDir dir;
    std::string text;
    for (int i = 0; i < 5'000; ++i) text += std::to_string(i * 7919) + "\n";
    const std::string whole = gzipped(text);
    for (std::size_t at = 20; at < whole.size(); at += whole.size() / 50) {
        std::string bad = whole;
        bad[at] = static_cast<char>(bad[at] ^ 0x15);
        const auto path = dir.write("bad.gz", bad);
        const auto error = test::error_of([&] { lines_of(path); });
        ASSERT_TRUE(error.has_value()) << "byte " << at;
        EXPECT_EQ(error->code(), ExitCode::Data);
    }
}

std::string numbers(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(i * 7919) + "\n";
    return text;
}

TEST(RawLines, ReadsFramesOfZstandardWhateverTheNameSays) {
    const TempDir dir;
    const std::string text = numbers(90'000);
    const std::string file = zstd_packed(text) + zstd_packed("") + zstd_packed("last");
    EXPECT_EQ(lines_of(dir.write("a.gz", file)), split(text + "last"));
}

TEST(RawLines, TakesWhatAFlushSavedOfACutZstandardFrame) {
    const TempDir dir;
    const std::string before = numbers(400);
    const std::string flushed = zstd_packed(before, ZSTD_e_flush);
    const std::string whole = zstd_packed(before + numbers(300));
    const auto path = dir.write("a.zst", flushed);
    expect_error([&] { lines_of(path); }, ExitCode::Data, "--allow-truncated");
    EXPECT_EQ(lines_of(path, Truncation::Accept), split(before));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto cut = dir.write("b.zst", whole.substr(0, size));
        expect_error([&] { lines_of(cut); }, ExitCode::Data, "--allow-truncated");
        EXPECT_NO_THROW(lines_of(cut, Truncation::Accept)) << "cut at " << size;
    }
}

TEST(RawLines, RefusesDamagedZstandardData) {
    const TempDir dir;
    const std::string whole = zstd_packed(numbers(5'000));
    for (std::size_t at = 6; at < whole.size(); at += whole.size() / 50) {
        std::string bad = whole;
        bad[at] = static_cast<char>(bad[at] ^ 0x15);
        const auto path = dir.write("bad.zst", bad);
        const auto error = test::error_of([&] { lines_of(path); });
        ASSERT_TRUE(error.has_value()) << "byte " << at;
        EXPECT_EQ(error->code(), ExitCode::Data);
    }
    const auto tail = dir.write("tail.zst", whole + "more of it");
    expect_error([&] { lines_of(tail); }, ExitCode::Data, "something else follows");
}

}  // namespace
}  // namespace ringside
