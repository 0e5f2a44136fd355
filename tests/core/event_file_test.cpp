#include "core/event_file.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <limits>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/row_file.hpp"
#include "tests/core/file_bytes.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside {
namespace {

using test::bytes_of;
using test::error_of;
using test::event_header;
using test::expect_error;
using test::make_rows;
using test::npy_of;
using test::npz_of;
using test::TempDir;
using test::ZipBytes;

constexpr std::size_t kBlockRows = 100;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

constexpr Grid kGrid{.tick_size = 0.1, .lot_size = 0.001};

std::unique_ptr<EventSource> stream(std::vector<std::filesystem::path> files,
                                    const EventFileOptions& options = {}) {
    return read_ahead(open_events(std::move(files), options), kGrid,
                      {.block_rows = kBlockRows, .blocks = 3});
}

void append_rows(const EventBlock& block, std::vector<Event>& rows) {
    for (const MarketUpdate& update : block.updates) rows.push_back(block.rows.of(&update));
}

/// Rows up to the end or the first error, which `error` then holds.
struct Played {
    std::vector<Event> rows;
    std::optional<Error> error;
};
Played play(const std::function<std::unique_ptr<EventSource>()>& open) {
    Played played;
    played.error = error_of([&] {
        const auto source = open();
        while (const BlockPtr block = source->next()) {
            EXPECT_EQ(block->first_row, played.rows.size());
            EXPECT_FALSE(block->updates.empty());
            append_rows(*block, played.rows);
        }
    });
    return played;
}
/// By both ways of decoding, which must agree.
Played play(std::vector<std::filesystem::path> files, const EventFileOptions& options = {}) {
    const Played ahead = play([&] { return stream(files, options); });
    Played in_turn = play([&] { return read_in_turn(open_events(files, options), kGrid); });
    EXPECT_TRUE(bytes_of(std::span<const Event>(ahead.rows)) ==
                bytes_of(std::span<const Event>(in_turn.rows)));
    EXPECT_EQ(ahead.error.has_value(), in_turn.error.has_value());
    if (ahead.error && in_turn.error) {
        EXPECT_STREQ(ahead.error->what(), in_turn.error->what());
    }
    return in_turn;
}

void expect_same(std::span<const Event> found, std::span<const Event> wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    EXPECT_TRUE(test::bytes_of(found) == test::bytes_of(wanted));
}

void expect_plays(const std::filesystem::path& file, std::span<const Event> wanted) {
    const Played played = play({file});
    ASSERT_FALSE(played.error.has_value()) << played.error->what();
    expect_same(played.rows, wanted);
}

void expect_refused_at(const Played& played, std::size_t row, const std::string& part) {
    EXPECT_EQ(played.rows.size(), row);
    ASSERT_TRUE(played.error.has_value());
    EXPECT_EQ(played.error->code(), ExitCode::Data);
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, std::string(played.error->what()));
}

TEST(EventFile, PlaysFilesAsOneStream) {
    const TempDir dir;
    const auto rows = make_rows(1234);
    const std::span<const Event> all(rows);
    const Played played =
        play({dir.write("a.npy", npy_of(all.first(250))), dir.write("b.npy", npy_of(all.first(0))),
              dir.write("c.npz", npz_of(all.subspan(250, 700))),
              dir.write("d.npz", ZipBytes()
                                     .add("other.npy", "x")
                                     .add("data.npy", npy_of(all.subspan(950)), {.method = 0})
                                     .finish())});
    ASSERT_FALSE(played.error.has_value()) << played.error->what();
    expect_same(played.rows, rows);
}

TEST(EventFile, PlaysAFileWithoutRows) {
    const TempDir dir;
    expect_plays(dir.write("a.npz", npz_of({})), {});
}

TEST(EventFile, KeepsBlocksWhileTheyAreHeldAndNeverWaitsForTheirReturn) {
    const TempDir dir;
    const auto rows = make_rows(50 * kBlockRows);
    std::vector<BlockPtr> held;
    {
        const auto source = stream({dir.write("a.npz", npz_of(rows))});
        while (BlockPtr block = source->next()) held.push_back(std::move(block));
        EXPECT_FALSE(source->next());
    }
    ASSERT_EQ(held.size(), 50U);
    std::vector<Event> found;
    for (const BlockPtr& block : held) {
        append_rows(*block, found);
    }
    expect_same(found, rows);
}

TEST(EventFile, ServesTwoCursorsApartFromEachOther) {
    const TempDir dir;
    const auto rows = make_rows(40 * kBlockRows);
    const auto source = stream({dir.write("a.npy", npy_of(rows))});
    std::deque<BlockPtr> between;
    std::vector<Event> behind;
    while (BlockPtr block = source->next()) {
        between.push_back(std::move(block));
        if (between.size() <= 12) continue;
        append_rows(*between.front(), behind);
        between.pop_front();
    }
    expect_same(behind, std::span(rows).first(28 * kBlockRows));
}

TEST(EventFile, WorksOutTheSameUpdatesWhicheverThreadHasTheTimeForIt) {
    const TempDir dir;
    const auto rows = make_rows(200 * kBlockRows);
    std::vector<MarketUpdate> wanted(rows.size());
    work_out(rows, kGrid, wanted.data());
    const auto source = stream({dir.write("a.npy", npy_of(rows))});
    std::size_t found = 0;
    while (const BlockPtr block = source->next()) {
        ASSERT_LE(found + block->updates.size(), wanted.size());
        EXPECT_EQ(std::memcmp(block->updates.data(), &wanted[found], block->updates.size_bytes()),
                  0)
            << "from row " << found;
        found += block->updates.size();
        // Of every ten blocks, some are taken in a hurry, and some after others had time to come.
        if (found / kBlockRows % 10 < 5)
            std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    EXPECT_EQ(found, wanted.size());
}

TEST(EventFile, EndsQuietlyWhenTheReaderStopsHalfWay) {
    const TempDir dir;
    const auto file = dir.write("a.npz", npz_of(make_rows(100 * kBlockRows)));
    for (int blocks = 0; blocks < 5; ++blocks) {
        const auto source = stream({file});
        for (int i = 0; i < blocks; ++i) EXPECT_TRUE(source->next());
    }
}

TEST(EventFile, RefusesRowsThatGoBackInTimeWhereverTheyStand) {
    const TempDir dir;
    for (const std::size_t at : {std::size_t{1}, kBlockRows - 1, kBlockRows, kBlockRows + 64}) {
        auto rows = make_rows(3 * kBlockRows);
        rows[at].ev |= kExchEvent;
        rows[at].exch_ts = rows[0].exch_ts - 1;
        for (std::size_t i = 0; i < at; ++i) rows[i].ev |= kExchEvent;
        for (const char* name : {"a.npy", "a.npz"}) {
            const auto file = dir.write(name, name[4] == 'y' ? npy_of(rows) : npz_of(rows));
            const Played played = play({file});
            expect_refused_at(played, at, fmt::format("row {}: exch_ts goes back", at));
            expect_same(played.rows, std::span(rows).first(at));
        }
        rows[at] = rows[at - 1];
        rows[at].ev = kLocalEvent;
        rows[at].local_ts -= 1;
        expect_refused_at(play({dir.write("a.npy", npy_of(rows))}), at, "local_ts goes back");
    }
}

TEST(EventFile, RefusesFilesThatOverlapInTime) {
    const TempDir dir;
    const auto rows = make_rows(2 * kBlockRows + 10);
    const auto first = dir.write("first.npy", npy_of(rows));
    const auto second = dir.write("second.npz", npz_of(rows));
    expect_refused_at(play({first, second}), rows.size(), "second.npz (data.npy): row 0: ");
    expect_refused_at(play({first, second}), rows.size(), "ringside convert");
}

TEST(EventFile, OrdersEachSideByItsOwnTimesOnly) {
    const TempDir dir;
    auto rows = make_rows(6);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].ev = i % 2 == 0 ? kExchEvent : kLocalEvent;
        rows[i].exch_ts = i % 2 == 0 ? 100 + static_cast<Nanos>(i) : 5 - static_cast<Nanos>(i);
        rows[i].local_ts = i % 2 == 0 ? 9 - static_cast<Nanos>(i) : 50 + static_cast<Nanos>(i);
    }
    rows[4].ev = 0;
    rows[4].exch_ts = -1;
    expect_plays(dir.write("a.npy", npy_of(rows)), rows);
}

TEST(EventFile, PlaysUnsortedRowsInFileOrderOnRequest) {
    const TempDir dir;
    auto rows = make_rows(3 * kBlockRows);
    std::reverse(rows.begin(), rows.end());
    EventFileOptions options = EventFileOptions{};
    options.check_order = false;
    const Played played = play({dir.write("a.npy", npy_of(rows))}, options);
    ASSERT_FALSE(played.error.has_value()) << played.error->what();
    expect_same(played.rows, rows);
}

TEST(EventFile, RefusesPricesAndQuantitiesThatAreNotFinite) {
    const TempDir dir;
    const double infinity = std::numeric_limits<double>::infinity();
    const auto play_with = [&](EventKind kind, double px, double qty) {
        auto rows = make_rows(3 * kBlockRows);
        rows[150].ev = (rows[150].ev & ~kKindMask) | static_cast<std::uint64_t>(kind);
        rows[150].px = px;
        rows[150].qty = qty;
        return play({dir.write("a.npy", npy_of(rows))});
    };
    expect_refused_at(play_with(EventKind::Depth, kNan, 1), 150, "row 150: px nan");
    expect_refused_at(play_with(EventKind::Trade, -infinity, 1), 150, "px -inf");
    expect_refused_at(play_with(EventKind::AddOrder, 1, kNan), 150, "qty nan");
    expect_refused_at(play_with(EventKind::DepthClear, 1, infinity), 150, "qty inf");
    EXPECT_FALSE(play_with(EventKind::DepthClear, kNan, 0).error.has_value());
    EXPECT_FALSE(play_with(static_cast<EventKind>(100), kNan, kNan).error.has_value());
}

TEST(EventFile, KeepsSayingWhatWentWrong) {
    const TempDir dir;
    auto rows = make_rows(10);
    rows[3].px = kNan;
    const auto source = stream({dir.write("a.npy", npy_of(rows))});
    EXPECT_EQ(source->next()->updates.size(), 3U);
    for (int i = 0; i < 3; ++i) expect_error([&] { source->next(); }, ExitCode::Data, "row 3");
}

TEST(EventFile, ShiftsLocalTimesByTheLatencyOffset) {
    const TempDir dir;
    auto rows = make_rows(3 * kBlockRows);
    const auto file = dir.write("a.npz", npz_of(rows));
    EventFileOptions options = EventFileOptions{};
    options.latency_offset_ns = -999'999;
    const Played played = play({file}, options);
    ASSERT_FALSE(played.error.has_value()) << played.error->what();
    for (Event& row : rows) row.local_ts -= 999'999;
    expect_same(played.rows, rows);
    options.latency_offset_ns = -1'000'000;
    expect_refused_at(play({file}, options), 0, "latency offset");
}

TEST(EventFile, RefusesUnsuitableFilesBeforePlayingAny) {
    const TempDir dir;
    const auto rows = make_rows(5);
    const auto good = dir.write("good.npz", npz_of(rows));
    const auto refuses = [&](const std::filesystem::path& file, const std::string& part) {
        expect_error([&] { open_events({good, file}); }, ExitCode::Data, part);
    };
    expect_error([] { open_events({}); }, ExitCode::Data, "no event files");
    refuses(dir / "absent.npz", "absent.npz: cannot open: No such file");
    refuses(dir.write("a.csv", "1,2"), "unknown suffix '.csv'");
    refuses(dir.write("plain", "1,2"), "unknown suffix ''");
    refuses(dir.write("a.npz", npy_of(rows)), "not a zip archive");
    refuses(dir.write("b.npy", npz_of(rows)), "not a NumPy file");
    refuses(dir.write("c.npz", ZipBytes().add("arr_0.npy", npy_of(rows)).finish()),
            "no member data.npy; the archive holds arr_0.npy");
    refuses(dir.write("d.npy", test::npy_header("{'descr': '<f8', 'fortran_order': False, "
                                                "'shape': (5,)}") +
                                   std::string(40, '\0')),
            "wrong row type");
    const auto with = [](const std::string& order, const std::string& shape) {
        return test::npy_header("{'descr': " + std::string(test::kEventDescr) +
                                ", 'fortran_order': " + order + ", 'shape': " + shape + "}");
    };
    refuses(dir.write("e.npy", with("True", "(1,)") + std::string(64, '\0')), "Fortran");
    refuses(dir.write("f.npy", with("False", "(1, 1)") + std::string(64, '\0')), "2 dimensions");
    refuses(dir.write("g.npy", event_header(6) + bytes_of(rows)),
            "promises 6 rows, the file holds 5 and 0 bytes: it is truncated");
    refuses(dir.write("h.npy", event_header(4) + bytes_of(rows)), "promises 4 rows");
    refuses(dir.write("i.npy", npy_of(rows) + "x"), "5 and 1 bytes");
    refuses(
        dir.write("j.npz", ZipBytes().add("data.npy", event_header(6) + bytes_of(rows)).finish()),
        "j.npz (data.npy): the header promises 6 rows");
}

TEST(EventFile, RefusesATruncatedArchiveWhereverItIsCut) {
    const TempDir dir;
    const std::string whole = npz_of(make_rows(5 * kBlockRows));
    std::mt19937_64 random(11);
    for (int i = 0; i < 200; ++i) {
        const std::size_t length = i == 0 ? whole.size() - 1 : random() % whole.size();
        const Played played = play({dir.write("a.npz", whole.substr(0, length))});
        EXPECT_TRUE(played.rows.empty()) << length;
        ASSERT_TRUE(played.error.has_value()) << length;
        EXPECT_EQ(played.error->code(), ExitCode::Data);
    }
}

TEST(EventFile, NeverPassesOffADamagedFileAsWhole) {
    const TempDir dir;
    const auto rows = make_rows(3 * kBlockRows);
    for (const std::uint16_t method : {std::uint16_t{0}, std::uint16_t{8}}) {
        const std::string whole =
            ZipBytes().add("data.npy", npy_of(rows), {.method = method}).finish();
        std::mt19937_64 random(13);
        for (int i = 0; i < 400; ++i) {
            std::string file = whole;
            const std::size_t at = random() % file.size();
            file[at] = static_cast<char>(file[at] ^ (1 << random() % 8));
            const Played played = play({dir.write("a.npz", file)});
            // Some bits mean nothing, such as those of the date.
            if (!played.error) expect_same(played.rows, rows);
        }
    }
}

TEST(EventFile, BlamesTheDamageRatherThanTheRowsItBroke) {
    const TempDir dir;
    auto rows = make_rows(5 * kBlockRows);
    std::string file = ZipBytes().add("data.npy", npy_of(rows), {.method = 0}).finish();
    const std::size_t start = file.find(bytes_of(std::span(rows).subspan(200, 1)));
    ASSERT_NE(start, std::string::npos);
    for (const std::size_t offset : {8, 16}) {
        for (std::size_t i = 0; i < 8; ++i) file[start + offset + i] = '\0';
    }
    const Played played = play({dir.write("a.npz", file)});
    expect_refused_at(played, 200, "CRC");
    expect_same(played.rows, std::span(rows).first(200));
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(EventFile, ReadsAnyLengthInLittleMemory) {
    const TempDir dir;
    constexpr std::uint64_t kRows = 1 << 23;
    // Rows of zeros that take no room on the disk: half a gigabyte.
    const auto file = dir.write("a.npy", event_header(kRows));
    std::filesystem::resize_file(file, event_header(kRows).size() + kRows * sizeof(Event));
    const std::size_t before = resident_bytes();
    std::size_t most = before;
    std::uint64_t rows = 0;
    const auto source = read_ahead(open_events({file}), kGrid);
    while (const BlockPtr block = source->next()) {
        rows += block->updates.size();
        most = std::max(most, resident_bytes());
    }
    EXPECT_EQ(rows, kRows);
    EXPECT_LT(most - before, std::size_t{30} << 20);
}

TEST(EventFile, DecodesManyFilesOnOneThread) {
    const TempDir dir;
    constexpr std::size_t kFiles = 5;
    const auto options = ReadAheadOptions::one_of(kFiles);
    const auto thread = start_decode_threads(1);
    std::vector<std::unique_ptr<EventSource>> sources;
    for (std::size_t i = 0; i < kFiles; ++i) {
        // The first is empty, the last longer than what is decoded ahead of anyone.
        const auto file = dir.write(fmt::format("{}.npy", i), npy_of(make_rows(i * 16'384)));
        sources.push_back(read_ahead(open_events({file}), kGrid, options, thread));
    }
    // The last first: the thread must not stick to files that nobody reads.
    for (std::size_t i = kFiles; i-- > 0;) {
        std::uint64_t rows = 0;
        while (const BlockPtr block = sources[i]->next()) {
            EXPECT_EQ(block->first_row, rows);
            rows += block->updates.size();
        }
        EXPECT_EQ(rows, i * 16'384);
    }
}

TEST(EventFile, TellsAnErrorAgainToWhoeverAsksAgain) {
    const TempDir dir;
    const auto file = dir.write("a.npy", npy_of(make_rows(kBlockRows)));
    const auto gone = dir.write("b.npy", npy_of(make_rows(kBlockRows)));
    for (const bool ahead : {true, false}) {
        auto reader = open_events({file, gone});
        const auto kept = dir.path() / "kept.npy";
        std::filesystem::rename(gone, kept);
        const auto source =
            ahead ? read_ahead(std::move(reader), kGrid) : read_in_turn(std::move(reader), kGrid);
        EXPECT_EQ(source->next()->updates.size(), kBlockRows);
        for (int i = 0; i < 3; ++i) {
            expect_error([&] { source->next(); }, ExitCode::Data, "b.npy");
        }
        std::filesystem::rename(kept, gone);
    }
}

TEST(RowFile, ReadsWholeTablesOfOtherRows) {
    struct Row {
        std::int64_t at;
        double value;
    };
    const TempDir dir;
    const Dtype dtype = Dtype::packed({{"at", "<i8"}, {"value", "<f8"}});
    const std::string table = format_npy_header(dtype, 2) + test::little_endian(7, 8) +
                              std::string(8, '\0') + test::little_endian(9, 8) +
                              std::string(8, '\0');
    const auto file = dir.write("a.npz", ZipBytes().add("latency.npy", table).finish());
    const auto rows = read_rows<Row>(file, dtype, "latency");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].at, 9);
    expect_error([&] { read_rows<Event>(file, event_dtype(), "latency"); }, ExitCode::Data,
                 "field 1 is 'at'");
    const auto damaged =
        dir.write("b.npz", ZipBytes().add("data.npy", table, {.crc_xor = 1}).finish());
    expect_error([&] { read_rows<Row>(damaged, dtype); }, ExitCode::Data, "CRC");
}

}  // namespace
}  // namespace ringside
