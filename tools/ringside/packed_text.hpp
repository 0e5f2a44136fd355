#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace ringside {

/// What to do with a file that ends in the middle, as after a killed recorder.
enum class Truncation : std::uint8_t { Refuse = 0, Accept = 1 };

/// The text of a compressed file, front to back.
class PackedText {
  public:
    PackedText() = default;
    PackedText(const PackedText&) = delete;
    PackedText& operator=(const PackedText&) = delete;
    virtual ~PackedText() = default;

    /// Fills `out` from its start and returns how much was filled; zero only at the end.
    virtual std::size_t read(std::span<char> out) = 0;

    virtual std::uint64_t bytes_read() const noexcept = 0;  ///< of the file
    /// Whether the file turned out to end in the middle.
    virtual bool truncated() const noexcept = 0;
};

/// Opens a gzip or Zstandard file, whichever its first bytes say; it may consist of several members
/// or frames. Throws Error (Data) when it is missing or of another kind, and so does reading when
/// it is damaged.
std::unique_ptr<PackedText> open_packed_text(const std::filesystem::path& path,
                                             Truncation truncation);

}  // namespace ringside
