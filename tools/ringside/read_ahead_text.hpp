#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "tools/ringside/packed_text.hpp"

namespace ringside {

/// A text that a thread of its own unpacks, a few chunks ahead of who reads it.
class ReadAheadText final : public PackedText {
  public:
    explicit ReadAheadText(std::unique_ptr<PackedText> text);
    ~ReadAheadText() override;

    /// Throws what the text threw, behind all that came before it.
    std::size_t read(std::span<char> out) override;
    // Of what read() has given:
    std::uint64_t bytes_read() const noexcept override { return current_.bytes_read; }
    bool truncated() const noexcept override { return current_.truncated; }

  private:
    struct Chunk {
        std::vector<char> text;  ///< none in the last one
        std::uint64_t bytes_read = 0;
        bool truncated = false;
        std::exception_ptr error;
    };

    void unpack_all(const std::stop_token& stop);
    Chunk unpack_one(std::vector<char> room);
    void take_next();

    const std::unique_ptr<PackedText> text_;
    std::mutex mutex_;
    std::condition_variable_any change_;
    std::deque<Chunk> ready_;
    std::vector<std::vector<char>> spare_;
    Chunk current_;
    std::size_t taken_ = 0;  ///< bytes of the current one
    bool at_end_ = false;
    std::jthread thread_;  ///< last: it begins when the others are there
};

}  // namespace ringside
