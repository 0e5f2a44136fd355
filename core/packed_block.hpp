#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringside {

/// Most rows of one packed block.
inline constexpr std::size_t kPackedBlockRows = 16 * 1024;

/// How rows are packed: losslessly, to the bit. Consecutive rows of the same times that the same
/// sides see are a run; times and sides are kept once for a run, the other fields for each row.
/// Each is a column of integers (prices and quantities as decimals where that is exact, times as
/// differences), a column its bytes' planes, and each plane a Zstandard frame, or as it is where
/// that would hardly be smaller.
namespace packed {

/// Fields of a block in their order. Those of runs come first.
enum Field : std::size_t {
    kRunLength,  ///< less one
    kRunExchTs,
    kRunLocalTs,
    kRunSeen,  ///< MarketUpdate::seen
    kKind,     ///< ev without who sees the row
    kPx,
    kQty,
    kOrderId,
    kIval,
    kFval,
    kFields
};
inline constexpr std::size_t kRunFields = kKind;

enum Coding : std::uint8_t {
    kConstant = 0,
    kDictionary = 1,   ///< planes are indices
    kDifferences = 2,  ///< zigzag of (difference to the value before) / scale
    kPlain = 3,        ///< zigzag of the integer
    kBits = 4,         ///< as they are
};
inline constexpr std::uint8_t kNoDecimals = 0xff;
inline constexpr int kMaxDecimals = 12;

/// Before a column's planes. A dictionary lies between the two.
struct ColumnHeader {
    std::uint8_t coding = kConstant;
    std::uint8_t width = 0;  ///< planes
    std::uint8_t decimals = kNoDecimals;
    std::uint8_t narrow = 0;  ///< 1: every integer fits 32 bits
    std::uint8_t reserved[4] = {};
    std::uint64_t first = 0;  ///< the constant; the first value; the size of the dictionary
    std::uint64_t scale = 0;
};
static_assert(sizeof(ColumnHeader) == 24);

inline constexpr std::array<double, kMaxDecimals + 1> kPowers = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};

}  // namespace packed
}  // namespace ringside
