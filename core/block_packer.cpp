#include "core/block_packer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <numeric>

#include <zstd.h>

#include "core/check.hpp"
#include "core/rows.hpp"

namespace ringside {
namespace {

using packed::ColumnHeader;

constexpr int kZstdLevel = 6;

std::uint64_t zigzag(std::uint64_t value) noexcept {
    const auto sign = static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> 63);
    return value << 1 ^ sign;
}

unsigned bytes_for(std::uint64_t largest) noexcept {
    return static_cast<unsigned>(std::bit_width(largest) + 7) / 8;
}

std::uint64_t value_of(const Event& row, packed::Field field) noexcept {
    switch (field) {
        case packed::kPx:
            return std::bit_cast<std::uint64_t>(row.px);
        case packed::kQty:
            return std::bit_cast<std::uint64_t>(row.qty);
        case packed::kOrderId:
            return row.order_id;
        case packed::kIval:
            return static_cast<std::uint64_t>(row.ival);
        case packed::kFval:
            return std::bit_cast<std::uint64_t>(row.fval);
        default:
            return row.ev & ~RowColumns::kSeenMask;
    }
}

}  // namespace

BlockPacker::BlockPacker() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
}
BlockPacker::~BlockPacker() { ZSTD_freeCCtx(context_); }

std::span<const std::byte> BlockPacker::pack(std::span<const Event> rows) {
    RINGSIDE_CHECK(!rows.empty() && rows.size() <= kPackedBlockRows);
    out_.clear();
    pack_runs(rows);
    column_.resize(rows.size());
    for (std::size_t f = packed::kRunFields; f < packed::kFields; ++f) {
        const auto field = static_cast<packed::Field>(f);
        for (std::size_t i = 0; i < rows.size(); ++i) column_[i] = value_of(rows[i], field);
        pack_column(field, column_);
    }
    return out_;
}

void BlockPacker::pack_runs(std::span<const Event> rows) {
    std::array<std::vector<std::uint64_t>, packed::kRunFields> runs;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Event& row = rows[i];
        const bool same = i > 0 && row.exch_ts == rows[i - 1].exch_ts &&
                          row.local_ts == rows[i - 1].local_ts &&
                          ((row.ev ^ rows[i - 1].ev) & RowColumns::kSeenMask) == 0;
        if (same) {
            ++runs[packed::kRunLength].back();
            continue;
        }
        runs[packed::kRunLength].push_back(0);
        runs[packed::kRunExchTs].push_back(static_cast<std::uint64_t>(row.exch_ts));
        runs[packed::kRunLocalTs].push_back(static_cast<std::uint64_t>(row.local_ts));
        runs[packed::kRunSeen].push_back((row.ev & RowColumns::kSeenMask) >>
                                         RowColumns::kSeenShift);
    }
    const auto count = static_cast<std::uint32_t>(runs.front().size());
    append(&count, sizeof(count));
    for (std::size_t f = 0; f < packed::kRunFields; ++f) {
        pack_column(static_cast<packed::Field>(f), runs[f]);
    }
}

void BlockPacker::pack_column(packed::Field field, std::span<const std::uint64_t> values) {
    const bool constant = std::all_of(values.begin(), values.end(),
                                      [&](std::uint64_t value) { return value == values.front(); });
    if (constant) {
        const ColumnHeader header{.coding = packed::kConstant, .first = values.front()};
        append(&header, sizeof(header));
        return;
    }
    switch (field) {
        case packed::kRunLength:
        case packed::kRunSeen:
            return pack_small(values);
        case packed::kKind:
            return pack_kinds(values);
        case packed::kPx:
            return pack_numbers(values, true);
        case packed::kQty:
        case packed::kFval:
            return pack_numbers(values, false);
        default:
            return pack_differences(values);
    }
}

void BlockPacker::pack_kinds(std::span<const std::uint64_t> values) {
    std::vector<std::uint64_t> known(values.begin(), values.end());
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    if (known.size() > 256) {
        pack_differences(values);
        return;
    }
    const ColumnHeader header{.coding = packed::kDictionary, .width = 1, .first = known.size()};
    append(&header, sizeof(header));
    append(known.data(), known.size() * sizeof(std::uint64_t));
    work_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto it = std::lower_bound(known.begin(), known.end(), values[i]);
        work_[i] = static_cast<std::uint64_t>(it - known.begin());
    }
    append_planes(work_, 1);
}

void BlockPacker::pack_differences(std::span<const std::uint64_t> values) {
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
    const ColumnHeader header{.coding = packed::kDifferences,
                              .width = static_cast<std::uint8_t>(bytes_for(largest)),
                              .first = values[0],
                              .scale = scale};
    append(&header, sizeof(header));
    append_planes(work_, header.width);
}

void BlockPacker::pack_small(std::span<const std::uint64_t> values) {
    work_.resize(values.size());
    std::transform(values.begin(), values.end(), work_.begin(), zigzag);
    const std::uint64_t largest = *std::max_element(work_.begin(), work_.end());
    const ColumnHeader header{.coding = packed::kPlain,
                              .width = static_cast<std::uint8_t>(bytes_for(largest)),
                              .scale = 1};
    append(&header, sizeof(header));
    append_planes(work_, header.width);
}

void BlockPacker::pack_numbers(std::span<const std::uint64_t> values, bool differences) {
    int decimals = 0;
    while (decimals <= packed::kMaxDecimals && !make_decimal(values, decimals)) ++decimals;
    ColumnHeader header{.coding = packed::kBits, .width = 8};
    if (decimals <= packed::kMaxDecimals) {
        header.decimals = static_cast<std::uint8_t>(decimals);
        header.coding = differences ? packed::kDifferences : packed::kPlain;
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
    const double power = packed::kPowers[static_cast<std::size_t>(decimals)];
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
        // What hardly shrinks takes longest to unpack.
        const bool packed = size <= plane_.size() / 3 * 2;
        const auto stored = static_cast<std::uint32_t>(packed ? size : plane_.size());
        std::memcpy(out_.data() + at, &stored, sizeof(stored));
        if (!packed) std::memcpy(out_.data() + at + sizeof(stored), plane_.data(), stored);
        out_.resize(at + sizeof(stored) + stored);
    }
}

void BlockPacker::append(const void* bytes, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(bytes);
    out_.insert(out_.end(), first, first + size);
}

}  // namespace ringside
