#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "collectord/packer.hpp"
#include "core/time.hpp"

namespace ringside::collectord {

/// A compressed file that is being recorded: new under its name, readable up to the last flush
/// whatever becomes of its writer. Throws Error (Io) when the disk refuses.
class SegmentFile {
  public:
    /// "<stem>_<YYYYMMDD>T<HHMMSS>Z.gz" or ".zst" in the directory; a number is put behind the
    /// time when there is such a file already.
    SegmentFile(const std::filesystem::path& directory, std::string_view stem, Nanos opened_ts,
                Compression compression, int level);
    SegmentFile(const SegmentFile&) = delete;
    SegmentFile& operator=(const SegmentFile&) = delete;
    /// Without finish() the file ends at the last flush.
    ~SegmentFile();

    void write(std::string_view text);
    /// All that was written can be read from now on, even if this process is killed.
    void flush();
    /// Ends the file and has it on the disk.
    void finish();

    const std::filesystem::path& path() const noexcept { return path_; }

  private:
    void pack(std::string_view text, Packer::Then then);
    void put(std::span<const std::byte> bytes);

    std::filesystem::path path_;
    int fd_ = -1;
    std::unique_ptr<Packer> packer_;
};

}  // namespace ringside::collectord
