#include "tools/ringside/packed_text.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <isa-l.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "core/check.hpp"
#include "core/error.hpp"

namespace ringside {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
// ISA-L's inflater holds up to eight bytes in a register; those behind the end of a member are
// given back by stepping back in the input, so the bytes before a chunk are kept in front of it.
constexpr std::size_t kHeadroom = 16;

constexpr std::string_view kGzipMagic("\x1f\x8b");
constexpr std::string_view kZstdMagic("\x28\xb5\x2f\xfd");

/// The file in chunks, each behind the last bytes of the one before.
class Chunks {
  public:
    Chunks(std::filesystem::path path, Truncation truncation)
        : path_(std::move(path)), truncation_(truncation), bytes_(kHeadroom + kChunkBytes) {
        std::error_code error;
        if (std::filesystem::is_directory(path_, error)) {
            fail(ExitCode::Data, "{}: is a directory; name a raw .gz or .zst file of the collector",
                 name());
        }
        file_.open(path_, std::ios::binary);
        if (!file_) {
            fail(ExitCode::Data, "{}: cannot be opened: {}; check the path and its permissions",
                 name(), std::generic_category().message(errno));
        }
    }

    /// Empty at the end. `keep` bytes in front of the last one stay readable in front of this.
    std::span<std::uint8_t> next() {
        std::uint8_t* const chunk = bytes_.data() + kHeadroom;
        if (size_ > 0) std::memmove(bytes_.data(), chunk + size_ - kHeadroom, kHeadroom);
        file_.read(reinterpret_cast<char*>(chunk), static_cast<std::streamsize>(kChunkBytes));
        if (file_.bad()) fail(ExitCode::Io, "{}: cannot be read behind byte {}", name(), read_);
        size_ = static_cast<std::size_t>(file_.gcount());
        read_ += size_;
        return {chunk, size_};
    }
    /// The file begins again.
    void rewind() {
        file_.clear();
        file_.seekg(0);
        size_ = 0;
        read_ = 0;
    }

    std::string name() const { return path_.string(); }
    std::uint64_t bytes_read() const noexcept { return read_; }
    bool truncated() const noexcept { return truncated_; }
    /// The file ends, but its content does not.
    void end_truncated() {
        if (truncation_ == Truncation::Refuse) {
            fail(ExitCode::Data,
                 "{}: the compressed data ends in the middle, at byte {}; copy the file again, or "
                 "pass --allow-truncated to take the whole lines that are there",
                 name(), read_);
        }
        truncated_ = true;
    }
    [[noreturn]] void fail_damaged(std::size_t unused) const {
        fail(ExitCode::Data,
             "{}: damaged data before byte {}; copy the file again, or keep what `zcat` or "
             "`zstdcat` "
             "can still read of it",
             name(), read_ - unused);
    }
    [[noreturn]] void fail_at_tail() const {
        fail(ExitCode::Data,
             "{}: something else follows the compressed data before byte {}; cut it off", name(),
             read_);
    }

  private:
    std::filesystem::path path_;
    Truncation truncation_;
    std::ifstream file_;
    std::vector<std::uint8_t> bytes_;
    std::size_t size_ = 0;  // of the last chunk
    std::uint64_t read_ = 0;
    bool truncated_ = false;
};

class GzipText final : public PackedText {
  public:
    explicit GzipText(std::unique_ptr<Chunks> chunks)
        : chunks_(std::move(chunks)), state_(std::make_unique<inflate_state>()) {
        isal_inflate_init(state_.get());
    }

    std::size_t read(std::span<char> out) override {
        std::size_t filled = 0;
        while (filled == 0 && !at_end_) {
            if (in_member_ || begin_member()) filled = inflate_some(out);
        }
        return filled;
    }
    std::uint64_t bytes_read() const noexcept override { return chunks_->bytes_read(); }
    bool truncated() const noexcept override { return chunks_->truncated(); }

  private:
    bool refill() {
        if (state_->avail_in > 0) return true;
        const auto chunk = chunks_->next();
        state_->next_in = chunk.data();
        state_->avail_in = static_cast<std::uint32_t>(chunk.size());
        return !chunk.empty();
    }

    /// Steps to the next member, over zero bytes that pad the previous one.
    bool begin_member() {
        while (refill()) {
            while (!is_first_ && state_->avail_in > 0 && *state_->next_in == 0) {
                ++state_->next_in;
                --state_->avail_in;
            }
            if (state_->avail_in == 0) continue;
            if (*state_->next_in != static_cast<std::uint8_t>(kGzipMagic[0])) {
                chunks_->fail_at_tail();
            }
            isal_inflate_reset(state_.get());
            state_->crc_flag = ISAL_GZIP;
            in_member_ = true;
            is_first_ = false;
            return true;
        }
        at_end_ = true;
        return false;
    }

    std::size_t inflate_some(std::span<char> out) {
        const bool more_input = refill();
        state_->next_out = reinterpret_cast<std::uint8_t*>(out.data());
        state_->avail_out = static_cast<std::uint32_t>(out.size());
        const int result = isal_inflate(state_.get());
        const std::size_t filled = out.size() - state_->avail_out;
        if (result != ISAL_DECOMP_OK) chunks_->fail_damaged(state_->avail_in);
        if (state_->block_state == ISAL_BLOCK_FINISH) {
            const auto held = static_cast<std::uint32_t>(state_->read_in_length / 8);
            state_->next_in -= held;
            state_->avail_in += held;
            in_member_ = false;
        } else if (!more_input && filled == 0) {
            chunks_->end_truncated();
            at_end_ = true;
        }
        return filled;
    }

    std::unique_ptr<Chunks> chunks_;
    std::unique_ptr<inflate_state> state_;
    bool is_first_ = true;
    bool in_member_ = false;
    bool at_end_ = false;
};

class ZstdText final : public PackedText {
  public:
    explicit ZstdText(std::unique_ptr<Chunks> chunks) : chunks_(std::move(chunks)) {
        if (!context_) throw std::bad_alloc();
    }

    std::size_t read(std::span<char> out) override {
        ZSTD_outBuffer output{out.data(), out.size(), 0};
        while (output.pos == 0 && !at_end_) {
            bool more_input = true;
            if (input_.pos == input_.size) {
                const auto chunk = chunks_->next();
                input_ = {chunk.data(), chunk.size(), 0};
                more_input = !chunk.empty();
            }
            if (!more_input && !in_frame_) {
                at_end_ = true;
                break;
            }
            const std::size_t left = ZSTD_decompressStream(context_.get(), &output, &input_);
            if (ZSTD_isError(left) != 0) {
                if (!in_frame_ && ZSTD_getErrorCode(left) == ZSTD_error_prefix_unknown) {
                    chunks_->fail_at_tail();
                }
                chunks_->fail_damaged(input_.size - input_.pos);
            }
            in_frame_ = left != 0;
            if (!more_input && output.pos == 0 && in_frame_) {
                chunks_->end_truncated();
                at_end_ = true;
            }
        }
        return output.pos;
    }
    std::uint64_t bytes_read() const noexcept override { return chunks_->bytes_read(); }
    bool truncated() const noexcept override { return chunks_->truncated(); }

  private:
    struct Free {
        void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
    };

    std::unique_ptr<Chunks> chunks_;
    std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
    ZSTD_inBuffer input_{nullptr, 0, 0};
    bool in_frame_ = false;
    bool at_end_ = false;
};

/// A recorder was killed before it wrote a byte of use.
class NoText final : public PackedText {
  public:
    std::size_t read(std::span<char>) override { return 0; }
    std::uint64_t bytes_read() const noexcept override { return 0; }
    bool truncated() const noexcept override { return true; }
};

bool is_cut_magic(std::string_view start) noexcept {
    return kGzipMagic.starts_with(start) || kZstdMagic.starts_with(start);
}

}  // namespace

std::unique_ptr<PackedText> open_packed_text(const std::filesystem::path& path,
                                             Truncation truncation) {
    auto chunks = std::make_unique<Chunks>(path, truncation);
    const auto first = chunks->next();
    const std::string_view start(reinterpret_cast<const char*>(first.data()), first.size());
    const bool is_gzip = start.starts_with(kGzipMagic);
    const bool is_zstd = start.starts_with(kZstdMagic);
    if (!is_gzip && !is_zstd) {
        if (is_cut_magic(start)) {
            if (truncation == Truncation::Accept) return std::make_unique<NoText>();
            if (start.empty()) {
                fail(ExitCode::Data,
                     "{}: the file is empty; record it again, or pass "
                     "--allow-truncated",
                     path.string());
            }
            chunks->end_truncated();
        }
        fail(ExitCode::Data,
             "{}: not a gzip file nor a Zstandard file; pass the collector's .gz or .zst file, or "
             "gzip it first",
             path.string());
    }
    chunks->rewind();
    if (is_gzip) return std::make_unique<GzipText>(std::move(chunks));
    return std::make_unique<ZstdText>(std::move(chunks));
}

}  // namespace ringside
