#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/byte_stream.hpp"

namespace ringside {

/// A regular file opened for reading. Reads carry their own offset, so one file may serve several
/// streams and threads.
class InputFile {
  public:
    explicit InputFile(const std::filesystem::path& path);
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    ~InputFile();

    /// Size when the file was opened.
    std::uint64_t size_bytes() const noexcept { return size_bytes_; }
    const std::string& name() const noexcept { return name_; }
    /// Fills `out` from `offset`; fewer bytes only where the file ends.
    std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) const;

  private:
    std::string name_;
    std::uint64_t size_bytes_ = 0;
    int fd_ = -1;
};

/// The whole of a file, front to back.
std::unique_ptr<ByteStream> stream_of(std::shared_ptr<const InputFile> file);

}  // namespace ringside
