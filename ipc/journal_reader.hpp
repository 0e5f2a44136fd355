#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/input_file.hpp"
#include "ipc/bus_record.hpp"
#include "ipc/journal_format.hpp"

struct ZSTD_DCtx_s;

namespace ringside::ipc {

/// What a journal turned out to be.
struct JournalState {
    std::uint64_t records = 0;
    std::uint64_t blocks = 0;
    std::uint64_t damaged_blocks = 0;  ///< left out
    std::uint64_t skipped_blocks = 0;  ///< outside the times asked for
    bool complete = false;             ///< its writer finished it
};

/// Reads a journal front to back, whole or not. Nothing in the file is believed before its
/// checksum, its length and its place were checked; memory is bounded by one block. One thread.
class JournalReader {
  public:
    using Sink = std::function<void(const BusRecord&)>;

    /// Fails (Data) if the file is no journal, or of another version.
    explicit JournalReader(const std::filesystem::path& path);
    JournalReader(const JournalReader&) = delete;
    JournalReader& operator=(const JournalReader&) = delete;
    ~JournalReader();

    const std::string& bus() const noexcept { return bus_; }

    /// Leaves out blocks with messages before `since` or after `until` only; the records that say
    /// what the bus and its sessions are still come.
    void limit(Nanos since, Nanos until) noexcept;

    /// Gives every record in file order; a payload is good during the call. Damaged blocks are
    /// left out and counted.
    JournalState read(const Sink& sink);

    /// The records of one block's bytes; false as soon as one cannot be.
    [[nodiscard]] static bool parse(std::span<const std::byte> records, const Sink& sink);

  private:
    struct Place {
        std::uint64_t offset = 0;
        journal::BlockHeader header{};
    };
    bool read_index();
    void read_indexed(const Sink& sink, JournalState& state);
    void read_scanned(const Sink& sink, JournalState& state);
    void read_block(const Place& block, const Sink& sink, JournalState& state);
    bool header_at(std::uint64_t offset, journal::BlockHeader& header) const;
    bool find_header(std::uint64_t& offset, journal::BlockHeader& header) const;
    bool load(const Place& block);
    /// Fills a T, or words, from there; false if the file ends before.
    template <typename T>
    bool read_at(std::uint64_t offset, std::span<T> to) const;
    bool outside(Nanos first, Nanos last) const noexcept;

    InputFile file_;
    std::string bus_;
    struct FreeContext {
        void operator()(ZSTD_DCtx_s* context) const noexcept;
    };
    std::unique_ptr<ZSTD_DCtx_s, FreeContext> zstd_;  ///< made for the first block
    Nanos since_;
    Nanos until_;
    std::vector<journal::IndexEntry> index_;
    std::vector<std::byte> stored_;
    std::vector<std::uint64_t> raw_;  ///< words, so that records are aligned
};

}  // namespace ringside::ipc
