// Reading event files on one core, against copying their rows, and what each file takes on disk.
// Usage: event_file_bench [EVENTS [ROUNDS]]; by default a synthetic market.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/event_file.hpp"
#include "core/market_update.hpp"
#include "core/row_check.hpp"
#include "core/row_writer.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/ringside/synth.hpp"

namespace {

using namespace ringside;

constexpr std::size_t kBlockRows = 4096;
constexpr Grid kGrid{.tick_size = 0.1, .lot_size = 0.001};

std::vector<Event> read_all(const std::filesystem::path& file) {
    std::vector<Event> rows;
    std::vector<Event> block(kBlockRows);
    const auto reader = open_events({file});
    for (auto part = reader->read(block); !part.empty(); part = reader->read(block)) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
}

std::vector<Event> synthetic_rows() {
    std::vector<Event> rows;
    SynthOptions options;
    options.events = 2'000'000;
    synthesize(options, [&](std::span<const Event> part) {
        rows.insert(rows.end(), part.begin(), part.end());
    });
    return rows;
}

void write(const std::filesystem::path& file, std::span<const Event> rows) {
    EventWriter writer(file);
    writer.append(rows);
    writer.finish();
}

struct Contestant {
    std::string name;
    std::function<void()> run;
    std::vector<double> seconds{};  ///< processor time, which others disturb less
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

int run(int argc, char** argv) {
    const std::vector<Event> rows = argc > 1 ? read_all(argv[1]) : synthetic_rows();
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 7;
    const test::TempDir dir;
    for (const char* name : {"events.rsev", "events.npz", "events.npy"}) write(dir / name, rows);

    std::vector<Event> block(kBlockRows);
    std::vector<MarketUpdate> updates(kBlockRows);
    const auto by_block = [&](const auto& action) {
        for (std::size_t at = 0; at < rows.size(); at += kBlockRows) {
            action(std::span(rows).subspan(at, std::min(kBlockRows, rows.size() - at)));
        }
    };
    const auto read_file = [&](const char* name) {
        const auto reader = open_events({dir / name});
        while (!reader->read(block).empty()) {
        }
    };
    const auto play_file = [&](const char* name) {
        const auto source = read_in_turn(open_events({dir / name}), kGrid);
        while (source->next()) {
        }
    };
    std::vector<Contestant> contestants = {
        {"copy the rows",
         [&] { by_block([&](auto part) { std::copy(part.begin(), part.end(), block.begin()); }); }},
        {"check rows in memory",
         [&] {
             RowCheck check;
             by_block([&](auto part) { check.first_bad(part); });
         }},
        {"work out updates of rows in memory",
         [&] { by_block([&](auto part) { work_out(part, kGrid, updates.data()); }); }},
        {"read .rsev", [&] { read_file("events.rsev"); }},
        {"read .npz", [&] { read_file("events.npz"); }},
        {"read .npy", [&] { read_file("events.npy"); }},
        {"updates from .rsev", [&] { play_file("events.rsev"); }},
        {"updates from .npz", [&] { play_file("events.npz"); }},
        {"updates from .npy", [&] { play_file("events.npy"); }},
    };
    for (int round = 0; round < rounds; ++round) {
        for (Contestant& contestant : contestants) {
            const std::clock_t start = std::clock();
            contestant.run();
            contestant.seconds.push_back(static_cast<double>(std::clock() - start) /
                                         CLOCKS_PER_SEC);
        }
    }
    const double copy = median(contestants.front().seconds);
    for (const Contestant& contestant : contestants) {
        const double seconds = median(contestant.seconds);
        fmt::print("{:<36} {:7.1f} M events/s  {:5.2f} x the copy\n", contestant.name,
                   static_cast<double>(rows.size()) / seconds / 1e6, seconds / copy);
    }
    const auto packed = std::filesystem::file_size(dir / "events.rsev");
    const auto zipped = std::filesystem::file_size(dir / "events.npz");
    fmt::print("size of .rsev: {:.2f} bytes an event, {:.2f} x the .npz\n",
               static_cast<double>(packed) / static_cast<double>(rows.size()),
               static_cast<double>(packed) / static_cast<double>(zipped));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const Error& error) {
        fmt::print(stderr, "event_file_bench: {}\n", error.what());
        return static_cast<int>(error.code());
    }
}
