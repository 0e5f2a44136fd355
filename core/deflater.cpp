#include "core/deflater.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <vector>

#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include "core/atomic_file.hpp"
#include "core/check.hpp"

namespace ringside {
namespace {

constexpr std::size_t kPackedChunkBytes = 256 * 1024;
/// Both libraries count bytes in 32 bits.
constexpr std::size_t kWriteBytesMax = 1 << 30;

/// Hands `bytes` on in parts that 32 bits can count.
template <typename Write>
void for_each_part(std::span<const std::byte> bytes, const Write& write) {
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), kWriteBytesMax));
        write(part);
        bytes = bytes.subspan(part.size());
    }
}

class FastDeflater final : public Deflater {
  public:
    explicit FastDeflater(int level) : packed_(kPackedChunkBytes) {
        constexpr std::array<std::size_t, 4> kWorkBytes = {
            ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT,
            ISAL_DEF_LVL3_DEFAULT};
        isal_deflate_init(&stream_);
        work_.resize(kWorkBytes.at(static_cast<std::size_t>(level)));
        stream_.level = static_cast<std::uint32_t>(level);
        stream_.level_buf = work_.data();
        stream_.level_buf_size = static_cast<std::uint32_t>(work_.size());
    }

    void write(std::span<const std::byte> bytes, AtomicFile& out) override {
        for_each_part(bytes, [&](std::span<const std::byte> part) {
            // The library's interface lacks a const: it only reads.
            stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(part.data()));
            stream_.avail_in = static_cast<std::uint32_t>(part.size());
            while (stream_.avail_in > 0) pack(out);
        });
    }
    void finish(AtomicFile& out) override {
        stream_.end_of_stream = 1;
        while (stream_.internal_state.state != ZSTATE_END) pack(out);
    }

  private:
    void pack(AtomicFile& out) {
        stream_.next_out = reinterpret_cast<std::uint8_t*>(packed_.data());
        stream_.avail_out = static_cast<std::uint32_t>(packed_.size());
        RINGSIDE_CHECK(isal_deflate(&stream_) == COMP_OK);
        out.append(std::span(packed_).first(packed_.size() - stream_.avail_out));
    }

    std::vector<std::byte> packed_;
    std::vector<std::uint8_t> work_;
    isal_zstream stream_{};
};

class SmallDeflater final : public Deflater {
  public:
    explicit SmallDeflater(int level) : packed_(kPackedChunkBytes) {
        constexpr int kRawWindowBits = -15;
        constexpr int kMemoryLevel = 9;
        if (deflateInit2(&stream_, level, Z_DEFLATED, kRawWindowBits, kMemoryLevel,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~SmallDeflater() override { deflateEnd(&stream_); }

    void write(std::span<const std::byte> bytes, AtomicFile& out) override {
        for_each_part(bytes, [&](std::span<const std::byte> part) {
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(part.data()));
            stream_.avail_in = static_cast<uInt>(part.size());
            while (stream_.avail_in > 0) pack(out, Z_NO_FLUSH);
        });
    }
    void finish(AtomicFile& out) override {
        while (pack(out, Z_FINISH) != Z_STREAM_END) {
        }
    }

  private:
    int pack(AtomicFile& out, int flush) {
        stream_.next_out = reinterpret_cast<Bytef*>(packed_.data());
        stream_.avail_out = static_cast<uInt>(packed_.size());
        const int status = deflate(&stream_, flush);
        RINGSIDE_CHECK(status == Z_OK || status == Z_STREAM_END);
        out.append(std::span(packed_).first(packed_.size() - stream_.avail_out));
        return status;
    }

    std::vector<std::byte> packed_;
    z_stream stream_{};
};

}  // namespace

std::unique_ptr<Deflater> make_deflater(int level) {
    RINGSIDE_CHECK(level > kStoreLevel && level <= kLevelMax);
    if (level <= ISAL_DEF_MAX_LEVEL) return std::make_unique<FastDeflater>(level);
    return std::make_unique<SmallDeflater>(level);
}

}  // namespace ringside
