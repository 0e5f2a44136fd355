#include "tools/ringside/read_ahead_text.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace ringside {
namespace {

/// Gives its parts one by one, then ends, cut or not, or throws.
class ScriptedText final : public PackedText {
  public:
    enum class End { Whole, Cut, Fault };

    ScriptedText(std::vector<std::string> parts, End end) : parts_(std::move(parts)), end_(end) {}

    std::size_t read(std::span<char> out) override {
        if (given_ == parts_.size()) {
            if (end_ == End::Fault) fail(ExitCode::Data, "damaged behind part {}", given_);
            truncated_ = end_ == End::Cut;
            return 0;
        }
        const std::string& part = parts_[given_++];
        EXPECT_LE(part.size(), out.size());
        std::ranges::copy(part, out.begin());
        return part.size();
    }
    std::uint64_t bytes_read() const noexcept override { return 10 * given_; }
    bool truncated() const noexcept override { return truncated_; }

  private:
    const std::vector<std::string> parts_;
    const End end_;
    std::size_t given_ = 0;
    bool truncated_ = false;
};

using End = ScriptedText::End;

ReadAheadText ahead_of(std::vector<std::string> parts, End end) {
    return ReadAheadText(std::make_unique<ScriptedText>(std::move(parts), end));
}

std::string read_all(PackedText& text, std::size_t step) {
    std::string all;
    std::vector<char> room(step);
    while (const std::size_t filled = text.read(room)) all.append(room.data(), filled);
    return all;
}

TEST(ReadAheadText, GivesWhatTheTextGivesInPiecesOfAnySize) {
    std::vector<std::string> parts;
    std::string whole;
    for (int i = 0; i < 40; ++i) {
        parts.push_back(
            std::string(static_cast<std::size_t>(1 + i * 37), static_cast<char>('a' + i % 26)));
        whole += parts.back();
    }
    for (const std::size_t step : {1UL, 7UL, 1000UL, 100'000UL}) {
        ReadAheadText text = ahead_of(parts, End::Whole);
        EXPECT_EQ(read_all(text, step), whole) << step;
        EXPECT_FALSE(text.truncated());
    }
}

TEST(ReadAheadText, TellsHowMuchOfTheFileWasReadForWhatItHasGiven) {
    ReadAheadText text = ahead_of({"one", "two", "three"}, End::Cut);
    std::vector<char> room(100);
    EXPECT_EQ(text.bytes_read(), 0U);
    for (const std::uint64_t read : {10U, 20U, 30U}) {
        EXPECT_GT(text.read(room), 0U);
        EXPECT_EQ(text.bytes_read(), read);
        EXPECT_FALSE(text.truncated());
    }
    EXPECT_EQ(text.read(room), 0U);
    EXPECT_TRUE(text.truncated());
    EXPECT_EQ(text.read(room), 0U);
}

TEST(ReadAheadText, ThrowsWhatTheTextThrewBehindAllThatCameBefore) {
    ReadAheadText text = ahead_of({"one", "two"}, End::Fault);
    std::vector<char> room(100);
    EXPECT_EQ(text.read(room), 3U);
    EXPECT_EQ(text.read(room), 3U);
    EXPECT_THROW(text.read(room), Error);
}

TEST(ReadAheadText, EndsQuietlyWhenTheReaderStopsHalfWay) {
    const std::vector<std::string> parts(1000, std::string(1000, 'x'));
    for (int read = 0; read < 20; ++read) {
        ReadAheadText text = ahead_of(parts, End::Whole);
        std::vector<char> room(1000);
        for (int i = 0; i < read; ++i) EXPECT_EQ(text.read(room), 1000U);
    }
}

}  // namespace
}  // namespace ringside
