#include "core/packed_block.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <numeric>

#include <zstd.h>

#include "core/check.hpp"

namespace ringside {
namespace {

enum Kind : std::uint8_t {
    kConstant = 0,
    kDictionary = 1,   ///< planes are indices
    kDifferences = 2,  ///< zigzag of (difference to the row before) / scale
    kPlain = 3,        ///< zigzag of the integer
    kBits = 4,         ///< as they are
};
constexpr std::uint8_t kNoDecimals = 0xff;
constexpr int kMaxDecimals = 12;
constexpr int kZstdLevel = 6;

struct ColumnHeader {
    std::uint8_t kind = kConstant;
    std::uint8_t width = 0;
    std::uint8_t decimals = kNoDecimals;
    std::uint8_t narrow = 0;  ///< 1: every integer fits 32 bits
    std::uint8_t reserved[4] = {};
    std::uint64_t first = 0;  ///< the constant; the first value; the size of the dictionary
    std::uint64_t scale = 0;
};
static_assert(sizeof(ColumnHeader) == 24);

constexpr std::array<double, kMaxDecimals + 1> kPowers = {1,   1e1, 1e2, 1e3,  1e4,  1e5, 1e6,
                                                          1e7, 1e8, 1e9, 1e10, 1e11, 1e12};

std::uint64_t zigzag(std::uint64_t value) noexcept {
    const auto sign = static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> 63);
    return value << 1 ^ sign;
}

unsigned bytes_for(std::uint64_t largest) noexcept {
    return static_cast<unsigned>(std::bit_width(largest) + 7) / 8;
}

/// Fields of an event in its layout's order.
std::uint64_t field(const Event& row, std::size_t column) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const std::byte*>(&row) + column * 8, 8);
    return value;
}

}  // namespace

BlockPacker::BlockPacker() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
}
BlockPacker::~BlockPacker() { ZSTD_freeCCtx(context_); }

std::span<const std::byte> BlockPacker::pack(std::span<const Event> rows) {
    RINGSIDE_CHECK(!rows.empty() && rows.size() <= kPackedBlockRows);
    out_.clear();
    column_.resize(rows.size());
    for (std::size_t c = 0; c < 8; ++c) {
        for (std::size_t i = 0; i < rows.size(); ++i) column_[i] = field(rows[i], c);
        const bool constant = std::all_of(column_.begin(), column_.end(), [&](std::uint64_t value) {
            return value == column_.front();
        });
        if (constant) {
            const ColumnHeader header{.kind = kConstant, .first = column_.front()};
            append(&header, sizeof(header));
        } else if (c == 0) {
            pack_dictionary(column_);
        } else if (c == 3 || c == 4 || c == 7) {
            pack_numbers(column_, c == 3);
        } else {
            pack_times(column_);
        }
    }
    return out_;
}

void BlockPacker::pack_dictionary(std::span<const std::uint64_t> values) {
    std::vector<std::uint64_t> known(values.begin(), values.end());
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    if (known.size() > 256) {
        pack_times(values);
        return;
    }
    const ColumnHeader header{.kind = kDictionary, .width = 1, .first = known.size()};
    append(&header, sizeof(header));
    append(known.data(), known.size() * sizeof(std::uint64_t));
    work_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto it = std::lower_bound(known.begin(), known.end(), values[i]);
        work_[i] = static_cast<std::uint64_t>(it - known.begin());
    }
    append_planes(work_, 1);
}

void BlockPacker::pack_times(std::span<const std::uint64_t> values) {
    work_.resize(values.size());
    work_[0] = 0;
    std::uint64_t scale = 0;
    for (std::size_t i = 1; i < values.size(); ++i) {
        work_[i] = values[i] - values[i - 1];
        const auto difference = static_cast<std::int64_t>(work_[i]);
        scale = std::gcd(scale, difference < 0 ? 0 - work_[i] : work_[i]);
    }
    // A difference of -2^63 has no opposite; with scale 1 nothing is divided.
    if (scale == 0 || scale >> 63 != 0) scale = 1;
    std::uint64_t largest = 0;
    for (std::uint64_t& value : work_) {
        value = zigzag(static_cast<std::uint64_t>(static_cast<std::int64_t>(value) /
                                                  static_cast<std::int64_t>(scale)));
        largest = std::max(largest, value);
    }
    const ColumnHeader header{.kind = kDifferences,
                              .width = static_cast<std::uint8_t>(bytes_for(largest)),
                              .first = values[0],
                              .scale = scale};
    append(&header, sizeof(header));
    append_planes(work_, header.width);
}

void BlockPacker::pack_numbers(std::span<const std::uint64_t> values, bool differences) {
    int decimals = 0;
    while (decimals <= kMaxDecimals && !make_decimal(values, decimals)) ++decimals;
    ColumnHeader header{.kind = kBits, .width = 8};
    if (decimals <= kMaxDecimals) {
        header.decimals = static_cast<std::uint8_t>(decimals);
        header.kind = differences ? kDifferences : kPlain;
        header.first = differences ? work_[0] : 0;
        header.scale = 1;
        std::uint64_t before = header.first;
        std::uint64_t largest = 0;
        header.narrow = 1;
        for (std::uint64_t& value : work_) {
            const auto whole = static_cast<std::int64_t>(value);
            if (whole != static_cast<std::int32_t>(whole)) header.narrow = 0;
            const std::uint64_t coded = zigzag(differences ? value - before : value);
            before = value;
            value = coded;
            largest = std::max(largest, coded);
        }
        header.width = static_cast<std::uint8_t>(bytes_for(largest));
    } else {
        work_.assign(values.begin(), values.end());
    }
    append(&header, sizeof(header));
    append_planes(work_, header.width);
}

/// Writes every value as a whole number of 10^-decimals to work_; false if one has no such number
/// that gives it back to the bit.
bool BlockPacker::make_decimal(std::span<const std::uint64_t> values, int decimals) {
    constexpr double kExact = 9007199254740992.0;  // 2^53
    const double power = kPowers[static_cast<std::size_t>(decimals)];
    work_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double scaled = std::nearbyint(std::bit_cast<double>(values[i]) * power);
        if (!(std::abs(scaled) < kExact)) return false;
        const auto whole = static_cast<std::int64_t>(scaled);
        if (std::bit_cast<std::uint64_t>(static_cast<double>(whole) / power) != values[i]) {
            return false;
        }
        work_[i] = static_cast<std::uint64_t>(whole);
    }
    return true;
}

void BlockPacker::append_planes(std::span<const std::uint64_t> values, unsigned width) {
    plane_.resize(values.size());
    for (unsigned p = 0; p < width; ++p) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            plane_[i] = static_cast<std::uint8_t>(values[i] >> 8 * p);
        }
        const std::size_t at = out_.size();
        out_.resize(at + sizeof(std::uint32_t) + ZSTD_compressBound(plane_.size()));
        const std::size_t size = ZSTD_compressCCtx(
            context_, out_.data() + at + sizeof(std::uint32_t),
            out_.size() - at - sizeof(std::uint32_t), plane_.data(), plane_.size(), kZstdLevel);
        RINGSIDE_CHECK(ZSTD_isError(size) == 0);
        const auto stored = static_cast<std::uint32_t>(size);
        std::memcpy(out_.data() + at, &stored, sizeof(stored));
        out_.resize(at + sizeof(stored) + size);
    }
}

void BlockPacker::append(const void* bytes, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(bytes);
    out_.insert(out_.end(), first, first + size);
}

BlockUnpacker::BlockUnpacker() : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
}
BlockUnpacker::~BlockUnpacker() { ZSTD_freeDCtx(context_); }

namespace {

/// Takes bytes from the front; false when there are not so many.
bool take(std::span<const std::byte>& bytes, void* out, std::size_t size) noexcept {
    if (bytes.size() < size) return false;
    std::memcpy(out, bytes.data(), size);
    bytes = bytes.subspan(size);
    return true;
}

bool is_known(const ColumnHeader& header) noexcept {
    const bool decimal = header.decimals != kNoDecimals;
    if (header.width > 8 || (decimal && header.decimals > kMaxDecimals)) return false;
    switch (header.kind) {
        case kConstant:
            return header.width == 0 && !decimal;
        case kDictionary:
            return header.width == 1 && !decimal && header.first <= 256;
        case kDifferences:
        case kPlain:
            return true;
        case kBits:
            return !decimal;
        default:
            return false;
    }
}

}  // namespace

bool BlockUnpacker::read_column(std::span<const std::byte>& bytes, std::size_t c) {
    Column& column = columns_[c];
    ColumnHeader header;
    if (!take(bytes, &header, sizeof(header)) || !is_known(header)) return false;
    column.kind = header.kind;
    column.width = header.width;
    column.decimals = header.decimals;
    column.value = header.first;
    column.scale = header.scale;
    column.narrow = header.narrow == 1 && header.scale == 1;
    if (header.kind == kConstant) pieces_[c].fill(header.first);
    if (header.kind == kDictionary) {
        column.dictionary.fill(0);
        if (!take(bytes, column.dictionary.data(), header.first * sizeof(std::uint64_t))) {
            return false;
        }
    }
    for (std::size_t p = 0; p < header.width; ++p) {
        std::uint32_t size = 0;
        if (!take(bytes, &size, sizeof(size)) || bytes.size() < size) return false;
        std::uint8_t* const plane = planes_.data() + (c * 8 + p) * kPackedBlockRows;
        if (ZSTD_decompressDCtx(context_, plane, rows_, bytes.data(), size) != rows_) return false;
        bytes = bytes.subspan(size);
    }
    return true;
}

bool BlockUnpacker::open(std::span<const std::byte> bytes, std::size_t rows) {
    planes_.resize(kColumns * 8 * kPackedBlockRows);
    rows_ = rows;
    at_ = rows;
    if (rows > kPackedBlockRows) return false;
    for (std::size_t c = 0; c < kColumns; ++c) {
        if (!read_column(bytes, c)) return false;
    }
    if (!bytes.empty()) return false;
    at_ = 0;
    return true;
}

namespace {

/// Puts the bytes of `kWidth` planes together.
template <typename Word, std::size_t kWidth>
void join(const std::uint8_t* planes, std::size_t count, Word* out) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        Word word = 0;
        for (std::size_t p = 0; p < kWidth; ++p) {
            const auto byte = static_cast<Word>(planes[p * kPackedBlockRows + i]);
            word = static_cast<Word>(word | byte << 8 * p);
        }
        out[i] = word;
    }
}

void join_planes(std::size_t width, const std::uint8_t* planes, std::size_t count,
                 std::uint32_t* out) noexcept {
    switch (width) {
        case 0:
            return join<std::uint32_t, 0>(planes, count, out);
        case 1:
            return join<std::uint32_t, 1>(planes, count, out);
        case 2:
            return join<std::uint32_t, 2>(planes, count, out);
        case 3:
            return join<std::uint32_t, 3>(planes, count, out);
        default:
            return join<std::uint32_t, 4>(planes, count, out);
    }
}
void join_planes(std::size_t width, const std::uint8_t* planes, std::size_t count,
                 std::uint64_t* out) noexcept {
    switch (width) {
        case 5:
            return join<std::uint64_t, 5>(planes, count, out);
        case 6:
            return join<std::uint64_t, 6>(planes, count, out);
        case 7:
            return join<std::uint64_t, 7>(planes, count, out);
        default:
            return join<std::uint64_t, 8>(planes, count, out);
    }
}

/// The bits of whole numbers of 1 / `power`.
template <typename Whole>
void divide(const Whole* whole, std::size_t count, double power, std::uint64_t* out) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = std::bit_cast<std::uint64_t>(static_cast<double>(whole[i]) / power);
    }
}

}  // namespace

template <typename Word>
void BlockUnpacker::fill_integers(std::size_t c, std::size_t count) noexcept {
    using Signed = std::make_signed_t<Word>;
    Column& column = columns_[c];
    std::array<Word, kPiece> coded;
    join_planes(column.width, planes_.data() + c * 8 * kPackedBlockRows + at_, count, coded.data());
    Piece& out = pieces_[c];
    if (column.kind == kBits) {
        std::copy_n(coded.begin(), count, out.begin());
        return;
    }
    std::array<Signed, kPiece> values;
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = static_cast<Signed>(coded[i] >> 1 ^ (Word{0} - (coded[i] & 1)));
    }
    const bool decimal = column.decimals != kNoDecimals;
    if (column.kind == kPlain && decimal) {
        divide(values.data(), count, kPowers[column.decimals], out.data());
        return;
    }
    if (decimal && column.narrow) {
        auto value = static_cast<std::uint32_t>(column.value);
        std::array<std::int32_t, kPiece> whole;
        for (std::size_t i = 0; i < count; ++i) {
            value += static_cast<std::uint32_t>(values[i]);
            whole[i] = static_cast<std::int32_t>(value);
        }
        column.value = value;
        divide(whole.data(), count, kPowers[column.decimals], out.data());
        return;
    }
    std::uint64_t value = column.kind == kDifferences ? column.value : 0;
    const std::uint64_t keep = column.kind == kDifferences ? ~std::uint64_t{0} : 0;
    const std::uint64_t scale = column.kind == kDifferences ? column.scale : 1;
    for (std::size_t i = 0; i < count; ++i) {
        value = (value & keep) + static_cast<std::uint64_t>(std::int64_t{values[i]}) * scale;
        out[i] = value;
    }
    column.value = value;
    if (!decimal) return;
    divide(reinterpret_cast<const std::int64_t*>(out.data()), count, kPowers[column.decimals],
           out.data());
}

void BlockUnpacker::fill(std::size_t c, std::size_t count) noexcept {
    const Column& column = columns_[c];
    if (column.kind == kConstant) return;
    if (column.kind == kDictionary) {
        const std::uint8_t* const plane = planes_.data() + c * 8 * kPackedBlockRows + at_;
        for (std::size_t i = 0; i < count; ++i) pieces_[c][i] = column.dictionary[plane[i]];
    } else if (column.width <= 4) {
        fill_integers<std::uint32_t>(c, count);
    } else {
        fill_integers<std::uint64_t>(c, count);
    }
}

std::size_t BlockUnpacker::read(std::span<Event> out) noexcept {
    const std::size_t wanted = std::min(out.size(), left());
    for (std::size_t first = 0; first < wanted;) {
        const std::size_t count = std::min(kPiece, wanted - first);
        for (std::size_t c = 0; c < kColumns; ++c) fill(c, count);
        for (std::size_t i = 0; i < count; ++i) {
            out[first + i] = {.ev = pieces_[0][i],
                              .exch_ts = static_cast<Nanos>(pieces_[1][i]),
                              .local_ts = static_cast<Nanos>(pieces_[2][i]),
                              .px = std::bit_cast<double>(pieces_[3][i]),
                              .qty = std::bit_cast<double>(pieces_[4][i]),
                              .order_id = pieces_[5][i],
                              .ival = static_cast<std::int64_t>(pieces_[6][i]),
                              .fval = std::bit_cast<double>(pieces_[7][i])};
        }
        at_ += count;
        first += count;
    }
    return wanted;
}

}  // namespace ringside
