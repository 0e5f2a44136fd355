#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <fmt/format.h>

#include "ipc/bus_tap.hpp"
#include "ipc/journal_writer.hpp"
#include "tools/ringside/bus_tail.hpp"

namespace ringside {
namespace {

std::atomic<bool> g_stop{false};

void stop_recording(int /*signal*/) { g_stop.store(true, std::memory_order_relaxed); }

/// What a recording is worth.
struct Tally {
    std::uint64_t frames = 0;
    std::uint64_t missed = 0;
    std::uint64_t damaged = 0;

    void add(const ipc::BusRecord& record) {
        ipc::GapNote gap;
        if (record.kind == ipc::RecordKind::Frame) ++frames;
        if (read_note(record, gap)) {
            (record.kind == ipc::RecordKind::Gap ? missed : damaged) += gap.count;
        }
    }
};

}  // namespace

void bus_record(const BusRecordOptions& options) {
    ipc::BusTap tap(options.bus, options.from_now ? ipc::ReadFrom::Now : ipc::ReadFrom::Oldest);
    ipc::JournalWriter journal(options.output, options.bus);
    g_stop.store(false, std::memory_order_relaxed);
    std::signal(SIGINT, stop_recording);
    std::signal(SIGTERM, stop_recording);
    Tally tally;
    // What a killed recorder loses at most, beside what its last block had no room for.
    constexpr auto kFlushEvery = std::chrono::seconds(1);
    auto flushed = std::chrono::steady_clock::now();
    while (!tap.ended() && !g_stop.load(std::memory_order_relaxed)) {
        const std::size_t found = tap.poll([&](const ipc::BusRecord& record) {
            tally.add(record);
            journal.append(record);
        });
        const auto now = std::chrono::steady_clock::now();
        if (now - flushed >= kFlushEvery) {
            journal.flush();
            flushed = now;
        }
        if (found == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    journal.finish();
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    fmt::print(stderr, "ringside: {}: {} messages, {} missed, {} damaged; {:.1f} MB in {:.1f} MB\n",
               options.output, tally.frames, tally.missed, tally.damaged,
               static_cast<double>(journal.raw_bytes()) / 1e6,
               static_cast<double>(journal.file_bytes()) / 1e6);
}

}  // namespace ringside
