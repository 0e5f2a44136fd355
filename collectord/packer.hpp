#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace ringside::collectord {

enum class Compression : std::uint8_t { Gzip, Zstd };

constexpr std::string_view suffix_of(Compression compression) noexcept {
    return compression == Compression::Gzip ? ".gz" : ".zst";
}

/// One gzip member or Zstandard frame being written.
class Packer {
  public:
    using Sink = std::function<void(std::span<const std::byte>)>;
    enum class Then : std::uint8_t {
        GoOn,
        Flush,  ///< all text so far can be unpacked from what the sink has got
        End,
    };

    Packer() = default;
    Packer(const Packer&) = delete;
    Packer& operator=(const Packer&) = delete;
    virtual ~Packer() = default;

    virtual void pack(std::string_view text, Then then, const Sink& sink) = 0;
};

/// Levels: gzip 1 to 9, Zstandard 1 to 19.
std::unique_ptr<Packer> make_packer(Compression compression, int level);

}  // namespace ringside::collectord
