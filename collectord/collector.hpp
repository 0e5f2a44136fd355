#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collectord/config.hpp"
#include "collectord/depth_sequence.hpp"
#include "collectord/message.hpp"
#include "collectord/recorder.hpp"
#include "collectord/snapshot_queue.hpp"
#include "collectord/venue.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/stream_line.hpp"
#include "core/net/tls_context.hpp"

namespace ringside::collectord {

/// Records the streams of a configuration until it is stopped.
class Collector {
  public:
    /// `seed` spreads attempts to reconnect; nothing that is recorded depends on it.
    Collector(const CollectorConfig& config, std::uint64_t seed);
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;
    ~Collector();

    /// Returns after stop(). Throws Error (Io) when the disk refuses.
    void run();
    /// Only from a signal that `loop()` watches, or before run().
    void stop();
    net::EventLoop& loop() noexcept { return loop_; }

  private:
    /// One stream of one symbol.
    struct Channel {
        std::string name;
        std::size_t symbol;
        const Stream* stream;
        net::Handover handover{};
        std::uint64_t messages = 0;  ///< since the last report
    };
    struct Book {
        DepthSequence sequence;
        std::int64_t period = -1;  ///< of the recording; a new one begins with a snapshot
    };
    struct Line {
        net::StreamLine streams{};
        std::vector<std::size_t> symbols{};
    };
    struct Counts {
        std::uint64_t messages = 0;
        std::uint64_t duplicates = 0;
        std::uint64_t unknown = 0;
        std::uint64_t gaps = 0;
        std::uint64_t losses = 0;
    };

    void open_lines(std::uint64_t seed);
    void open_line(std::string_view route, const std::vector<std::size_t>& symbols,
                   std::uint64_t seed);
    void came_up(Line& line, std::uint64_t connection);
    void went_down(Line& line, std::uint64_t connection, const net::NetError& error, Nanos wait);
    void receive(const Line& line, std::uint64_t connection, std::string_view text, Nanos ts);
    void note_unknown(std::string_view text);
    bool is_duplicate(const Line& line, Channel& channel, std::uint64_t connection);
    void follow_book(const Channel& channel, Nanos ts);
    bool take_snapshot(std::size_t symbol, const std::string& text, Nanos ts);
    void mark(std::size_t symbol, Nanos ts, std::string_view what, std::string_view more = {});
    void report();

    CollectorConfig config_;
    const Venue& venue_;
    net::EventLoop loop_;
    net::TlsContext tls_;
    Recorder recorder_;
    MessageReader message_;
    std::vector<Book> books_;  ///< one for each symbol
    std::vector<std::unique_ptr<Channel>> channels_;
    std::unordered_map<std::string_view, Channel*> by_name_;
    std::optional<SnapshotQueue> snapshots_;
    std::vector<std::unique_ptr<Line>> lines_;
    net::Timer report_timer_;
    Counts counts_;
};

}  // namespace ringside::collectord
