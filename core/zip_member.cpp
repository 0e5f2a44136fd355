#include "core/zip_member.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <isa-l/igzip_lib.h>

#include "core/crc32.hpp"
#include "core/error.hpp"
#include "core/zip_format.hpp"

namespace ringside {
namespace {

/// Packed bytes asked of the file at once.
constexpr std::size_t kPackedChunkBytes = 256 * 1024;

/// Length and CRC of what a member yields, whatever its packing.
class MemberStream : public ByteStream {
  public:
    MemberStream(std::shared_ptr<const InputFile> file, const ZipArchive::Member& member,
                 std::uint64_t offset)
        : file_(std::move(file)),
          packed_offset_(offset),
          packed_left_(member.packed_bytes),
          name_(fmt::format("{} ({})", file_->name(), member.name)),
          size_bytes_(member.size_bytes),
          crc_wanted_(member.crc) {}

    std::size_t read(std::span<std::byte> out) final {
        const std::uint64_t left = size_bytes_ - produced_;
        const std::size_t want = std::min<std::uint64_t>(out.size(), left);
        const std::size_t got = want == 0 ? 0 : unpack(out.first(want));
        if (got == 0 && !out.empty()) check_end();
        crc_ = crc32_of(out.first(got), crc_);
        produced_ += got;
        return got;
    }
    const std::string& name() const noexcept final { return name_; }

  protected:
    /// Fills at most `out`; zero when the packed bytes yield no more.
    virtual std::size_t unpack(std::span<std::byte> out) = 0;
    /// Whether the packed bytes yield more than the directory says.
    virtual bool has_excess() = 0;

    std::size_t read_packed(std::span<std::byte> out) {
        const std::size_t want = std::min<std::uint64_t>(out.size(), packed_left_);
        const std::size_t got = file_->read_at(packed_offset_, out.first(want));
        packed_offset_ += got;
        packed_left_ -= got;
        return got;
    }
    [[noreturn]] void refuse(std::string_view what) const {
        fail(ExitCode::Data,
             "{}: {} at its byte {} of {}: the file is damaged; fetch or write it "
             "again",
             name_, what, produced_, size_bytes_);
    }

  private:
    void check_end() {
        if (produced_ != size_bytes_) refuse("data end early");
        if (has_excess()) refuse("data go on after the end");
        if (crc_ != crc_wanted_) {
            refuse(fmt::format("CRC {:08x} instead of {:08x}", crc_, crc_wanted_));
        }
    }

    std::shared_ptr<const InputFile> file_;
    std::uint64_t packed_offset_;
    std::uint64_t packed_left_;
    std::string name_;
    std::uint64_t size_bytes_;
    std::uint64_t produced_ = 0;
    std::uint32_t crc_wanted_;
    std::uint32_t crc_ = 0;
};

class StoredStream final : public MemberStream {
  public:
    using MemberStream::MemberStream;

  private:
    std::size_t unpack(std::span<std::byte> out) override { return read_packed(out); }
    bool has_excess() override { return false; }
};

class DeflatedStream final : public MemberStream {
  public:
    DeflatedStream(std::shared_ptr<const InputFile> file, const ZipArchive::Member& member,
                   std::uint64_t offset)
        : MemberStream(std::move(file), member, offset), packed_(kPackedChunkBytes) {
        isal_inflate_init(&state_);
    }

  private:
    std::size_t unpack(std::span<std::byte> out) override {
        if (damaged_) refuse("compressed data are invalid");
        state_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        state_.avail_out = static_cast<std::uint32_t>(
            std::min<std::size_t>(out.size(), std::numeric_limits<std::uint32_t>::max()));
        const std::uint32_t asked = state_.avail_out;
        while (state_.avail_out > 0 && state_.block_state != ISAL_BLOCK_FINISH) {
            if (state_.avail_in == 0) {
                const std::size_t count = read_packed(packed_);
                // Bytes that the decoder holds back may still complete what it is decoding.
                state_.next_in = reinterpret_cast<std::uint8_t*>(packed_.data());
                state_.avail_in = static_cast<std::uint32_t>(count);
                if (count == 0) input_ended_ = true;
            }
            const std::uint32_t before = state_.avail_out;
            // What was decoded before the damage is handed out first.
            if (isal_inflate(&state_) != ISAL_DECOMP_OK) {
                damaged_ = true;
                break;
            }
            if (input_ended_ && state_.avail_out == before) break;
        }
        const std::size_t got = asked - state_.avail_out;
        if (got == 0 && damaged_) refuse("compressed data are invalid");
        return got;
    }
    bool has_excess() override {
        std::byte extra{};
        return unpack({&extra, 1}) != 0 || state_.block_state != ISAL_BLOCK_FINISH;
    }

    std::vector<std::byte> packed_;
    inflate_state state_{};
    bool input_ended_ = false;
    bool damaged_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_zip_member(std::shared_ptr<const InputFile> file,
                                            const ZipArchive::Member& member,
                                            std::uint64_t offset) {
    if (member.method == zip::kStored) {
        return std::make_unique<StoredStream>(std::move(file), member, offset);
    }
    if (member.method == zip::kDeflated) {
        return std::make_unique<DeflatedStream>(std::move(file), member, offset);
    }
    fail(ExitCode::Data,
         "{}: member {} uses zip compression method {}; only stored and deflated members are read, "
         "as numpy.savez and numpy.savez_compressed write them",
         file->name(), member.name, member.method);
}

}  // namespace ringside
