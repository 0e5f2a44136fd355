#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

struct inflate_state;

namespace ringside {

/// What to do with a gzip file that ends in the middle, as after a killed recorder.
enum class Truncation : std::uint8_t { Refuse = 0, Accept = 1 };

/// The lines of a gzip text file, inflated as they are asked for. A file may consist of several
/// gzip members. Throws Error (Data) when the file is missing, damaged or of another kind.
class GzipLines {
  public:
    /// Bytes that may be read, not interpreted, behind the end of a line.
    static constexpr std::size_t kPadding = 64;
    static constexpr std::size_t kMaxLineBytes = std::size_t{256} << 20;

    explicit GzipLines(std::filesystem::path path, Truncation truncation = Truncation::Refuse);
    GzipLines(const GzipLines&) = delete;
    GzipLines& operator=(const GzipLines&) = delete;
    ~GzipLines();

    /// Takes the next line, without its line feed; valid until the next call. False at the end. Of
    /// an accepted truncated file the last, unfinished line is left out.
    bool next(std::string_view& line);

    const std::filesystem::path& path() const noexcept { return path_; }
    std::uint64_t line_no() const noexcept { return line_no_; }        ///< of the last line, from 1
    std::uint64_t bytes_read() const noexcept { return bytes_read_; }  ///< compressed
    std::uint64_t size_bytes() const noexcept { return size_bytes_; }  ///< compressed
    bool truncated() const noexcept { return truncated_; }

  private:
    bool fill();
    bool refill_input();
    bool begin_member();
    void inflate_some();
    void end_truncated();

    std::filesystem::path path_;
    Truncation truncation_;
    std::ifstream file_;
    std::uint64_t size_bytes_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::uint64_t line_no_ = 0;
    std::vector<std::uint8_t> input_;
    std::unique_ptr<inflate_state> state_;
    bool in_member_ = false;
    bool truncated_ = false;
    bool at_end_ = false;
    std::vector<char> text_;   // inflated, kPadding bytes longer than what may be filled
    std::size_t begin_ = 0;    // first byte not yet handed out
    std::size_t scanned_ = 0;  // no line feed in [begin_, scanned_)
    std::size_t end_ = 0;      // behind the last inflated byte
};

}  // namespace ringside
