// Reading depth messages into events, against bare simdjson on the same bytes: walking all values,
// and reading the same fields with its own conversions. Rounds of the three take turns.
// Usage: usdm_parse_bench [FILE.gz [ROUNDS]]; by default the BTCUSDT recording, skipped if absent.

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

// As the parser does; without it the walk would do work that the parser leaves out.
#ifndef NDEBUG
#define NDEBUG
#endif

#include <fmt/format.h>
#include <simdjson.h>

#include "connectord/binance_usdm/parse.hpp"
#include "core/error.hpp"
#include "tests/tools/raw_file.hpp"
#include "tools/ringside/raw_lines.hpp"

namespace {

namespace json = simdjson::ondemand;
using namespace ringside;
using namespace ringside::connectord::binance_usdm;

constexpr int kSkipped = 77;
constexpr std::size_t kStampBytes = 20;  // 19 digits and a space in front of each message
constexpr std::size_t kPadding = simdjson::SIMDJSON_PADDING;

/// Processor time, which other processes disturb less than they do the clock's.
double seconds_of(const auto& action) {
    const std::clock_t start = std::clock();
    action();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

struct Messages {
    std::string bytes;  ///< padded
    std::vector<std::string_view> texts;
    std::size_t size = 0;
};

Messages read_depth_messages(const std::filesystem::path& path) {
    Messages messages;
    std::vector<std::pair<std::size_t, std::size_t>> places;
    RawLines lines(path, Truncation::Accept);
    for (std::string_view line; lines.next(line);) {
        if (line.find("depthUpdate") == std::string_view::npos) continue;
        line.remove_prefix(kStampBytes);
        places.emplace_back(messages.bytes.size(), line.size());
        messages.bytes += line;
        messages.size += line.size();
    }
    messages.bytes.append(kPadding, '\0');
    for (const auto& [at, size] : places) {
        messages.texts.push_back(std::string_view(messages.bytes).substr(at, size));
    }
    return messages;
}

std::size_t walk(json::value value) {
    std::size_t count = 1;
    switch (value.type()) {
        case json::json_type::array:
            for (auto item : value.get_array()) count += walk(item.value());
            break;
        case json::json_type::object:
            for (auto field : value.get_object()) count += walk(field.value());
            break;
        default:
            break;
    }
    return count;
}

double read_side(json::object& event, const char* side) {
    double sum = 0.0;
    for (auto level : event.find_field(side).get_array()) {
        for (auto number : level.get_array()) sum += number.get_double_in_string().value();
    }
    return sum;
}

/// What the parser takes from a message, by simdjson alone and into nothing.
double read_bare(json::document& document) {
    json::object root = document.get_object();
    double sum = static_cast<double>(root.find_field("stream").get_string().value().size());
    json::object event = root.find_field("data").get_object();
    for (const char* field : {"T", "U", "u", "pu"}) {
        sum += static_cast<double>(event.find_field(field).get_int64().value());
    }
    return sum + read_side(event, "b") + read_side(event, "a");
}

int run(const std::filesystem::path& path, int rounds) {
    const Messages messages = read_depth_messages(path);
    const std::vector<StreamName> streams{{"btcusdt@depth@0ms", StreamKind::Depth, 0}};
    MarketParser parser(streams);
    json::parser bare;
    double walk_seconds = 1e9;
    double bare_seconds = 1e9;
    double parse_seconds = 1e9;
    std::size_t rows = 0;
    double sink = 0.0;
    const auto each = [&](const auto& action) {
        return seconds_of([&] {
            for (const std::string_view text : messages.texts) action(text);
        });
    };
    for (int round = 0; round < rounds; ++round) {
        walk_seconds = std::min(walk_seconds, each([&](std::string_view text) {
                                    auto document = bare.iterate(text.data(), text.size(),
                                                                 text.size() + kPadding);
                                    sink += static_cast<double>(walk(document.get_value().value()));
                                }));
        bare_seconds = std::min(
            bare_seconds, each([&](std::string_view text) {
                json::document document;
                if (bare.iterate(text.data(), text.size(), text.size() + kPadding).get(document)) {
                    return;
                }
                sink += read_bare(document);
            }));
        rows = 0;
        parse_seconds = std::min(parse_seconds, each([&](std::string_view text) {
                                     rows += parser.parse(text, 1).rows.size();
                                 }));
    }
    const auto count = static_cast<double>(messages.texts.size());
    const double bytes = static_cast<double>(messages.size);
    const auto report = [&](const char* what, double seconds) {
        fmt::print("{:<22} {:8.0f} ns/message  {:6.0f} MB/s\n", what, seconds / count * 1e9,
                   bytes / seconds / 1e6);
    };
    report("simdjson, walk only", walk_seconds);
    report("simdjson, same fields", bare_seconds);
    report("parser", parse_seconds);
    fmt::print("{} messages, {} rows; ratio to walk {:.2f}, to same fields {:.2f}{}\n",
               messages.texts.size(), rows, parse_seconds / walk_seconds,
               parse_seconds / bare_seconds, sink == 0.0 ? " " : "");
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
