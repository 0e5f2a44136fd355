// Converting a recording, against what cannot be done without: inflating it and walking its JSON.
// Usage: convert_bench [FILE.gz [ROUNDS]]; by default the BTCUSDT recording, skipped if absent.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

// As the converter does; without it the walk would do work that the converter leaves out.
#ifndef NDEBUG
#define NDEBUG
#endif

#include <fmt/format.h>
#include <isa-l.h>
#include <simdjson.h>

#include "core/error.hpp"
#include "tests/tools/raw_file.hpp"
#include "tools/ringside/convert.hpp"

namespace {

constexpr int kSkipped = 77;
constexpr std::size_t kStampBytes = 20;  // 19 digits and a space in front of each message

struct Time {
    double wall = 1e9;
    double processor = 1e9;  ///< of all threads; other processes disturb it less
};

/// The least of what was measured before and now, in seconds.
void measure(Time& least, const auto& action) {
    const auto wall_start = std::chrono::steady_clock::now();
    const std::clock_t start = std::clock();
    action();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - wall_start;
    least.wall = std::min(least.wall, wall.count());
    least.processor =
        std::min(least.processor, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
}

std::size_t inflate_all(const std::string& gz, std::vector<char>& text) {
    const auto state = std::make_unique<inflate_state>();
    isal_inflate_init(state.get());
    state->crc_flag = ISAL_GZIP;
    std::string input = gz;
    state->next_in = reinterpret_cast<std::uint8_t*>(input.data());
    state->avail_in = static_cast<std::uint32_t>(input.size());
    state->next_out = reinterpret_cast<std::uint8_t*>(text.data());
    state->avail_out = static_cast<std::uint32_t>(text.size() - simdjson::SIMDJSON_PADDING);
    if (isal_inflate(state.get()) != ISAL_DECOMP_OK || state->block_state != ISAL_BLOCK_FINISH) {
        ringside::fail(ringside::ExitCode::Data, "one gzip member of up to 1 GB is needed");
    }
    return state->total_out;
}

std::size_t walk(simdjson::ondemand::value value) {
    std::size_t count = 1;
    switch (value.type()) {
        case simdjson::ondemand::json_type::array:
            for (auto item : value.get_array()) count += walk(item.value());
            break;
        case simdjson::ondemand::json_type::object:
            for (auto field : value.get_object()) count += walk(field.value());
            break;
        default:
            break;
    }
    return count;
}

std::size_t walk_lines(const char* text, std::size_t size) {
    simdjson::ondemand::parser parser;
    std::size_t count = 0;
    for (const char* const end = text + size; text < end;) {
        const auto left = static_cast<std::size_t>(end - text);
        const void* const found = std::memchr(text, '\n', left);
        const auto length = found == nullptr
                                ? left
                                : static_cast<std::size_t>(static_cast<const char*>(found) - text);
        auto document = parser.iterate(text + kStampBytes, length - kStampBytes,
                                       length - kStampBytes + simdjson::SIMDJSON_PADDING);
        count += walk(document.get_value().value());
        text += length + 1;
    }
    return count;
}

int run(const std::filesystem::path& path, int rounds) {
    std::ifstream file(path, std::ios::binary);
    const std::string gz{std::istreambuf_iterator<char>(file), {}};
    std::vector<char> text(std::min<std::size_t>(gz.size() * 32, std::size_t{1} << 30) +
                           simdjson::SIMDJSON_PADDING);
    Time floor;
    Time convert;
    std::size_t values = 0;
    ringside::ConvertSummary summary;
    for (int round = 0; round < rounds; ++round) {
        measure(floor, [&] { values = walk_lines(text.data(), inflate_all(gz, text)); });
        measure(convert, [&] {
            summary = ringside::convert_binance({.inputs = {path}},
                                                [](std::span<const ringside::Event>) {});
        });
    }
    const auto lines = static_cast<double>(summary.lines);
    fmt::print("inflate and walk  {:7.1f} ms  {:.0f} lines/s, {} JSON values\n", floor.wall * 1e3,
               lines / floor.wall, values);
    fmt::print("convert           {:7.1f} ms  {:.0f} lines/s, {} rows\n", convert.wall * 1e3,
               lines / convert.wall, summary.rows);
    fmt::print("ratio             {:7.2f}; of processor time {:.2f}\n", convert.wall / floor.wall,
               convert.processor / floor.processor);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path path =
        argc > 1 ? argv[1] : ringside::test::recording("usdm/btcusdt_20240808.gz");
    if (path.empty()) {
        fmt::print(stderr, "no recording; set RINGSIDE_SHARED_DATA or name a file\n");
        return kSkipped;
    }
    try {
        return run(path, argc > 2 ? std::max(1, std::atoi(argv[2])) : 10);
    } catch (const ringside::Error& error) {
        fmt::print(stderr, "{}\n", error.what());
        return static_cast<int>(error.code());
    }
}
