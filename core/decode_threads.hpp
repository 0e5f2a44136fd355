#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/read_ahead.hpp"

namespace ringside {

/// Threads that decode for several sources: next for the one whose consumer waits, else for the one
/// with the least in store. So few threads serve many files, each in time.
class DecodeThreads {
  public:
    explicit DecodeThreads(std::size_t count);
    DecodeThreads(const DecodeThreads&) = delete;
    DecodeThreads& operator=(const DecodeThreads&) = delete;
    ~DecodeThreads();

    /// A source that these threads decode for. It keeps them.
    static std::unique_ptr<EventSource> open(std::shared_ptr<DecodeThreads> threads,
                                             std::unique_ptr<RowReader> reader, const Grid& grid,
                                             ReadAheadOptions options);

  private:
    class Source;

    void run();
    /// The source to decode for; null if all have enough.
    Source* neediest() const noexcept;

    std::mutex mutex_;  ///< of what follows, and of what the sources have in store
    std::condition_variable work_;
    std::vector<Source*> sources_;
    bool stop_ = false;

    std::vector<std::thread> threads_;  ///< last: they start when all else exists
};

}  // namespace ringside
