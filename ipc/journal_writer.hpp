#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/bus_record.hpp"
#include "ipc/journal_format.hpp"
#include "ipc/segment.hpp"

struct ZSTD_CCtx_s;

namespace ringside::ipc {

/// Appends records to a journal. Whatever kills the process, the blocks written before can be
/// read. One thread.
class JournalWriter {
  public:
    /// Fails (Io) if there is such a file already: a recording is never overwritten.
    JournalWriter(const std::filesystem::path& path, std::string_view bus);
    JournalWriter(const JournalWriter&) = delete;
    JournalWriter& operator=(const JournalWriter&) = delete;
    /// Without finish(): as if the process had been killed here.
    ~JournalWriter();

    void append(const BusRecord& record);
    /// Writes the records so far as a block, however few.
    void flush();
    /// Flushes, writes the index and syncs the file to disk.
    void finish();

    std::uint64_t records() const noexcept { return records_; }
    std::uint64_t file_bytes() const noexcept { return offset_; }
    std::uint64_t raw_bytes() const noexcept { return raw_bytes_; }

  private:
    void write_block(journal::BlockKind kind, std::uint32_t records);
    void write(const void* bytes, std::size_t size);

    std::string name_;
    FileDescriptor fd_;
    struct FreeContext {
        void operator()(ZSTD_CCtx_s* context) const noexcept;
    };
    std::unique_ptr<ZSTD_CCtx_s, FreeContext> zstd_;
    std::vector<std::byte> block_;   ///< records not yet written
    std::vector<std::byte> stored_;  ///< header, compressed block, zeros
    std::vector<journal::IndexEntry> index_;
    journal::BlockHeader header_{};  ///< of block_
    std::uint64_t offset_ = 0;
    std::uint64_t records_ = 0;
    std::uint64_t raw_bytes_ = 0;
};

}  // namespace ringside::ipc
