#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_stream.hpp"
#include "core/input_file.hpp"

namespace ringside {

/// The directory of a zip file (with or without the 64-bit extension) and streams of its members.
class ZipArchive {
  public:
    struct Member {
        std::string name;
        std::uint64_t size_bytes = 0;
        std::uint64_t packed_bytes = 0;
        std::uint64_t header_offset = 0;
        std::uint32_t crc = 0;
        std::uint16_t method = 0;
        bool encrypted = false;
    };

    explicit ZipArchive(std::shared_ptr<const InputFile> file);

    const std::vector<Member>& members() const noexcept { return members_; }
    /// Throws Error listing what there is when `name` is not a member.
    const Member& find(std::string_view name) const;
    /// The member's content. Its length and CRC are verified at its end. Outlives the archive.
    std::unique_ptr<ByteStream> open(const Member& member) const;

  private:
    std::shared_ptr<const InputFile> file_;
    std::vector<Member> members_;
};

}  // namespace ringside
