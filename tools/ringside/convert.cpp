#include "tools/ringside/convert.hpp"

#include <algorithm>
#include <string_view>

#include "core/error.hpp"

namespace ringside {
namespace {

using Outcome = BinanceParser::Outcome;

constexpr std::uint64_t kLinesPerReport = 4096;

class Reader {
  public:
    Reader(const ConvertOptions& options, const ConvertHooks& hooks, ConvertSummary& summary)
        : options_(options), hooks_(hooks), summary_(summary), parser_(options.streams) {}

    void read(const std::filesystem::path& path, RowStore& rows) {
        RawLines lines(path, options_.truncation);
        std::string_view line;
        while (lines.next(line)) {
            ++summary_.lines;
            const Outcome outcome = parser_.parse(line, rows);
            if (outcome != Outcome::Rows) note(outcome, lines);
            if (summary_.lines % kLinesPerReport == 0 && hooks_.on_read) {
                hooks_.on_read(bytes_before_ + lines.bytes_read(), summary_.lines);
            }
        }
        bytes_before_ += lines.bytes_read();
        summary_.truncated_files += lines.truncated() ? 1 : 0;
    }

  private:
    void note(Outcome outcome, const RawLines& lines) {
        if (outcome == Outcome::Ignored) {
            ++summary_.ignored;
            return;
        }
        const bool malformed = outcome == Outcome::Malformed;
        ++(malformed ? summary_.malformed : summary_.venue_errors);
        if (!hooks_.on_line && !(malformed && options_.strict)) return;
        const std::string words =
            fmt::format("{}:{}: {}", lines.path().string(), lines.line_no(), parser_.detail());
        if (malformed && options_.strict) {
            fail(ExitCode::Data, "{}; repair or remove the line, or leave out --strict", words);
        }
        hooks_.on_line(outcome, words);
    }

    const ConvertOptions& options_;
    const ConvertHooks& hooks_;
    ConvertSummary& summary_;
    BinanceParser parser_;
    std::uint64_t bytes_before_ = 0;
};

void describe(const RowStore& rows, ConvertSummary& summary) {
    summary.message_rows = rows.row_count();
    for (std::size_t i = 0; i < rows.run_count(); ++i) {
        summary.first_exch_ts = std::min(summary.first_exch_ts, rows.run(i).exch_ts);
        summary.last_exch_ts = std::max(summary.last_exch_ts, rows.run(i).exch_ts);
    }
}

}  // namespace

ConvertSummary convert_binance(const ConvertOptions& options, const EventSink& sink,
                               const ConvertHooks& hooks) {
    ConvertSummary summary;
    RowStore rows;
    Reader reader(options, hooks, summary);
    for (const auto& path : options.inputs) reader.read(path, rows);
    if (rows.row_count() == 0) {
        fail(ExitCode::Data,
             "no rows in {} lines ({} of other kinds, {} malformed); expected Binance {} data "
             "as the collector writes it, a receive time in ns, a space and a JSON message a line",
             summary.lines, summary.ignored + summary.venue_errors, summary.malformed,
             options.streams.market == BinanceMarket::Spot ? "Spot" : "futures");
    }
    describe(rows, summary);
    summary.clock_shift = clock_shift(least_latency(rows), options.base_latency);
    emit_in_order(rows, summary.clock_shift, [&](std::span<const Event> block) {
        summary.rows += block.size();
        // Equal flags come in long runs.
        for (std::size_t begin = 0, end = 0; begin < block.size(); begin = end) {
            while (end < block.size() && block[end].ev == block[begin].ev) ++end;
            summary.rows_by_ev[block[begin].ev] += end - begin;
        }
        sink(block);
    });
    return summary;
}

}  // namespace ringside
