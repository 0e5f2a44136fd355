#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "tools/ringside/packed_text.hpp"

namespace ringside {

/// The lines of a collector's compressed file, which another thread unpacks meanwhile. Throws Error
/// (Data) when the file is missing, damaged or of another kind.
class RawLines {
  public:
    /// Bytes that may be read, not interpreted, behind the end of a line.
    static constexpr std::size_t kPadding = 64;
    static constexpr std::size_t kMaxLineBytes = std::size_t{256} << 20;

    explicit RawLines(std::filesystem::path path, Truncation truncation = Truncation::Refuse);
    RawLines(const RawLines&) = delete;
    RawLines& operator=(const RawLines&) = delete;
    ~RawLines();

    /// Takes the next line, without its line feed; valid until the next call. False at the end. Of
    /// an accepted truncated file the last, unfinished line is left out.
    bool next(std::string_view& line);

    const std::filesystem::path& path() const noexcept { return path_; }
    std::uint64_t line_no() const noexcept { return line_no_; }  ///< of the last line, from 1
    std::uint64_t bytes_read() const noexcept { return text_->bytes_read(); }  ///< compressed
    bool truncated() const noexcept { return text_->truncated(); }

  private:
    bool fill();

    std::filesystem::path path_;
    std::unique_ptr<PackedText> text_;
    std::uint64_t line_no_ = 0;
    std::vector<char> buffer_;  // text, kPadding bytes longer than what may be filled
    std::size_t begin_ = 0;     // first byte not yet handed out
    std::size_t scanned_ = 0;   // no line feed in [begin_, scanned_)
    std::size_t end_ = 0;       // behind the last byte of text
};

}  // namespace ringside
