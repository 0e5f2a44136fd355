#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "core/time.hpp"
#include "tools/ringside/bus_top.hpp"
#include "tools/ringside/utc.hpp"

namespace ringside {
namespace {

using Json = nlohmann::ordered_json;

template <typename... Args>
void add(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

/// 1234567 as "1.23M".
std::string short_number(double x) {
    for (const auto& [unit, suffix] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}) {
        if (x >= unit) return fmt::format("{:.2f}{}", x / unit, suffix);
    }
    return fmt::format("{:.0f}", x);
}
std::string short_number(const Json& x) { return short_number(x.get<double>()); }

std::string price(const Json& x) {
    return x.is_null() ? "-" : fmt::format("{:.10g}", x.get<double>());
}

const char* name_of(BusTopView::Sort sort) {
    constexpr const char* kNames[] = {"slot", "bot", "requests", "lag", "cpu"};
    return kNames[static_cast<std::size_t>(sort)];
}

std::vector<Json> sorted(const Json& sessions, BusTopView::Sort sort) {
    std::vector<Json> all(sessions.begin(), sessions.end());
    // Numbers: the largest first; names: in their order.
    const auto by_number = [&all](const char* key) {
        std::stable_sort(all.begin(), all.end(), [key](const Json& a, const Json& b) {
            return a[key].get<double>() > b[key].get<double>();
        });
    };
    switch (sort) {
        case BusTopView::Sort::Name:
            std::stable_sort(all.begin(), all.end(), [](const Json& a, const Json& b) {
                return a["bot"].get<std::string>() < b["bot"].get<std::string>();
            });
            break;
        case BusTopView::Sort::Requests:
            by_number("requests_per_second");
            break;
        case BusTopView::Sort::Lag:
            by_number("md_lag_bytes");
            break;
        case BusTopView::Sort::Cpu:
            by_number("cpu_percent");
            break;
        case BusTopView::Sort::Slot:
        case BusTopView::Sort::Count:
            break;
    }
    return all;
}

void add_head(std::string& out, const Json& look, const BusTopView& view) {
    const Json& service = look["service"];
    add(out, "bus {}  {}  venue {}  {}  {} bot(s), {} refused\n", look["bus"].get<std::string>(),
        look["state"].get<std::string>(), look["venue"].get<std::string>(),
        look["gated"].get<bool>() ? "waits for its bots" : "never waits", look["sessions"].size(),
        look["refused_bots"].get<std::uint64_t>());
    add(out, "service pid {}  {}  cpu {:.0f} %  silent {:.1f} s\n", service["pid"].get<int>(),
        service["process"].get<std::string>(), service["cpu_percent"].get<double>(),
        service["silent_seconds"].get<double>());
    add(out, "q quit  p pause{}  s sort by {}\n\n", view.paused ? " (paused)" : "",
        name_of(view.sort));
}

void add_rings(std::string& out, const Json& rings) {
    add(out, "{:<28} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}\n", "RING", "FRAMES", "FRAMES/s",
        "BYTES/s", "CAPACITY", "LAG", "STALLS");
    for (const Json& r : rings) {
        const double lag = r.value("lag_bytes", 0.0);
        add(out, "{:<28.28} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}\n", r["ring"].get<std::string>(),
            short_number(r["frames"]), short_number(r["frames_per_second"]),
            short_number(r["bytes_per_second"]), short_number(r["capacity"]), short_number(lag),
            r["stalls"].get<std::uint64_t>());
    }
    out += '\n';
}

void add_sessions(std::string& out, const std::vector<Json>& sessions) {
    add(out, "{:>4} {:<20} {:>8} {:<9} {:<9} {:>5} {:>8} {:>9} {:>9} {:>9} {:>8}\n", "SLOT", "BOT",
        "PID", "STATE", "PROCESS", "CPU%", "SILENT s", "REQ/s", "MD LAG", "OVERRUNS", "DAMAGED");
    for (const Json& s : sessions) {
        add(out, "{:>4} {:<20.20} {:>8} {:<9} {:<9} {:>5.0f} {:>8.1f} {:>9} {:>9} {:>9} {:>8}\n",
            s["slot"].get<int>(), s["bot"].get<std::string>(), s["pid"].get<int>(),
            s["state"].get<std::string>(), s["process"].get<std::string>(),
            s["cpu_percent"].get<double>(), s["silent_seconds"].get<double>(),
            short_number(s["requests_per_second"]), short_number(s["md_lag_bytes"]),
            s["md_overruns"].get<std::uint64_t>(), s["damaged_requests"].get<std::uint64_t>());
    }
    out += '\n';
}

void add_books(std::string& out, const Json& books) {
    add(out, "{:<16} {:>12} {:>12} {:>12} {:>12} {:>12} {:>9}  {}\n", "INSTRUMENT", "BID QTY",
        "BID", "ASK", "ASK QTY", "LAST", "EVENTS", "TIME (UTC)");
    for (const Json& b : books) {
        const auto ts = b["last_ts"].get<Nanos>();
        add(out, "{:<16.16} {:>12} {:>12} {:>12} {:>12} {:>12} {:>9}  {}{}\n",
            b["symbol"].get<std::string>(), price(b["bid_qty"]), price(b["bid"]), price(b["ask"]),
            price(b["ask_qty"]), price(b["last"]), short_number(b["events"]),
            ts > 0 ? utc(ts) : "-", b["partial"].get<bool>() ? "  partial" : "");
    }
}

/// The service's own figures, three to a line.
void add_counters(std::string& out, const Json& counters) {
    constexpr int kColumns = 3;
    int column = 0;
    for (const auto& [name, value] : counters.items()) {
        add(out, "{:<26.26} {:>12}{}", name, value.get<std::int64_t>(),
            ++column % kColumns == 0 ? "\n" : "   ");
    }
    if (column % kColumns != 0) out += '\n';
    if (column != 0) out += '\n';
}

}  // namespace

std::string render_top(const Json& look, const BusTopView& view) {
    std::string out;
    add_head(out, look, view);
    add_rings(out, look["rings"]);
    add_sessions(out, sorted(look["sessions"], view.sort));
    add_counters(out, look["counters"]);
    add_books(out, look["books"]);
    return out;
}

}  // namespace ringside
