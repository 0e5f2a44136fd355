#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace ringside {

class AtomicFile;

/// Packs bytes into a raw deflate stream.
class Deflater {
  public:
    Deflater() = default;
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    virtual ~Deflater() = default;

    virtual void write(std::span<const std::byte> bytes, AtomicFile& out) = 0;
    /// Ends the stream.
    virtual void finish(AtomicFile& out) = 0;
};

/// Level 1 to 3 is ISA-L: an order of magnitude faster. 4 to 9 is zlib: about a fifth smaller, and
/// the same bytes on every processor.
std::unique_ptr<Deflater> make_deflater(int level);

inline constexpr int kStoreLevel = 0;
inline constexpr int kFastLevel = 1;
inline constexpr int kSmallLevel = 6;
inline constexpr int kLevelMax = 9;

}  // namespace ringside
