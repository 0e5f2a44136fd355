#include "collectord/packer.hpp"

#include <array>

#include <zlib.h>
#include <zstd.h>

#include "core/check.hpp"
#include "core/error.hpp"

namespace ringside::collectord {

namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr std::size_t kOutputBytes = 64 * 1024;

class GzipPacker final : public Packer {
  public:
    explicit GzipPacker(int level) {
        if (::deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) !=
            Z_OK) {
            fail(ExitCode::Internal, "zlib could not be started");
        }
    }
    ~GzipPacker() override { ::deflateEnd(&stream_); }

    void pack(std::string_view text, Then then, const Sink& sink) override {
        const int mode = then == Then::GoOn    ? Z_NO_FLUSH
                         : then == Then::Flush ? Z_FULL_FLUSH
                                               : Z_FINISH;
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream_.avail_in = static_cast<uInt>(text.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
            stream_.avail_out = static_cast<uInt>(output_.size());
            ::deflate(&stream_, mode);
            sink(std::span(output_).first(output_.size() - stream_.avail_out));
        } while (stream_.avail_out == 0);
    }

  private:
    z_stream stream_{};
    std::array<std::byte, kOutputBytes> output_{};
};

class ZstdPacker final : public Packer {
  public:
    explicit ZstdPacker(int level) {
        if (!context_) fail(ExitCode::Internal, "zstd could not be started");
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    }

    void pack(std::string_view text, Then then, const Sink& sink) override {
        const ZSTD_EndDirective mode = then == Then::GoOn    ? ZSTD_e_continue
                                       : then == Then::Flush ? ZSTD_e_flush
                                                             : ZSTD_e_end;
        ZSTD_inBuffer input{text.data(), text.size(), 0};
        std::size_t left = 0;
        do {
            ZSTD_outBuffer output{output_.data(), output_.size(), 0};
            left = ZSTD_compressStream2(context_.get(), &output, &input, mode);
            RINGSIDE_CHECK(ZSTD_isError(left) == 0);
            sink(std::span(output_).first(output.pos));
        } while (mode == ZSTD_e_continue ? input.pos < input.size : left != 0);
    }

  private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    };

    std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
    std::array<std::byte, kOutputBytes> output_{};
};

}  // namespace

std::unique_ptr<Packer> make_packer(Compression compression, int level) {
    if (compression == Compression::Zstd) return std::make_unique<ZstdPacker>(level);
    return std::make_unique<GzipPacker>(level);
}

}  // namespace ringside::collectord
