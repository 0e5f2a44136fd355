#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "collectord/config.hpp"
#include "collectord/segment_file.hpp"

namespace ringside::collectord {

/// Writes lines to one file for each symbol. A thread of its own packs and writes, so that neither
/// delays the receipt, and with it the receive times, of what comes next.
class Recorder {
  public:
    /// What waits to be written; a disk that is slower than the venue for long ends the recording.
    static constexpr std::size_t kWaitingMax = std::size_t{512} << 20;

    /// `on_failure` is called from the writing thread, once; the error is thrown by stop().
    Recorder(const CollectorConfig& config, std::function<void()> on_failure);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder();

    /// Adds a line of time and text. A line feed in the text becomes a space.
    void write(std::size_t symbol, Nanos received_ts, std::string_view text);
    /// Writes all that waits, ends the files and the thread.
    void stop();

    /// Period of the rotation that a time belongs to; files of a symbol never span two.
    std::int64_t period(Nanos ts) const noexcept;

  private:
    struct Piece {
        std::int64_t period;
        Nanos first_ts;
        std::string lines;
    };
    using Pieces = std::vector<Piece>;
    struct Open {
        std::int64_t period = 0;
        std::unique_ptr<SegmentFile> file{};
    };

    void run();
    void finish_all();
    void finish_what_can_be() noexcept;
    void check_free_space() const;
    void write_all(std::vector<Pieces>& waiting);
    void write_pieces(std::size_t symbol, const Pieces& pieces);

    CollectorConfig config_;
    std::function<void()> on_failure_;
    std::vector<Open> open_;  // the writing thread's

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Pieces> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool is_stopping_ = false;
    std::exception_ptr failure_;

    std::thread thread_;
};

}  // namespace ringside::collectord
