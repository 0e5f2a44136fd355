#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/deflater.hpp"

namespace ringside {

/// Writes a zip file member by member; equal content gives equal bytes. The file appears when
/// finish() returns, complete, and not at all if that is not reached.
class ZipWriter {
  public:
    /// `level` 0 stores, 1 to 9 deflate; see make_deflater().
    ZipWriter(const std::filesystem::path& path, int level);

    /// `head_bytes` (below 64 Ki) are kept free at the member's start for what is known only at its
    /// end, such as a count.
    void begin_member(std::string_view name, std::size_t head_bytes);
    void write(std::span<const std::byte> bytes);
    /// `head` fills what begin_member() kept free.
    void end_member(std::span<const std::byte> head);
    void finish();

  private:
    struct Member {
        std::string name;
        std::uint64_t header_offset = 0;
        std::uint64_t head_offset = 0;  ///< where the bytes kept free are in the file
        std::size_t head_bytes = 0;
        std::uint64_t size_bytes = 0;  ///< without the head until the member ends
        std::uint64_t packed_bytes = 0;
        std::uint32_t crc = 0;  ///< as size_bytes
    };
    void pack(std::span<const std::byte> bytes);
    void append_directory();

    AtomicFile file_;
    int level_;
    std::unique_ptr<Deflater> deflater_;  ///< of the open member, unless stored
    std::vector<Member> members_;
    std::vector<std::byte> staged_;  ///< small writes, until there are enough to pack
    bool member_open_ = false;
};

}  // namespace ringside
