#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringside {

/// CRC-32 as gzip, zip and `.rsev` files carry it, of bytes that follow those with checksum
/// `before`.
std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace ringside
