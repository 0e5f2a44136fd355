#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ringside::fuzz {

/// The text that a fuzz input stands for: the first byte chooses one of the seeds, or none, and the
/// rest changes single bytes of it, takes some out, or ends it there.
inline std::string seeded_text(std::span<const std::string_view> seeds, const std::uint8_t* bytes,
                               std::size_t size) {
    const std::size_t choice = bytes[0] % (seeds.size() + 1);
    if (choice == seeds.size()) return {reinterpret_cast<const char*>(bytes) + 1, size - 1};
    std::string text(seeds[choice]);
    for (std::size_t i = 1; i + 2 < size && !text.empty(); i += 3) {
        const std::size_t at = (bytes[i] | std::size_t{bytes[i + 1]} << 8) % text.size();
        const std::uint8_t what = bytes[i + 2];
        if (what == 0) {
            text.resize(at);
        } else if (what < 16) {
            text.erase(at, what);
        } else {
            text[at] = static_cast<char>(what);
        }
    }
    return text;
}

}  // namespace ringside::fuzz
