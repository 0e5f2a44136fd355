#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "ipc/segment.hpp"

namespace ringside::connectord {

/// The journal's memory: a file mapped for writing, all of its blocks reserved, locked against a
/// second user.
class JournalFile {
  public:
    /// Makes the file (mode 0600) if there is none. Fails (Io) if it cannot be had, and (Usage) if
    /// another process uses it. An existing file keeps its size.
    JournalFile(const std::filesystem::path& path, std::size_t records);
    JournalFile(const JournalFile&) = delete;
    JournalFile& operator=(const JournalFile&) = delete;
    ~JournalFile();

    std::span<std::byte> memory() const noexcept { return {memory_, size_}; }
    /// Waits until all that was written before is on the disk. Not for the thread that trades.
    void sync();

  private:
    std::string name_;
    ipc::FileDescriptor fd_;
    std::byte* memory_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace ringside::connectord
