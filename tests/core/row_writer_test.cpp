#include "core/row_writer.hpp"

#include <cstdlib>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "core/npz.hpp"
#include "core/row_file.hpp"
#include "tests/core/file_bytes.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside {
namespace {

using test::expect_error;
using test::make_rows;
using test::read_file;
using test::TempDir;

void expect_same(std::span<const Event> found, std::span<const Event> wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    EXPECT_TRUE(test::bytes_of(found) == test::bytes_of(wanted));
}

void write_all(const std::filesystem::path& file, std::span<const Event> rows, std::size_t step,
               int level = kFastLevel) {
    EventWriter writer(file, level);
    while (!rows.empty()) {
        const auto part = rows.first(std::min(step, rows.size()));
        writer.append(part);
        rows = rows.subspan(part.size());
    }
    writer.finish();
}

TEST(EventWriter, WritesWhatIsReadBack) {
    const TempDir dir;
    for (const std::size_t count : {0, 1, 5000}) {
        const auto rows = make_rows(count);
        for (const std::size_t step : {std::size_t{1}, std::size_t{777}, std::size_t{5000}}) {
            write_all(dir / "a.npy", rows, step);
            expect_same(read_rows<Event>(dir / "a.npy", event_dtype()), rows);
            for (const int level : {0, 1, 3, 6}) {
                write_all(dir / "a.npz", rows, step, level);
                expect_same(read_rows<Event>(dir / "a.npz", event_dtype()), rows);
            }
        }
    }
    EXPECT_EQ(dir.count(), 2U);
}

TEST(EventWriter, LeavesNothingUntilItIsFinished) {
    const TempDir dir;
    const auto rows = make_rows(10'000);
    const auto file = dir.write("a.npz", "what was here before");
    {
        EventWriter writer(file);
        writer.append(rows);
        EXPECT_EQ(read_file(file), "what was here before");
    }
    EXPECT_EQ(read_file(file), "what was here before");
    EXPECT_EQ(dir.count(), 1U);
}

/// Makes writes beyond a file size fail, as on a full disk, for the length of a scope.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) : old_handler_(::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &old_);
        const rlimit limit{bytes, old_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &old_);
        ::signal(SIGXFSZ, old_handler_);
    }

  private:
    sighandler_t old_handler_;
    rlimit old_{};
};

TEST(EventWriter, LeavesNothingWhenTheDiskIsFull) {
    const TempDir dir;
    const auto rows = make_rows(100'000);
    for (const char* name : {"a.npy", "a.npz"}) {
        dir.write(name, "before");
        for (const rlim_t limit : {rlim_t{0}, rlim_t{100'000}}) {
            const FileSizeLimit full(limit);
            expect_error([&] { write_all(dir / name, rows, 1000); }, ExitCode::Io, name);
        }
        EXPECT_EQ(read_file(dir / name), "before");
    }
    EXPECT_EQ(dir.count(), 2U);
}

TEST(EventWriter, StaysFailedAfterAFailedWrite) {
    const TempDir dir;
    const auto rows = make_rows(100'000);
    EventWriter writer(dir / "a.npy");
    {
        const FileSizeLimit full(1000);
        expect_error([&] { writer.append(rows); }, ExitCode::Io, "File too large");
    }
    expect_error([&] { writer.append(rows); }, ExitCode::Io, "an earlier write failed");
    expect_error([&] { writer.finish(); }, ExitCode::Io, "an earlier write failed");
    EXPECT_EQ(dir.count(), 0U);
}

TEST(EventWriter, RefusesTargetsItCannotReplace) {
    const TempDir dir;
    expect_error([&] { EventWriter(dir / "absent" / "a.npz"); }, ExitCode::Io, "cannot create");
    expect_error([&] { EventWriter(dir / "a.csv"); }, ExitCode::Usage, "unknown suffix '.csv'");
    std::filesystem::create_directory(dir / "b.npz");
    expect_error([&] { EventWriter(dir / "b.npz"); }, ExitCode::Io, "not a regular file");
    std::filesystem::create_symlink("/dev/full", dir / "c.npz");
    expect_error([&] { EventWriter(dir / "c.npz"); }, ExitCode::Io, "not a regular file");
}

TEST(EventWriter, ReplacesTheFileBehindALink) {
    const TempDir dir;
    const auto rows = make_rows(10);
    const auto target = dir.write("target.npy", "before");
    std::filesystem::create_symlink("target.npy", dir / "link.npy");
    write_all(dir / "link.npy", rows, 10);
    EXPECT_TRUE(std::filesystem::is_symlink(dir / "link.npy"));
    expect_same(read_rows<Event>(target, event_dtype()), rows);
}

TEST(Npz, HoldsSeveralArraysAndTheSameBytesEachTime) {
    const TempDir dir;
    const auto rows = make_rows(1000);
    const auto few = make_rows(3, 5);
    const std::vector<NpzArray> arrays = {{"0", event_dtype(), std::as_bytes(std::span(rows))},
                                          {"1", event_dtype(), std::as_bytes(std::span(few))}};
    write_npz(dir / "a.npz", arrays);
    write_npz(dir / "b.npz", arrays);
    EXPECT_EQ(read_file(dir / "a.npz"), read_file(dir / "b.npz"));
    expect_same(read_rows<Event>(dir / "a.npz", event_dtype(), "0"), rows);
    expect_same(read_rows<Event>(dir / "a.npz", event_dtype(), "1"), few);
}

TEST(EventWriter, WritesWhatNumPyLoads) {
    if (std::system("python3 -c 'import numpy' 2>/dev/null") != 0) {
        GTEST_SKIP() << "python3 with numpy is not installed";
    }
    const TempDir dir;
    const auto rows = make_rows(3000);
    write_all(dir / "a.npy", rows, 100);
    write_all(dir / "0.npz", rows, 100, 0);
    write_all(dir / "1.npz", rows, 100, 1);
    write_all(dir / "6.npz", rows, 100, 6);
    dir.write("rows", test::bytes_of(rows));
    dir.write("check.py", R"(
import numpy as np, zipfile
dtype = np.dtype([(n, t) for n, t in zip(
    'ev exch_ts local_ts px qty order_id ival fval'.split(),
    '<u8 <i8 <i8 <f8 <f8 <u8 <i8 <f8'.split())], align=True)
wanted = np.fromfile('rows', dtype)
found = [np.load('a.npy')]
for level in '016':
    assert zipfile.ZipFile(level + '.npz').testzip() is None
    found.append(np.load(level + '.npz')['data'])
for array in found:
    assert array.dtype == dtype and array.shape == wanted.shape
    assert array.tobytes() == wanted.tobytes()
)");
    const std::string command = "cd '" + dir.path().string() + "' && python3 check.py";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace ringside
