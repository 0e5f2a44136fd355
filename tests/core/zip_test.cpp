#include <gtest/gtest.h>

#include "core/zip_archive.hpp"
#include "core/zip_writer.hpp"
#include "tests/core/file_bytes.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside {
namespace {

using test::expect_error;
using test::read_file;
using test::TempDir;
using test::ZipBytes;

std::string content_of(const std::filesystem::path& file, std::string_view member,
                       std::size_t step = 1000) {
    const ZipArchive archive(std::make_shared<const InputFile>(file));
    const auto stream = archive.open(archive.find(member));
    std::string content;
    std::vector<std::byte> part(step);
    while (const std::size_t count = stream->read(part)) {
        content.append(reinterpret_cast<const char*>(part.data()), count);
    }
    return content;
}

std::string sample(std::size_t size, std::uint64_t seed = 3) {
    std::mt19937_64 random(seed);
    std::string text;
    while (text.size() < size) text += std::to_string(random() % 4096) + ' ';
    text.resize(size);
    return text;
}

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(ZipArchive, ReadsStoredAndDeflatedMembers) {
    const TempDir dir;
    const std::string content = sample(300'000);
    for (const std::uint16_t method : {std::uint16_t{0}, std::uint16_t{8}}) {
        const auto file = dir.write("a.zip", ZipBytes()
                                                 .add("first", "x", {.method = method})
                                                 .add("second", content, {.method = method})
                                                 .add("empty", "", {.method = method})
                                                 .finish("a comment"));
        EXPECT_EQ(content_of(file, "first"), "x");
        EXPECT_EQ(content_of(file, "second"), content);
        EXPECT_EQ(content_of(file, "second", 1), content);
        EXPECT_EQ(content_of(file, "second", 1 << 20), content);
        EXPECT_EQ(content_of(file, "empty"), "");
    }
}

TEST(ZipArchive, ReadsThe64BitExtension) {
    const TempDir dir;
    const std::string content = sample(50'000);
    const auto file = dir.write(
        "a.zip",
        ZipBytes().add("first", sample(999)).add("second", content, {.wide = true}).finish());
    EXPECT_EQ(content_of(file, "second"), content);
}

TEST(ZipArchive, ListsTheMembersWhenOneIsMissing) {
    const TempDir dir;
    const auto file = dir.write("a.npz", ZipBytes().add("x.npy", "1").add("y.npy", "2").finish());
    expect_error([&] { content_of(file, "data.npy"); }, ExitCode::Data,
                 "no member data.npy; the archive holds x.npy, y.npy");
}

TEST(ZipArchive, RefusesWhatItCannotUnpack) {
    const TempDir dir;
    const auto refuses = [&](ZipBytes::Options options, const std::string& part) {
        const auto file = dir.write("a.zip", ZipBytes().add("m", sample(1000), options).finish());
        expect_error([&] { content_of(file, "m"); }, ExitCode::Data, part);
    };
    refuses({.method = 12}, "compression method 12");
    refuses({.flags = 1}, "encrypted");
    refuses({.crc_xor = 1}, "CRC");
    refuses({.method = 0, .crc_xor = 1}, "CRC");
    refuses({.size_added = 1}, "data end early");
    refuses({.size_added = ~std::uint64_t{0}}, "data go on after the end");
    refuses({.wide = true, .size_added = 1ULL << 50}, "cannot unpack");
    refuses({.method = 0, .size_added = 1}, "cannot unpack");
}

TEST(ZipArchive, RefusesWhatIsNotAnArchive) {
    const TempDir dir;
    for (const char* text : {"", "P", "some text that is longer than an end record is"}) {
        const auto file = dir.write("a.zip", text);
        expect_error([&] { content_of(file, "m"); }, ExitCode::Data, "not a zip archive");
    }
    expect_error([&] { content_of(dir.path(), "m"); }, ExitCode::Data, "not a regular file");
    expect_error([&] { content_of(dir / "absent.zip", "m"); }, ExitCode::Data, "absent.zip");
}

TEST(ZipWriter, WritesWhatTheArchiveReads) {
    const TempDir dir;
    const std::string big = sample(700'000);
    for (int level = 0; level <= 9; ++level) {
        ZipWriter writer(dir / "a.zip", level);
        writer.begin_member("headed", 5);
        for (std::size_t at = 0; at < big.size(); at += 70'000) {
            writer.write(bytes(std::string_view(big).substr(at, 70'000)));
        }
        writer.end_member(bytes("12345"));
        writer.begin_member("empty", 0);
        writer.end_member({});
        writer.begin_member("head only", 3);
        writer.end_member(bytes("abc"));
        writer.finish();
        EXPECT_EQ(content_of(dir / "a.zip", "headed"), "12345" + big) << level;
        EXPECT_EQ(content_of(dir / "a.zip", "empty"), "");
        EXPECT_EQ(content_of(dir / "a.zip", "head only"), "abc");
        if (level > 0) {
            EXPECT_LT(std::filesystem::file_size(dir / "a.zip"), big.size());
        }
    }
}

TEST(ZipWriter, WritesTheSameBytesHoweverTheContentIsCut) {
    const TempDir dir;
    const std::string content = sample(300'000);
    for (const int level : {0, 6}) {
        std::vector<std::string> files;
        for (const std::size_t step : {std::size_t{64}, std::size_t{300'000}}) {
            ZipWriter writer(dir / "a.zip", level);
            writer.begin_member("m", 0);
            for (std::size_t at = 0; at < content.size(); at += step) {
                writer.write(bytes(std::string_view(content).substr(at, step)));
            }
            writer.end_member({});
            writer.finish();
            files.push_back(read_file(dir / "a.zip"));
        }
        EXPECT_EQ(files[0], files[1]) << level;
    }
}

TEST(ZipWriter, RefusesALevelThatDoesNotExist) {
    const TempDir dir;
    expect_error([&] { ZipWriter(dir / "a.zip", 10); }, ExitCode::Usage, "level 10");
    EXPECT_EQ(dir.count(), 0U);
}

}  // namespace
}  // namespace ringside
