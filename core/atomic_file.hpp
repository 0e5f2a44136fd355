#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ringside {

/// A file that appears under its name complete or not at all: written to a temporary name in the
/// same directory, which is synced and renamed by commit() and removed in every other case.
class AtomicFile {
  public:
    explicit AtomicFile(const std::filesystem::path& path);
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile();

    void append(std::span<const std::byte> bytes);
    /// Overwrites bytes that have been appended before.
    void patch(std::uint64_t offset, std::span<const std::byte> bytes);
    std::uint64_t size_bytes() const noexcept { return written_ + buffer_.size(); }
    /// The name the file will have.
    const std::string& name() const noexcept { return name_; }
    void commit();

  private:
    void flush();
    void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
    [[noreturn]] void give_up(const char* action, int error);
    void remove_temporary() noexcept;

    std::filesystem::path path_;
    std::filesystem::path temporary_;
    std::string name_;
    std::vector<std::byte> buffer_;
    std::uint64_t written_ = 0;  ///< bytes that left the buffer
    int fd_ = -1;
};

}  // namespace ringside
