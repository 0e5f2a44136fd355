#include "tools/ringside/gzip_lines.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include <isa-l.h>

#include "core/error.hpp"

namespace ringside {
namespace {

constexpr std::size_t kInputBytes = std::size_t{256} << 10;
constexpr std::size_t kTextBytes = std::size_t{256} << 10;
// The inflater holds up to eight bytes in a register; those behind the end of a member are given
// back by stepping back in the input, so the bytes before a chunk are kept in front of it.
constexpr std::size_t kHeadroom = 16;

}  // namespace

GzipLines::GzipLines(std::filesystem::path path, Truncation truncation)
    : path_(std::move(path)),
      truncation_(truncation),
      input_(kHeadroom + kInputBytes),
      state_(std::make_unique<inflate_state>()),
      text_(kTextBytes + kPadding) {
    std::error_code error;
    if (std::filesystem::is_directory(path_, error)) {
        fail(ExitCode::Data, "{}: is a directory; name a raw .gz file of the collector",
             path_.string());
    }
    file_.open(path_, std::ios::binary);
    if (!file_) {
        fail(ExitCode::Data, "{}: cannot be opened: {}; check the path and its permissions",
             path_.string(), std::generic_category().message(errno));
    }
    size_bytes_ = std::filesystem::file_size(path_, error);
    if (error) size_bytes_ = 0;
    isal_inflate_init(state_.get());
    state_->next_in = input_.data() + kHeadroom;
}

GzipLines::~GzipLines() = default;

bool GzipLines::next(std::string_view& line) {
    for (;;) {
        const char* const from = text_.data() + scanned_;
        if (const void* found = std::memchr(from, '\n', end_ - scanned_)) {
            const char* const start = text_.data() + begin_;
            line = {start, static_cast<std::size_t>(static_cast<const char*>(found) - start)};
            begin_ += line.size() + 1;
            scanned_ = begin_;
            ++line_no_;
            return true;
        }
        scanned_ = end_;
        if (!fill()) break;
    }
    if (begin_ == end_ || truncated_) return false;
    line = {text_.data() + begin_, end_ - begin_};
    begin_ = scanned_ = end_;
    ++line_no_;
    return true;
}

/// Adds inflated text behind end_; false when there is no more.
bool GzipLines::fill() {
    if (at_end_) return false;
    if (begin_ > 0) {
        std::memmove(text_.data(), text_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (end_ + kPadding == text_.size()) {
        if (end_ >= kMaxLineBytes) {
            fail(ExitCode::Data, "{}:{}: line longer than {} MiB; this is not a collector's file",
                 path_.string(), line_no_ + 1, kMaxLineBytes >> 20);
        }
        text_.resize(2 * end_ + kPadding);
    }
    const std::size_t before = end_;
    while (end_ == before && !at_end_) {
        if (in_member_ || begin_member()) inflate_some();
    }
    return end_ > before;
}

/// Reads the next chunk of the file if the last one is used up; false at the end of the file.
bool GzipLines::refill_input() {
    if (state_->avail_in > 0) return true;
    std::uint8_t* const chunk = input_.data() + kHeadroom;
    std::memmove(input_.data(), state_->next_in - kHeadroom, kHeadroom);
    file_.read(reinterpret_cast<char*>(chunk), kInputBytes);
    if (file_.bad()) {
        fail(ExitCode::Io, "{}: cannot be read behind byte {}", path_.string(), bytes_read_);
    }
    const auto count = static_cast<std::uint32_t>(file_.gcount());
    bytes_read_ += count;
    state_->next_in = chunk;
    state_->avail_in = count;
    return count > 0;
}

/// Steps to the next gzip member, over zero bytes that pad the previous one.
bool GzipLines::begin_member() {
    const bool first = bytes_read_ == 0;
    while (refill_input()) {
        while (!first && state_->avail_in > 0 && *state_->next_in == 0) {
            ++state_->next_in;
            --state_->avail_in;
        }
        if (state_->avail_in == 0) continue;
        if (*state_->next_in != 0x1f) {
            fail(ExitCode::Data, "{}: {}", path_.string(),
                 first ? "not a gzip file; pass the collector's .gz file, or gzip it first"
                       : "something else than gzip data follows the gzip data; cut it off");
        }
        isal_inflate_reset(state_.get());
        state_->crc_flag = ISAL_GZIP;
        in_member_ = true;
        return true;
    }
    if (first) fail(ExitCode::Data, "{}: the file is empty; record it again", path_.string());
    at_end_ = true;
    return false;
}

void GzipLines::inflate_some() {
    const bool more_input = refill_input();
    const std::size_t before = end_;
    state_->next_out = reinterpret_cast<std::uint8_t*>(text_.data() + end_);
    state_->avail_out = static_cast<std::uint32_t>(text_.size() - kPadding - end_);
    const int result = isal_inflate(state_.get());
    end_ = text_.size() - kPadding - state_->avail_out;
    if (result != ISAL_DECOMP_OK) {
        fail(ExitCode::Data,
             "{}: damaged gzip data before byte {} (near line {}); copy the file again, or keep "
             "what `zcat` can still read of it",
             path_.string(), bytes_read_ - state_->avail_in, line_no_ + 1);
    }
    if (state_->block_state == ISAL_BLOCK_FINISH) {
        const auto held = static_cast<std::uint32_t>(state_->read_in_length / 8);
        state_->next_in -= held;
        state_->avail_in += held;
        in_member_ = false;
    } else if (!more_input && end_ == before) {
        end_truncated();
    }
}

void GzipLines::end_truncated() {
    if (truncation_ == Truncation::Refuse) {
        fail(ExitCode::Data,
             "{}: the gzip data ends in the middle, after line {}; copy the file again, or pass "
             "--allow-truncated to convert the whole lines that are there",
             path_.string(), line_no_);
    }
    truncated_ = true;
    at_end_ = true;
}

}  // namespace ringside
