#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include <zlib.h>
#include <zstd.h>

namespace ringside::test {

/// A gzip member with this content.
inline std::string gzipped(std::string_view text, int level = 6) {
    z_stream stream{};
    constexpr int kGzip = 15 + 16;
    if (::deflateInit2(&stream, level, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("cannot start zlib");
    }
    std::string out(::deflateBound(&stream, text.size()) + 64, '\0');
    std::string in(text);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    if (result != Z_STREAM_END) throw std::runtime_error("zlib did not finish");
    return out;
}

/// A Zstandard frame with this content, checksum included; with ZSTD_e_flush not ended.
inline std::string zstd_packed(std::string_view text, ZSTD_EndDirective end = ZSTD_e_end) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
    ZSTD_inBuffer input{text.data(), text.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t left = ZSTD_compressStream2(context, &output, &input, end);
    ZSTD_freeCCtx(context);
    if (left != 0) throw std::runtime_error("zstd did not finish");
    out.resize(output.pos);
    return out;
}

/// A recorded file, or an empty path when the recordings are not there.
inline std::filesystem::path recording(const std::string& name) {
    const char* const set = std::getenv("RINGSIDE_SHARED_DATA");
    const std::filesystem::path root =
        set != nullptr ? set : std::string(RINGSIDE_SOURCE_ROOT) + "/../shared/data";
    std::filesystem::path file = root / name;
    return std::filesystem::exists(file) ? file : std::filesystem::path();
}

}  // namespace ringside::test
