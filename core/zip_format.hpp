#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Records of the zip format: signatures, lengths and little-endian fields.
namespace ringside::zip {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::uint32_t kEnd64Signature = 0x06064b50;
inline constexpr std::uint32_t kEnd64LocatorSignature = 0x07064b50;

inline constexpr std::size_t kLocalBytes = 30;
inline constexpr std::size_t kCentralBytes = 46;
inline constexpr std::size_t kEndBytes = 22;
inline constexpr std::size_t kEnd64Bytes = 56;
inline constexpr std::size_t kEnd64LocatorBytes = 20;

inline constexpr std::uint16_t kExtra64 = 1;  ///< tag of the extra field with 64-bit lengths
inline constexpr std::uint16_t kStored = 0;
inline constexpr std::uint16_t kDeflated = 8;
inline constexpr std::uint32_t kSee64 = 0xffffffff;  ///< the value is in the extra field

/// Little-endian unsigned integer of `width` bytes; `at + width` is inside `bytes`.
inline std::uint64_t load(std::span<const std::byte> bytes, std::size_t at, std::size_t width) {
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
    }
    return value;
}
inline std::uint16_t load16(std::span<const std::byte> bytes, std::size_t at) {
    return static_cast<std::uint16_t>(load(bytes, at, 2));
}
inline std::uint32_t load32(std::span<const std::byte> bytes, std::size_t at) {
    return static_cast<std::uint32_t>(load(bytes, at, 4));
}
inline std::uint64_t load64(std::span<const std::byte> bytes, std::size_t at) {
    return load(bytes, at, 8);
}

/// Builds a record field by field.
class Record {
  public:
    Record& u16(std::uint64_t value) { return put(value, 2); }
    Record& u32(std::uint64_t value) { return put(value, 4); }
    Record& u64(std::uint64_t value) { return put(value, 8); }
    std::span<const std::byte> bytes() const noexcept { return bytes_; }

  private:
    Record& put(std::uint64_t value, int width) {
        for (int i = 0; i < width; ++i) bytes_.push_back(static_cast<std::byte>(value >> 8 * i));
        return *this;
    }
    std::vector<std::byte> bytes_;
};

}  // namespace ringside::zip
