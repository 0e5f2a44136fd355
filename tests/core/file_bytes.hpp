#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "core/event.hpp"

/// Files made byte by byte, without the code under test.
namespace ringside::test {

inline constexpr std::string_view kEventDescr =
    "[('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), ('qty', '<f8'), "
    "('order_id', '<u8'), ('ival', '<i8'), ('fval', '<f8')]";

inline std::string little_endian(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xff);
    return out;
}

/// An `.npy` header with this dictionary, in format version `major`.0.
inline std::string npy_header(std::string text, int major = 1) {
    const std::size_t prefix = major == 1 ? 10 : 12;
    while ((prefix + text.size() + 1) % 64 != 0) text += ' ';
    text += '\n';
    return "\x93NUMPY" + little_endian(static_cast<std::uint64_t>(major), 2) +
           little_endian(text.size(), major == 1 ? 2 : 4) + text;
}

inline std::string event_header(std::uint64_t rows) {
    return npy_header("{'descr': " + std::string(kEventDescr) +
                      ", 'fortran_order': False, 'shape': (" + std::to_string(rows) + ",), }");
}

inline std::string bytes_of(std::span<const Event> rows) {
    std::string out(rows.size_bytes(), '\0');
    if (!rows.empty()) std::memcpy(out.data(), rows.data(), rows.size_bytes());
    return out;
}

inline std::string npy_of(std::span<const Event> rows) {
    return event_header(rows.size()) + bytes_of(rows);
}

/// Rows as a feed has them: bursts of levels with the same times, some seen on one side only.
inline std::vector<Event> make_rows(std::size_t count, std::uint64_t seed = 1) {
    std::mt19937_64 random(seed);
    std::vector<Event> rows(count);
    Nanos now = 1'700'000'000'000'000'000;
    for (Event& row : rows) {
        if (random() % 4 == 0) now += static_cast<Nanos>(random() % 1'000'000);
        const std::uint64_t side = random() % 2 == 0 ? kBuyEvent : kSellEvent;
        const std::uint64_t seen = random() % 8 == 0 ? kLocalEvent : kExchEvent | kLocalEvent;
        row.ev = seen | side | static_cast<std::uint64_t>(EventKind::Depth);
        row.exch_ts = now;
        row.local_ts = now + 1'000'000;
        row.px = 0.1 * static_cast<double>(random() % 1000 + 600'000);
        row.qty = 0.001 * static_cast<double>(random() % 5000);
    }
    return rows;
}

inline std::string deflate_raw(std::string_view content) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, content.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

/// A zip archive, member by member.
class ZipBytes {
  public:
    struct Options {
        std::uint16_t method = 8;
        std::uint16_t flags = 0;
        bool wide = false;             ///< 64-bit lengths and offset, as beyond 4 GiB
        std::uint32_t crc_xor = 0;     ///< makes the CRC wrong
        std::uint64_t size_added = 0;  ///< makes the length wrong
    };

    ZipBytes& add(std::string_view name, std::string_view content, Options options) {
        const std::string packed =
            options.method == 8 ? deflate_raw(content) : std::string(content);
        const auto crc =
            static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(content.data()),
                                             static_cast<uInt>(content.size()))) ^
            options.crc_xor;
        const std::uint64_t size = content.size() + options.size_added;
        const std::uint64_t offset = bytes_.size();
        const std::string common =
            little_endian(45, 2) + little_endian(options.flags, 2) +
            little_endian(options.method, 2) + little_endian(0x00210000, 4) +
            little_endian(crc, 4) + little_endian(options.wide ? 0xffffffff : packed.size(), 4) +
            little_endian(options.wide ? 0xffffffff : size, 4) + little_endian(name.size(), 2);
        // An unrelated field first: readers must look for the tag they want.
        const std::string unrelated = little_endian(0x5455, 2) + little_endian(1, 2) + "x";
        const std::string lengths = little_endian(size, 8) + little_endian(packed.size(), 8);
        const std::string local_extra =
            options.wide ? unrelated + little_endian(1, 2) + little_endian(16, 2) + lengths : "";
        const std::string central_extra = options.wide ? unrelated + little_endian(1, 2) +
                                                             little_endian(24, 2) + lengths +
                                                             little_endian(offset, 8)
                                                       : "";
        bytes_ += "PK\3\4" + common + little_endian(local_extra.size(), 2) + std::string(name) +
                  local_extra + packed;
        directory_ += "PK\1\2" + little_endian(45, 2) + common +
                      little_endian(central_extra.size(), 2) + std::string(10, '\0') +
                      little_endian(options.wide ? 0xffffffff : offset, 4) + std::string(name) +
                      central_extra;
        ++count_;
        wide_ = wide_ || options.wide;
        return *this;
    }
    ZipBytes& add(std::string_view name, std::string_view content) {
        return add(name, content, {});
    }

    std::string finish(std::string_view comment = "") const {
        const std::uint64_t offset = bytes_.size();
        std::string out = bytes_ + directory_;
        if (wide_) {
            const std::uint64_t end = out.size();
            out += "PK\6\6" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) +
                   little_endian(0, 8) + little_endian(count_, 8) + little_endian(count_, 8) +
                   little_endian(directory_.size(), 8) + little_endian(offset, 8);
            out += "PK\6\7" + little_endian(0, 4) + little_endian(end, 8) + little_endian(1, 4);
        }
        out += "PK\5\6" + little_endian(0, 4) + little_endian(count_, 2) +
               little_endian(count_, 2) + little_endian(wide_ ? 0xffffffff : directory_.size(), 4) +
               little_endian(wide_ ? 0xffffffff : offset, 4) + little_endian(comment.size(), 2) +
               std::string(comment);
        return out;
    }

  private:
    std::string bytes_;
    std::string directory_;
    std::uint64_t count_ = 0;
    bool wide_ = false;
};

inline std::string npz_of(std::span<const Event> rows) {
    return ZipBytes().add("data.npy", npy_of(rows)).finish();
}

}  // namespace ringside::test
