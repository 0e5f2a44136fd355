#include "core/packed_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "core/event_file.hpp"
#include "core/row_writer.hpp"
#include "tests/core/file_bytes.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside {
namespace {

using test::bytes_of;
using test::expect_error;
using test::TempDir;

std::filesystem::path write(const TempDir& dir, std::span<const Event> rows,
                            const char* name = "a.rsev") {
    PackedWriter writer(dir / name);
    writer.append(rows);
    writer.finish();
    return dir / name;
}

std::vector<Event> read(const std::filesystem::path& path, std::size_t room = 1000) {
    PackedFile file(path);
    std::vector<Event> rows;
    std::vector<Event> part(room);
    while (const std::size_t count = file.read(part)) {
        rows.insert(rows.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
    }
    EXPECT_EQ(file.rows(), rows.size());
    return rows;
}

void expect_kept(std::span<const Event> rows, std::size_t room = 1000) {
    const TempDir dir;
    const std::vector<Event> found = read(write(dir, rows), room);
    ASSERT_EQ(found.size(), rows.size());
    EXPECT_TRUE(bytes_of(found) == bytes_of(rows));
}

/// Rows as a market writes them: few kinds, times that stand still and jump, decimal numbers.
std::vector<Event> market_rows(std::size_t count, std::uint64_t seed = 1) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    std::vector<Event> rows(count);
    Nanos time = 1'700'000'000'000'000'000;
    for (Event& row : rows) {
        if (below(20) == 0) time += static_cast<Nanos>(below(100)) * 1'000'000;
        row.ev = kExchEvent | kLocalEvent | (below(2) == 0 ? kBuyEvent : kSellEvent) | 1;
        row.exch_ts = time;
        row.local_ts = time + 3'456'789 + static_cast<Nanos>(below(1000));
        row.px = static_cast<double>(600'000 + below(2000)) / 10.0;
        row.qty = below(3) == 0 ? 0.0 : static_cast<double>(below(90'000)) / 1000.0;
    }
    return rows;
}

TEST(PackedFile, GivesBackEveryBitOfAMarketsRows) {
    expect_kept(market_rows(3 * kPackedBlockRows + 17));
}

TEST(PackedFile, GivesBackRowsWhateverRoomTheReaderHas) {
    const auto rows = market_rows(kPackedBlockRows + 300);
    for (const std::size_t room : {1, 7, 256, 257, 20'000}) expect_kept(rows, room);
}

TEST(PackedFile, HoldsNoRowsAtAll) { expect_kept({}); }

TEST(PackedFile, GivesBackEveryBitOfRandomWords) {
    std::mt19937_64 random(7);
    std::vector<Event> rows(2000);
    for (Event& row : rows) {
        std::array<std::uint64_t, 8> words;
        for (std::uint64_t& word : words) word = random();
        row = std::bit_cast<Event>(words);
    }
    expect_kept(rows);
}

TEST(PackedFile, GivesBackNumbersThatAreNoDecimals) {
    constexpr double kSpecial[] = {-0.0,
                                   0.1 + 0.2,
                                   1e300,
                                   -1e-300,
                                   std::numeric_limits<double>::quiet_NaN(),
                                   -std::numeric_limits<double>::infinity(),
                                   9007199254740993.0,
                                   std::numeric_limits<double>::denorm_min()};
    for (const double special : kSpecial) {
        auto rows = market_rows(500);
        rows[250].px = special;
        rows[123].qty = special;
        rows[77].fval = special;
        expect_kept(rows);
    }
}

TEST(PackedFile, GivesBackTheFarthestTimesAndNumbers) {
    auto rows = market_rows(300);
    rows[10].exch_ts = kBeforeAll;
    rows[11].exch_ts = std::numeric_limits<Nanos>::max();
    rows[12].local_ts = kBeforeAll;
    rows[13].order_id = std::numeric_limits<std::uint64_t>::max();
    rows[14].ival = -1;
    rows[15].px = 214748364.7;
    rows[16].px = 429496729.6;
    rows[17].px = -900719925474099.1;
    expect_kept(rows);
}

TEST(PackedFile, KeepsMoreKindsThanADictionaryHolds) {
    auto rows = market_rows(1000);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].ev ^= i << 8;
    expect_kept(rows);
}

TEST(PackedFile, IsMuchSmallerThanItsRows) {
    const TempDir dir;
    const auto rows = market_rows(50'000);
    EXPECT_LT(std::filesystem::file_size(write(dir, rows)), rows.size() * 8);
}

TEST(PackedFile, IsNotThereWithoutItsEnd) {
    const TempDir dir;
    { PackedWriter(dir / "a.rsev").append(market_rows(100)); }
    EXPECT_FALSE(std::filesystem::exists(dir / "a.rsev"));
}

TEST(PackedFile, IsRefusedWhenCutAnywhere) {
    const TempDir dir;
    const auto path = write(dir, market_rows(5000));
    const auto size = std::filesystem::file_size(path);
    for (const auto left : {size - 1, size / 2, std::uintmax_t{40}, std::uintmax_t{0}}) {
        std::filesystem::resize_file(path, left);
        expect_error([&] { PackedFile{path}; }, ExitCode::Data, "a.rsev");
    }
}

TEST(PackedFile, RefusesAFileOfAnotherKindOrVersion) {
    const TempDir dir;
    expect_error([&] { PackedFile{dir.write("a.rsev", std::string(200, 'x'))}; }, ExitCode::Data,
                 "not an .rsev file");
    const auto path = write(dir, market_rows(10));
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(8).put(9);
    expect_error([&] { PackedFile{path}; }, ExitCode::Data, "version 9");
}

TEST(PackedFile, NamesTheDamagedBlockWhicheverByteIsWrong) {
    const TempDir dir;
    const auto rows = market_rows(2 * kPackedBlockRows);
    const auto path = write(dir, rows);
    const auto size = std::filesystem::file_size(path);
    std::mt19937_64 random(3);
    for (int round = 0; round < 200; ++round) {
        const auto at = static_cast<std::streamoff>(32 + random() % (size - 32));
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        const int byte = file.seekg(at).get();
        file.seekp(at).put(static_cast<char>(byte ^ (1 << random() % 8)));
        file.flush();
        const auto error = test::error_of([&] { read(path); });
        // The trailer's reserved word means nothing.
        if (static_cast<std::uintmax_t>(at) < size - 12 || error) {
            ASSERT_TRUE(error) << "byte " << at;
            EXPECT_NE(std::string(error->what()).find("a.rsev"), std::string::npos);
        }
        file.seekp(at).put(static_cast<char>(byte));
    }
    EXPECT_EQ(read(path).size(), rows.size());
}

TEST(PackedFile, SurvivesBytesThatNoPackerWrote) {
    const auto rows = market_rows(500);
    BlockPacker packer;
    const auto packed = packer.pack(rows);
    std::mt19937_64 random(11);
    BlockUnpacker unpacker;
    std::vector<Event> out(rows.size());
    std::vector<MarketUpdate> updates(rows.size() / 2);
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::byte> bytes(packed.begin(), packed.end());
        for (std::uint64_t n = 1 + random() % 4; n > 0; --n) {
            bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        }
        if (random() % 4 == 0) bytes.resize(random() % bytes.size());
        if (unpacker.open(bytes, rows.size())) {
            RowCheck check;
            check.ordered = false;
            RowColumns columns;
            const std::size_t half =
                unpacker.read_updates({.tick_size = 0.1, .lot_size = 0.001}, check,
                                      std::span(updates), columns, ReadOn::ThisCore);
            EXPECT_EQ(half + unpacker.read(out), rows.size());
        } else {
            EXPECT_EQ(unpacker.left(), 0U);
        }
    }
}

/// Some of what may keep updates from standing for rows: numbers off the grid or that are none,
/// kinds of one side, rows out of order, identities.
std::vector<Event> odd_rows(std::mt19937_64& random) {
    const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
    auto rows = market_rows(20'000 + random() % 20'000, random());
    const std::uint64_t most = one_in(3) ? 1'000'000 : 3000;
    const bool sides = one_in(2);
    const bool whole_prices = one_in(3);
    for (Event& row : rows) {
        if (whole_prices) row.px = std::floor(row.px / 10.0) * 10.0;
        if (sides && one_in(20)) row.ev &= ~(one_in(2) ? kExchEvent : kLocalEvent);
        if (one_in(5)) row.ev = (row.ev & ~kKindMask) | random() % 5;
        if (one_in(most)) row.px += 0.0123;
        if (one_in(most)) row.px = 4e9;
        if (one_in(most)) row.qty = 0.1 + 0.2;
        if (one_in(most * 5)) row.exch_ts -= 1'000'000'000;
        if (one_in(most * 5)) row.order_id = random();
    }
    return rows;
}

struct Unfolded {
    std::vector<MarketUpdate> updates;
    std::vector<Event> rows;
    std::string error;
};
Unfolded unfolded(const std::filesystem::path& path, const Grid& grid, bool ahead) {
    Unfolded all;
    const auto error = test::error_of([&] {
        const auto source =
            ahead ? read_ahead(open_events({path}), grid) : read_in_turn(open_events({path}), grid);
        while (const BlockPtr block = source->next()) {
            for (const MarketUpdate& update : block->updates) {
                all.rows.push_back(block->rows.of(&update));
                all.updates.push_back(update);
                all.updates.back().code = 0;
                if (update.action == Action::Row) all.updates.back().tick = 0;
            }
        }
    });
    if (error) all.error = std::string(error->what()).substr(path.string().size());
    return all;
}

TEST(PackedFile, GivesTheUpdatesThatAreWorkedOutFromItsRows) {
    const TempDir dir;
    std::mt19937_64 random(17);
    for (const double tick_size : {0.1, 0.01, 0.5, 5.0, 0.025, 1.0 / 3.0, 1e-9, 0.1, 10.0, 1.0}) {
        const Grid grid{.tick_size = tick_size, .lot_size = 0.001};
        const auto rows = odd_rows(random);
        EventWriter plain(dir / "a.npy");
        plain.append(rows);
        plain.finish();
        const auto packed = write(dir, rows);
        const bool ahead = random() % 2 == 0;
        const Unfolded wanted = unfolded(dir / "a.npy", grid, ahead);
        const Unfolded found = unfolded(packed, grid, !ahead);
        ASSERT_EQ(found.rows.size(), wanted.rows.size()) << tick_size;
        EXPECT_TRUE(bytes_of(found.rows) == bytes_of(wanted.rows)) << tick_size;
        const auto same = [](const MarketUpdate& a, const MarketUpdate& b) {
            return std::memcmp(&a, &b, sizeof(a)) == 0;
        };
        EXPECT_TRUE(std::equal(found.updates.begin(), found.updates.end(), wanted.updates.begin(),
                               wanted.updates.end(), same))
            << tick_size;
        EXPECT_EQ(found.error.substr(found.error.find(':') + 1),
                  wanted.error.substr(wanted.error.find(':') + 1));
    }
}

TEST(PackedFile, IsPlayedLikeAnyOtherEventFile) {
    const TempDir dir;
    const auto rows = market_rows(3000);
    const auto packed = write(dir, rows, "b.rsev");
    EventWriter zipped(dir / "a.npz");
    zipped.append(rows);
    zipped.finish();
    EXPECT_EQ(count_rows({dir / "a.npz", packed}), 2 * rows.size());
    EventFileOptions options;
    options.check_order = false;
    const auto reader = open_events({dir / "a.npz", packed}, options);
    std::vector<Event> storage(256);
    std::vector<Event> found;
    for (auto part = reader->read(storage); !part.empty(); part = reader->read(storage)) {
        found.insert(found.end(), part.begin(), part.end());
    }
    auto twice = rows;
    twice.insert(twice.end(), rows.begin(), rows.end());
    EXPECT_TRUE(bytes_of(found) == bytes_of(twice));
}

}  // namespace
}  // namespace ringside
