#include "tools/ringside/raw_lines.hpp"

#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "tools/ringside/read_ahead_text.hpp"

namespace ringside {
namespace {

constexpr std::size_t kTextBytes = std::size_t{256} << 10;

}  // namespace

RawLines::RawLines(std::filesystem::path path, Truncation truncation)
    : path_(std::move(path)),
      text_(std::make_unique<ReadAheadText>(open_packed_text(path_, truncation))),
      buffer_(kTextBytes + kPadding) {}

RawLines::~RawLines() = default;

bool RawLines::next(std::string_view& line) {
    for (;;) {
        const char* const from = buffer_.data() + scanned_;
        if (const void* found = std::memchr(from, '\n', end_ - scanned_)) {
            const char* const start = buffer_.data() + begin_;
            line = {start, static_cast<std::size_t>(static_cast<const char*>(found) - start)};
            begin_ += line.size() + 1;
            scanned_ = begin_;
            ++line_no_;
            return true;
        }
        scanned_ = end_;
        if (!fill()) break;
    }
    if (begin_ == end_ || text_->truncated()) return false;
    line = {buffer_.data() + begin_, end_ - begin_};
    begin_ = scanned_ = end_;
    ++line_no_;
    return true;
}

/// Adds text behind end_; false when there is no more.
bool RawLines::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (end_ + kPadding == buffer_.size()) {
        if (end_ >= kMaxLineBytes) {
            fail(ExitCode::Data, "{}:{}: line longer than {} MiB; this is not a collector's file",
                 path_.string(), line_no_ + 1, kMaxLineBytes >> 20);
        }
        buffer_.resize(2 * end_ + kPadding);
    }
    const std::size_t room = buffer_.size() - kPadding - end_;
    const std::size_t added = text_->read(std::span(buffer_).subspan(end_, room));
    end_ += added;
    return added > 0;
}

}  // namespace ringside
