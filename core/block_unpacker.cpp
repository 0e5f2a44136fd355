#include "core/block_unpacker.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <new>

#include <zstd.h>

#include "core/widest.hpp"

namespace ringside {
namespace {

using packed::ColumnHeader;

/// Takes bytes from the front; false when there are not so many.
bool take(std::span<const std::byte>& bytes, void* out, std::size_t size) noexcept {
    if (bytes.size() < size) return false;
    std::memcpy(out, bytes.data(), size);
    bytes = bytes.subspan(size);
    return true;
}

bool is_known(const ColumnHeader& header, packed::Field field) noexcept {
    const bool decimal = header.decimals != packed::kNoDecimals;
    if (header.width > 8 || (decimal && header.decimals > packed::kMaxDecimals)) return false;
    switch (header.coding) {
        case packed::kConstant:
            return header.width == 0 && !decimal;
        case packed::kDictionary:
            return field == packed::kKind && header.width == 1 && !decimal && header.first <= 256;
        case packed::kDifferences:
        case packed::kPlain:
            return true;
        case packed::kBits:
            return !decimal;
        default:
            return false;
    }
}

/// Puts the bytes of `kWidth` planes together.
template <typename Word, std::size_t kWidth>
[[gnu::always_inline]] inline void join(const std::uint8_t* planes, std::size_t count,
                                        Word* out) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        Word word = 0;
        for (std::size_t p = 0; p < kWidth; ++p) {
            const auto byte = static_cast<Word>(planes[p * kPackedBlockRows + i]);
            word = static_cast<Word>(word | byte << 8 * p);
        }
        out[i] = word;
    }
}

[[gnu::always_inline]] inline void join_planes(std::size_t width, const std::uint8_t* planes,
                                               std::size_t count, std::uint32_t* out) noexcept {
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
[[gnu::always_inline]] inline void join_planes(std::size_t width, const std::uint8_t* planes,
                                               std::size_t count, std::uint64_t* out) noexcept {
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

/// Integers from their planes, and back from zigzag.
template <typename Word>
void read_integers(std::size_t width, const std::uint8_t* planes, std::size_t count,
                   std::make_signed_t<Word>* out) noexcept {
    run_widest([=]() __attribute__((always_inline)) {
        auto* const coded = reinterpret_cast<Word*>(out);
        join_planes(width, planes, count, coded);
        for (std::size_t i = 0; i < count; ++i) {
            coded[i] = coded[i] >> 1 ^ (Word{0} - (coded[i] & 1));
        }
    });
}

/// Sums of 32 bits up to each value; the last one is where the next begin.
std::uint32_t sum_up(const std::int32_t* values, std::size_t count, std::uint32_t before,
                     std::int32_t* out) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        before += static_cast<std::uint32_t>(values[i]);
        out[i] = static_cast<std::int32_t>(before);
    }
    return before;
}

/// The bits of whole numbers of 1 / `power`.
template <typename Whole>
void divide(const Whole* whole, std::size_t count, double power, std::uint64_t* out) noexcept {
    run_widest([=]() __attribute__((always_inline)) {
        for (std::size_t i = 0; i < count; ++i) {
            out[i] = std::bit_cast<std::uint64_t>(static_cast<double>(whole[i]) / power);
        }
    });
}

}  // namespace

BlockUnpacker::BlockUnpacker() : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    // Only those in use are ever touched.
    planes_ =
        std::make_unique_for_overwrite<std::uint8_t[]>(packed::kFields * 8 * kPackedBlockRows);
}
BlockUnpacker::~BlockUnpacker() { ZSTD_freeDCtx(context_); }

const std::uint8_t* BlockUnpacker::planes_of(packed::Field field, std::size_t at) const noexcept {
    return planes_.get() + field * 8 * kPackedBlockRows + at;
}

bool BlockUnpacker::read_column(std::span<const std::byte>& bytes, packed::Field field,
                                std::size_t size) {
    Column& column = columns_[field];
    ColumnHeader header;
    if (!take(bytes, &header, sizeof(header)) || !is_known(header, field)) return false;
    column.coding = static_cast<packed::Coding>(header.coding);
    column.width = header.width;
    column.decimals = header.decimals;
    column.value = header.first;
    column.scale = header.scale;
    column.narrow = header.narrow == 1 && header.scale == 1;
    if (header.coding == packed::kDictionary) {
        kinds_.fill(0);
        if (!take(bytes, kinds_.data(), header.first * sizeof(std::uint64_t))) return false;
    }
    for (std::size_t p = 0; p < header.width; ++p) {
        std::uint32_t frame = 0;
        if (!take(bytes, &frame, sizeof(frame)) || bytes.size() < frame) return false;
        std::uint8_t* const plane = planes_.get() + (field * 8 + p) * kPackedBlockRows;
        if (frame == size) {
            std::memcpy(plane, bytes.data(), size);
        } else if (ZSTD_decompressDCtx(context_, plane, size, bytes.data(), frame) != size) {
            return false;
        }
        bytes = bytes.subspan(frame);
    }
    if (field >= packed::kRunFields && header.coding == packed::kConstant) {
        pieces_[field].fill(header.first);
    }
    return true;
}

bool BlockUnpacker::read_runs(std::size_t count) {
    std::array<std::vector<std::uint64_t>, packed::kRunFields> fields;
    for (std::size_t f = 0; f < packed::kRunFields; ++f) {
        fields[f].resize(count);
        for (std::size_t at = 0; at < count; at += kPiece) {
            fill(static_cast<packed::Field>(f), at, std::min(kPiece, count - at),
                 fields[f].data() + at);
        }
    }
    runs_.clear();
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t less_one = fields[packed::kRunLength][i];
        const std::uint64_t seen = fields[packed::kRunSeen][i];
        if (less_one >= rows_ - end || seen > 3) return false;
        end += less_one + 1;
        runs_.push_back({static_cast<Nanos>(fields[packed::kRunExchTs][i]),
                         static_cast<Nanos>(fields[packed::kRunLocalTs][i]),
                         static_cast<std::uint32_t>(end), static_cast<std::uint8_t>(seen)});
    }
    run_ = 0;
    return end == rows_;
}

bool BlockUnpacker::open(std::span<const std::byte> bytes, std::size_t rows) {
    rows_ = at_ = rows;
    fit_ = Fit::Unknown;
    std::uint32_t runs = 0;
    if (rows > kPackedBlockRows || !take(bytes, &runs, sizeof(runs)) || runs > rows) return false;
    for (std::size_t f = 0; f < packed::kFields; ++f) {
        const auto field = static_cast<packed::Field>(f);
        if (!read_column(bytes, field, field < packed::kRunFields ? runs : rows)) return false;
    }
    if (!bytes.empty() || !read_runs(runs)) return false;
    at_ = 0;
    return true;
}

template <typename Word>
void BlockUnpacker::fill_integers(packed::Field field, std::size_t at, std::size_t count,
                                  std::uint64_t* out) noexcept {
    Column& column = columns_[field];
    if (column.coding == packed::kBits) {
        std::array<Word, kPiece> bits;
        join_planes(column.width, planes_of(field, at), count, bits.data());
        std::copy_n(bits.begin(), count, out);
        return;
    }
    std::array<std::make_signed_t<Word>, kPiece> values;
    read_integers<Word>(column.width, planes_of(field, at), count, values.data());
    const bool decimal = column.decimals != packed::kNoDecimals;
    const double power = decimal ? packed::kPowers[column.decimals] : 1.0;
    if (column.coding == packed::kPlain && decimal) {
        divide(values.data(), count, power, out);
        return;
    }
    const bool differences = column.coding == packed::kDifferences;
    std::uint64_t value = differences ? column.value : 0;
    const std::uint64_t keep = differences ? ~std::uint64_t{0} : 0;
    const std::uint64_t scale = differences ? column.scale : 1;
    for (std::size_t i = 0; i < count; ++i) {
        value = (value & keep) + static_cast<std::uint64_t>(std::int64_t{values[i]}) * scale;
        out[i] = value;
    }
    column.value = value;
    if (decimal) divide(reinterpret_cast<const std::int64_t*>(out), count, power, out);
}

void BlockUnpacker::fill(packed::Field field, std::size_t at, std::size_t count,
                         std::uint64_t* out) noexcept {
    const Column& column = columns_[field];
    if (column.coding == packed::kConstant) {
        std::fill_n(out, count, column.value);
    } else if (column.coding == packed::kDictionary) {
        const std::uint8_t* const codes = planes_of(field, at);
        for (std::size_t i = 0; i < count; ++i) out[i] = kinds_[codes[i]];
    } else if (column.width <= 4) {
        fill_integers<std::uint32_t>(field, at, count, out);
    } else {
        fill_integers<std::uint64_t>(field, at, count, out);
    }
}

inline const BlockUnpacker::Run& BlockUnpacker::run_of(std::size_t row) noexcept {
    while (runs_[run_].end <= row) ++run_;
    return runs_[run_];
}

std::size_t BlockUnpacker::read(std::span<Event> out) noexcept {
    const std::size_t wanted = std::min(out.size(), left());
    for (std::size_t first = 0; first < wanted;) {
        const std::size_t count = std::min(kPiece, wanted - first);
        for (std::size_t f = packed::kRunFields; f < packed::kFields; ++f) {
            if (columns_[f].coding == packed::kConstant) continue;
            fill(static_cast<packed::Field>(f), at_, count, pieces_[f].data());
        }
        for (std::size_t i = 0; i < count; ++i) {
            const Run& run = run_of(at_ + i);
            out[first + i] = {
                .ev = pieces_[packed::kKind][i] | std::uint64_t{run.seen} << RowColumns::kSeenShift,
                .exch_ts = run.exch_ts,
                .local_ts = run.local_ts,
                .px = std::bit_cast<double>(pieces_[packed::kPx][i]),
                .qty = std::bit_cast<double>(pieces_[packed::kQty][i]),
                .order_id = pieces_[packed::kOrderId][i],
                .ival = static_cast<std::int64_t>(pieces_[packed::kIval][i]),
                .fval = std::bit_cast<double>(pieces_[packed::kFval][i])};
        }
        at_ += count;
        first += count;
    }
    return wanted;
}

/// Whether updates can stand for the rows of this block.
bool BlockUnpacker::find_fit(const Grid& grid) noexcept {
    const Column& kind = columns_[packed::kKind];
    const Column& px = columns_[packed::kPx];
    const Column& qty = columns_[packed::kQty];
    const auto constant = [&](packed::Field f) { return columns_[f].coding == packed::kConstant; };
    const bool few_kinds = constant(packed::kKind) || (kind.coding == packed::kDictionary &&
                                                       kind.value <= RowColumns::kMostKinds);
    const bool finite = constant(packed::kQty) ? std::isfinite(std::bit_cast<double>(qty.value))
                                               : qty.decimals != packed::kNoDecimals;
    const bool narrow = px.coding == packed::kDifferences && px.decimals != packed::kNoDecimals &&
                        px.narrow && px.width <= 4;
    if (!few_kinds || !finite || !narrow || !constant(packed::kOrderId) ||
        !constant(packed::kIval) || !constant(packed::kFval) || !find_steps(grid.tick_size)) {
        return false;
    }
    if (constant(packed::kKind)) kinds_[0] = kind.value;
    for (std::size_t code = 0; code < RowColumns::kMostKinds; ++code) {
        common_.kinds[code] = kinds_[code];
        endings_[code] =
            MarketUpdate::ending(action_of(kinds_[code]), 0, static_cast<std::uint16_t>(code));
    }
    common_.order_id = columns_[packed::kOrderId].value;
    common_.ival = static_cast<std::int64_t>(columns_[packed::kIval].value);
    common_.fval = std::bit_cast<double>(columns_[packed::kFval].value);
    return true;
}

/// A tick as a number of steps of a power of ten in which all prices are whole, too. Then ticks are
/// found in integers, and are those that a division of the price by the tick would round to.
bool BlockUnpacker::find_steps(double tick_size) noexcept {
    // Numbers stay so small that doubles hold them, and fractions of ticks, exactly.
    constexpr double kMostSteps = 1 << 20;
    constexpr int kMostDigits = 6;
    const int decimals = columns_[packed::kPx].decimals;
    const int last = std::min(decimals + kMostDigits, packed::kMaxDecimals);
    for (int d = decimals; d <= last; ++d) {
        const double scale = packed::kPowers[static_cast<std::size_t>(d)];
        const double steps = std::nearbyint(tick_size * scale);
        if (!(steps >= 1.0 && steps <= kMostSteps) || steps / scale != tick_size) continue;
        common_.step = steps;
        common_.scale = scale;
        ticks_per_whole_ = packed::kPowers[static_cast<std::size_t>(d - decimals)];
        return true;
    }
    return false;
}

/// Rows from the next one on that are in order, up to `count`.
std::size_t BlockUnpacker::in_order(RowCheck& check, std::size_t count) noexcept {
    std::size_t row = at_;
    for (std::size_t r = run_; row < at_ + count; ++r) {
        const Run& run = runs_[r];
        if (run.end <= row) continue;
        if (!check.admits(run.exch_ts, run.local_ts, run.seen)) break;
        row = run.end;
    }
    return std::min(row - at_, count);
}

/// False, with nothing done, when a price is no tick.
bool BlockUnpacker::fill_ticks(std::size_t count) noexcept {
    Column& column = columns_[packed::kPx];
    std::array<std::int32_t, kPiece> values;
    read_integers<std::uint32_t>(column.width, planes_of(packed::kPx, at_), count, values.data());
    const std::uint32_t sum =
        sum_up(values.data(), count, static_cast<std::uint32_t>(column.value), ticks_.data());
    if (ticks_per_whole_ != 1.0 || common_.step != 1.0) {
        constexpr double kFarthest = 2147483647.0;
        bool whole = true;
        for (std::size_t i = 0; i < count; ++i) {
            const double tick = static_cast<double>(ticks_[i]) * ticks_per_whole_ / common_.step;
            const double near = std::clamp(tick, -kFarthest, kFarthest);
            ticks_[i] = static_cast<std::int32_t>(near);
            whole &= static_cast<double>(ticks_[i]) == tick;
        }
        if (!whole) return false;
    }
    column.value = sum;
    return true;
}

// Word by word: compilers store a struct's small members one by one.
template <ReadOn kReadOn>
void BlockUnpacker::emit(std::size_t count, MarketUpdate* out) noexcept {
    const std::uint8_t* const codes = planes_of(packed::kKind, at_);
    const bool coded = columns_[packed::kKind].coding == packed::kDictionary;
    const Piece& qtys = pieces_[packed::kQty];
    for (std::size_t i = 0; i < count;) {
        const Run run = run_of(at_ + i);
        const std::size_t end = std::min(count, run.end - at_);
        const std::uint32_t seen = MarketUpdate::ending(Action{}, run.seen, 0);
        for (; i < end; ++i) {
            const std::size_t code = coded ? codes[i] % RowColumns::kMostKinds : 0;
            store_words<kReadOn>(reinterpret_cast<std::byte*>(out + i), run.exch_ts, run.local_ts,
                                 qtys[i],
                                 MarketUpdate::last_word(ticks_[i], endings_[code] | seen));
        }
    }
}

std::size_t BlockUnpacker::read_updates(const Grid& grid, RowCheck& check,
                                        std::span<MarketUpdate> out, RowColumns& columns,
                                        ReadOn read_on) noexcept {
    if (fit_ == Fit::Unknown) fit_ = find_fit(grid) ? Fit::Yes : Fit::No;
    if (fit_ == Fit::No) return 0;
    const std::size_t wanted = std::min(out.size(), left());
    std::size_t filled = 0;
    while (filled < wanted) {
        RowCheck checked = check;
        const std::size_t count = in_order(checked, std::min(kPiece, wanted - filled));
        if (count == 0) break;
        if (!fill_ticks(count)) {
            fit_ = Fit::No;
            break;
        }
        check = checked;
        if (columns_[packed::kQty].coding != packed::kConstant) {
            fill(packed::kQty, at_, count, pieces_[packed::kQty].data());
        }
        if (read_on == ReadOn::AnotherCore)
            emit<ReadOn::AnotherCore>(count, out.data() + filled);
        else
            emit<ReadOn::ThisCore>(count, out.data() + filled);
        at_ += count;
        filled += count;
    }
    columns = common_;
    return filled;
}

}  // namespace ringside
