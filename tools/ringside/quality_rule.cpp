#include "tools/ringside/quality_rule.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace ringside {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double number(std::uint64_t count) { return static_cast<double>(count); }
double seconds(Nanos ns) { return static_cast<double>(ns) / 1e9; }
double share(double part, double whole) { return whole > 0.0 ? part / whole : 0.0; }

double drift_of(const FeedQuality& feed) {
    const auto clock = feed.clock();
    return clock && clock->span >= kLeastDriftSpan ? std::abs(clock->drift_ppm) : kNone;
}

/// What event files and recordings have in common.
void add_feed(std::vector<Measure>& measures, const FeedQuality& feed) {
    const double longest = feed.silences().empty() ? 0.0 : seconds(feed.silences().front().length);
    const double span = seconds(feed.local_span().length());
    const auto repeated = share(number(feed.duplicates().count), number(feed.rows()));
    measures.insert(measures.end(),
                    {{"not_finite", "rows whose price or quantity is no number",
                      number(feed.not_finite().count), 0.0, true},
                     {"repeated_share", "of the rows are there twice", repeated, 0.001},
                     {"crossed_share", "of the time the book was crossed",
                      share(seconds(feed.book().crossed().total), span), 0.001},
                     {"silence", "s, the longest silence", longest, 60.0},
                     {"drift_ppm", "millionths, drift of the clocks", drift_of(feed), 100.0}});
}

}  // namespace

std::string_view grade_name(Grade grade) noexcept {
    return grade == Grade::Good ? "good" : grade == Grade::Usable ? "usable" : "bad";
}

std::vector<Measure> measures_of(const FeedQuality& feed) {
    std::vector<Measure> measures{
        {"no_rows", "1 if there is no row", feed.rows() == 0 ? 1.0 : 0.0, 0.0, true},
        {"exch_back", "rows that go back in exchange time", number(feed.exch_back().count), 0.0,
         true},
        {"local_back", "rows that go back in local time", number(feed.local_back().count), 0.0,
         true},
        {"unseen", "rows that neither exchange nor bot sees", number(feed.unseen().count), 0.0},
        {"negative_latencies", "messages received before they were sent",
         number(feed.negative_latencies()), 0.0}};
    add_feed(measures, feed);
    return measures;
}

std::vector<Measure> measures_of(const RawQuality& raw) {
    std::vector<Measure> measures{
        {"no_rows", "1 if there is no row", raw.feed().rows() == 0 ? 1.0 : 0.0, 0.0, true},
        {"gaps", "gaps in the book changes", number(raw.depth().gaps), 0.0},
        {"trade_gaps", "gaps in the trades", number(raw.trades().gaps), 0.0},
        {"repeated_ids", "book changes and trades that came before",
         number(raw.depth().repeated + raw.trades().repeated), 0.0},
        {"no_snapshot", "1 if no snapshot can be joined by the book changes",
         raw.snapshots() > raw.unjoined_snapshots() ? 0.0 : 1.0, 0.0},
        {"malformed", "lines that cannot be read", number(raw.malformed()), 0.0},
        {"truncated", "files that end in the middle", number(raw.truncated_files()), 0.0},
        {"receive_back", "lines that go back in receive time", number(raw.receive_back()), 0.0}};
    add_feed(measures, raw.feed());
    return measures;
}

void set_limits(std::vector<Measure>& measures, const std::vector<std::string>& limits) {
    for (const std::string& limit : limits) {
        const std::size_t at = limit.find('=');
        const std::string name = limit.substr(0, at);
        const auto measure = std::find_if(measures.begin(), measures.end(),
                                          [&](const Measure& one) { return one.name == name; });
        if (measure == measures.end()) {
            std::string names;
            for (const Measure& one : measures) {
                names += names.empty() ? "" : ", ";
                names += one.name;
            }
            fail(ExitCode::Usage, "--limit {}: there is no '{}' here; there are {}", limit, name,
                 names);
        }
        const std::string text = at == std::string::npos ? "" : limit.substr(at + 1);
        const char* const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, measure->limit);
        if (error != std::errc() || stop != end || text.empty()) {
            fail(ExitCode::Usage, "--limit {}: write a name and a number, such as silence=5",
                 limit);
        }
    }
}

Grade grade_of(const std::vector<Measure>& measures) noexcept {
    Grade grade = Grade::Good;
    for (const Measure& measure : measures) {
        if (measure.is_within()) continue;
        if (measure.is_needed) return Grade::Bad;
        grade = Grade::Usable;
    }
    return grade;
}

}  // namespace ringside
