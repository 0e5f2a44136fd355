#include "tools/ringside/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "tools/ringside/event_order.hpp"
#include "tools/ringside/kind_name.hpp"
#include "tools/ringside/utc.hpp"

namespace ringside {
namespace {

using Json = nlohmann::ordered_json;
using Out = std::back_insert_iterator<std::string>;

double seconds(Nanos ns) { return static_cast<double>(ns) / 1e9; }
double millis(Nanos ns) { return static_cast<double>(ns) / 1e6; }

void put_faults(Out out, const char* what, const FeedQuality::Faults& faults,
                const FileRows& files) {
    if (faults.count == 0) return;
    fmt::format_to(out, "             {} {}", faults.count, what);
    if (faults.worst > 0) fmt::format_to(out, ", by {:.6f} s at most", seconds(faults.worst));
    if (!files.names.empty()) fmt::format_to(out, "; first {}", files.place(faults.first_row));
    fmt::format_to(out, "\n");
}

void put_latency(Out out, const FeedQuality& feed) {
    if (feed.messages() == 0) return;
    fmt::format_to(
        out, "  latency    {:.3f} ms least, {:.3f} median, {:.3f} p99, {:.3f} greatest; ",
        millis(feed.least_latency()), millis(feed.latency_quantile(0.5).value_or(0)),
        millis(feed.latency_quantile(0.99).value_or(0)), millis(feed.greatest_latency()));
    fmt::format_to(out, "of {} messages {} below zero, {} zero\n", feed.messages(),
                   feed.negative_latencies(), feed.zero_latencies());
    const auto clock = feed.clock();
    if (!clock) return;
    fmt::format_to(out, "  clock      {:.3f} ms against the venue's, least latency included",
                   millis(clock->offset));
    if (clock->span >= kLeastDriftSpan) {
        fmt::format_to(out, "; drift {:.2f} ppm, +-{:.2f}", clock->drift_ppm,
                       seconds(feed.exch_resolution()) / seconds(clock->span) * 1e6);
    }
    fmt::format_to(out, "\n");
}

void put_intervals(Out out, const char* what, const BookCrossing::Intervals& intervals) {
    fmt::format_to(out, "  {:<10} ", what);
    if (intervals.count == 0) {
        fmt::format_to(out, "never\n");
        return;
    }
    fmt::format_to(out, "{} times, {:.6f} s; the longest {:.6f} s from {} UTC\n", intervals.count,
                   seconds(intervals.total), seconds(intervals.longest), utc(intervals.longest_at));
}

void put_feed(Out out, const FeedQuality& feed, const FileRows& files) {
    const auto& span = feed.local_span();
    if (feed.messages() > 0) {
        fmt::format_to(out, "  span       {} to {} UTC, {:.3f} s\n", utc(span.first),
                       utc(span.last), seconds(span.length()));
    }
    std::string kinds;
    for (std::size_t kind = 0; kind < feed.rows_by_kind().size(); ++kind) {
        const std::uint64_t count = feed.rows_by_kind()[kind];
        if (count == 0) continue;
        fmt::format_to(Out(kinds), "{}{} {}", kinds.empty() ? "" : ", ", count, kind_name(kind));
    }
    fmt::format_to(out, "  rows       {}{}{}\n", feed.rows(), kinds.empty() ? "" : ": ", kinds);
    put_faults(out, "of them are no numbers", feed.not_finite(), files);
    put_faults(out, "go back in exchange time", feed.exch_back(), files);
    put_faults(out, "go back in local time", feed.local_back(), files);
    put_faults(out, "are seen by nobody", feed.unseen(), files);
    put_faults(out, "are there twice", feed.duplicates(), files);
    put_latency(out, feed);
    if (feed.has_orders()) {
        fmt::format_to(out, "  book       not looked at: rows of single orders\n");
    } else {
        put_intervals(out, "crossed", feed.book().crossed());
        put_intervals(out, "locked", feed.book().locked());
    }
    if (feed.silences().empty()) return;
    fmt::format_to(out, "  silences  ");
    for (const auto& silence : feed.silences()) {
        fmt::format_to(out, " {:.3f} s", seconds(silence.length));
    }
    fmt::format_to(out, ", the longest from {} UTC\n", utc(feed.silences().front().from));
}

void put_sequence(Out out, const char* what, const RawQuality::Sequence& sequence) {
    fmt::format_to(out, "  {:<10} {} messages, {} gaps", what, sequence.messages, sequence.gaps);
    if (sequence.gaps > 0) {
        fmt::format_to(out, " of {} ids; first {}:{}", sequence.missing, sequence.first_gap.file,
                       sequence.first_gap.line);
    }
    if (sequence.repeated > 0) fmt::format_to(out, "; {} repeated", sequence.repeated);
    fmt::format_to(out, "\n");
}

Json faults_json(const FeedQuality::Faults& faults, const FileRows& files) {
    Json json{{"rows", faults.count}};
    if (faults.count == 0) return json;
    if (faults.worst > 0) json["worst_ns"] = faults.worst;
    if (!files.names.empty()) json["first"] = files.place(faults.first_row);
    return json;
}

Json intervals_json(const BookCrossing::Intervals& intervals) {
    return {{"intervals", intervals.count},
            {"total_ns", intervals.total},
            {"longest_ns", intervals.longest},
            {"longest_at", intervals.longest_at}};
}

Json sequence_json(const RawQuality::Sequence& sequence) {
    Json json{{"messages", sequence.messages},
              {"gaps", sequence.gaps},
              {"missing_ids", sequence.missing},
              {"repeated", sequence.repeated}};
    if (sequence.gaps > 0) {
        json["first_gap"] = fmt::format("{}:{}", sequence.first_gap.file, sequence.first_gap.line);
    }
    return json;
}

}  // namespace

std::string FileRows::place(std::uint64_t row) const {
    const auto after = std::upper_bound(first.begin(), first.end(), row);
    const auto at = static_cast<std::size_t>(after - first.begin()) - 1;
    return fmt::format("{}: row {}", names[at], row - first[at]);
}

std::string certificate_text(const FeedQuality& feed, const FileRows& files) {
    std::string text;
    put_feed(Out(text), feed, files);
    return text;
}

std::string certificate_text(const RawQuality& raw) {
    std::string text;
    Out out(text);
    fmt::format_to(out, "  lines      {} ({} ignored, {} malformed, {} venue errors)\n",
                   raw.lines(), raw.ignored(), raw.malformed(), raw.venue_errors());
    if (raw.malformed() > 0) fmt::format_to(out, "             {}\n", raw.first_malformed());
    if (raw.receive_back() > 0) {
        fmt::format_to(out, "             {} go back in receive time\n", raw.receive_back());
    }
    if (raw.truncated_files() > 0) {
        fmt::format_to(out, "             {} of the files end in the middle\n",
                       raw.truncated_files());
    }
    put_sequence(out, "book", raw.depth());
    put_sequence(out, "trades", raw.trades());
    fmt::format_to(out, "  snapshots  {}, {} of them older than the changes\n", raw.snapshots(),
                   raw.unjoined_snapshots());
    if (!raw.marks().empty()) {
        fmt::format_to(out, "  recorder  ");
        for (const auto& [what, count] : raw.marks()) fmt::format_to(out, " {} {}", count, what);
        fmt::format_to(out, "\n");
    }
    put_feed(out, raw.feed(), {});
    fmt::format_to(out, "  conversion adds {} ns to local times, and sorts {} rows that go back\n",
                   clock_shift(raw.feed().least_latency(), 0),
                   raw.feed().exch_back().count + raw.feed().local_back().count);
    return text;
}

std::string measures_text(const std::vector<Measure>& measures) {
    std::string text;
    for (const Measure& measure : measures) {
        if (measure.is_within()) continue;
        fmt::format_to(Out(text), "  {} {}: {:.6g}, limit {:.6g} ({})\n",
                       measure.is_needed ? "BAD " : "over", measure.name, measure.value,
                       measure.limit, measure.what);
    }
    return text;
}

nlohmann::ordered_json certificate_json(const FeedQuality& feed, const FileRows& files) {
    Json json{{"rows", feed.rows()}, {"messages", feed.messages()}};
    if (feed.messages() > 0) {
        json["first_local_ts"] = feed.local_span().first;
        json["last_local_ts"] = feed.local_span().last;
        json["first_exch_ts"] = feed.exch_span().first;
        json["last_exch_ts"] = feed.exch_span().last;
    }
    Json& kinds = json["rows_by_kind"] = Json::object();
    for (std::size_t kind = 0; kind < feed.rows_by_kind().size(); ++kind) {
        const std::uint64_t count = feed.rows_by_kind()[kind];
        if (count > 0) kinds[std::to_string(kind)] = count;
    }
    json["not_finite"] = faults_json(feed.not_finite(), files);
    json["exch_back"] = faults_json(feed.exch_back(), files);
    json["local_back"] = faults_json(feed.local_back(), files);
    json["unseen"] = faults_json(feed.unseen(), files);
    json["repeated"] = faults_json(feed.duplicates(), files);
    if (feed.messages() > 0) {
        json["latency_ns"] = {{"least", feed.least_latency()},
                              {"median", feed.latency_quantile(0.5).value_or(0)},
                              {"p99", feed.latency_quantile(0.99).value_or(0)},
                              {"greatest", feed.greatest_latency()},
                              {"negative_messages", feed.negative_latencies()},
                              {"zero_messages", feed.zero_latencies()}};
    }
    if (const auto clock = feed.clock()) {
        json["clock"] = {{"offset_ns", clock->offset},
                         {"drift_ppm", nullptr},
                         {"span_ns", clock->span},
                         {"exch_resolution_ns", feed.exch_resolution()}};
        if (clock->span >= kLeastDriftSpan) json["clock"]["drift_ppm"] = clock->drift_ppm;
    }
    if (!feed.has_orders()) {
        json["crossed"] = intervals_json(feed.book().crossed());
        json["locked"] = intervals_json(feed.book().locked());
    }
    Json& silences = json["silences"] = Json::array();
    for (const auto& silence : feed.silences()) {
        silences.push_back({{"from", silence.from}, {"ns", silence.length}});
    }
    return json;
}

nlohmann::ordered_json certificate_json(const RawQuality& raw) {
    Json json{{"lines", raw.lines()},
              {"ignored", raw.ignored()},
              {"malformed", raw.malformed()},
              {"venue_errors", raw.venue_errors()},
              {"truncated_files", raw.truncated_files()},
              {"receive_back", raw.receive_back()},
              {"book", sequence_json(raw.depth())},
              {"trades", sequence_json(raw.trades())},
              {"snapshots", raw.snapshots()},
              {"unjoined_snapshots", raw.unjoined_snapshots()},
              {"marks", raw.marks()},
              {"clock_shift_ns", clock_shift(raw.feed().least_latency(), 0)}};
    json.update(certificate_json(raw.feed(), {}));
    return json;
}

nlohmann::ordered_json measures_json(const std::vector<Measure>& measures) {
    Json json = Json::object();
    for (const Measure& measure : measures) {
        Json& one = json[std::string(measure.name)];
        one = {{"value", nullptr},
               {"limit", measure.limit},
               {"needed", measure.is_needed},
               {"within", measure.is_within()}};
        if (!std::isnan(measure.value)) one["value"] = measure.value;
    }
    return json;
}

}  // namespace ringside
