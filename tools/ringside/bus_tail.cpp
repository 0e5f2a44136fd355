#include "tools/ringside/bus_tail.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "ipc/bus_tap.hpp"
#include "ipc/journal_reader.hpp"
#include "tools/ringside/bus_lines.hpp"

namespace ringside {
namespace {

using ipc::BusRecord;
using ipc::RecordKind;

/// What one look at all rings found, kept until it is sorted. Bounded by what the rings hold.
class Haul {
  public:
    void add(const BusRecord& record) {
        const std::size_t words = (record.payload.size() + 7) / 8;
        const std::size_t at = arena_.size();
        arena_.resize(at + words);
        std::memcpy(arena_.data() + at, record.payload.data(), record.payload.size());
        // What carries no time keeps its place behind what came before it on its ring.
        const auto ring = static_cast<std::size_t>(record.ring);
        Nanos time = ipc::message_time(record);
        if (time == kNever) time = last_time_[ring];
        last_time_[ring] = time;
        items_.push_back({record, at, time});
    }
    template <typename Use>
    void each_by_time(Use use) {
        std::stable_sort(items_.begin(), items_.end(),
                         [](const Item& a, const Item& b) { return a.time < b.time; });
        for (Item& item : items_) {
            item.record.payload =
                std::as_bytes(std::span(arena_)).subspan(item.at * 8, item.record.payload.size());
            use(item.record);
        }
        items_.clear();
        arena_.clear();
    }

  private:
    struct Item {
        BusRecord record;
        std::size_t at = 0;  ///< of the payload, in words
        Nanos time = 0;
    };
    std::vector<Item> items_;
    std::vector<std::uint64_t> arena_;
    Nanos last_time_[4] = {};
};

class Printer {
  public:
    explicit Printer(const BusTailOptions& options)
        : json_(options.json), filter_(options.filter) {}

    void print(const BusRecord& record) {
        BusRecord wanted = record;
        const bool take = filter_.take(wanted);
        if (record.kind == RecordKind::Service) filter_.check_instruments();
        if (!take) return;
        if (json_) {
            append_json(out_, wanted, filter_.names());
        } else {
            append_text(out_, wanted, filter_.names());
        }
        if (out_.size() > kFlushBytes) flush();
    }
    void flush() {
        std::fwrite(out_.data(), 1, out_.size(), stdout);
        std::fflush(stdout);
        out_.clear();
        if (std::ferror(stdout) != 0) fail(ExitCode::Io, "cannot write to standard output");
    }

  private:
    static constexpr std::size_t kFlushBytes = 1 << 16;

    bool json_;
    BusFilter filter_;
    std::string out_;
};

void tail_bus(const BusTailOptions& options, Printer& printer) {
    ipc::BusTap tap(options.bus, options.from_now ? ipc::ReadFrom::Now : ipc::ReadFrom::Oldest);
    Haul haul;
    for (;;) {
        const std::size_t found = tap.poll([&](const BusRecord& record) { haul.add(record); });
        haul.each_by_time([&](const BusRecord& record) { printer.print(record); });
        printer.flush();
        if (tap.ended() || !options.follow) return;
        if (found == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void tail_journal(const BusTailOptions& options, Printer& printer) {
    ipc::JournalReader reader(options.journal);
    reader.limit(options.filter.since, options.filter.until);
    // A journal is already in the order in which one look after the other found things.
    const ipc::JournalState state =
        reader.read([&](const BusRecord& record) { printer.print(record); });
    printer.flush();
    if (!state.complete) {
        fmt::print(stderr,
                   "ringside: {}: its recorder did not finish it; it is read up to its "
                   "last whole block\n",
                   options.journal);
    }
    if (state.damaged_blocks > 0) {
        fail(ExitCode::Data, "{}: {} of {} block(s) are damaged and were left out", options.journal,
             state.damaged_blocks, state.blocks);
    }
}

}  // namespace

void bus_tail(const BusTailOptions& options) {
    Printer printer(options);
    if (options.journal.empty()) {
        tail_bus(options, printer);
    } else {
        tail_journal(options, printer);
    }
}

}  // namespace ringside
