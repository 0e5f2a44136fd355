#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/check.hpp"

namespace ringside::connectord {

/// Finds slots by a number and the scope in which that number is unique. Open addressing in one
/// array made at the start, at most half full: never allocates, and erasing leaves no tombstones.
class FixedIndex {
  public:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    struct Key {
        std::uint64_t id = 0;
        std::uint32_t scope = 0;
        bool operator==(const Key&) const = default;
    };

    explicit FixedIndex(std::size_t most) : entries_(std::bit_ceil(most * 2 + 2)), most_(most) {
        mask_ = entries_.size() - 1;
    }

    std::uint32_t find(const Key& key) const noexcept {
        for (std::size_t at = home(key);; at = (at + 1) & mask_) {
            const Entry& entry = entries_[at];
            if (entry.slot == kNone) return kNone;
            if (entry.key == key) return entry.slot;
        }
    }
    /// The key must not be there yet.
    void insert(const Key& key, std::uint32_t slot) noexcept {
        RINGSIDE_CHECK(size_ < most_);
        std::size_t at = home(key);
        while (entries_[at].slot != kNone) at = (at + 1) & mask_;
        entries_[at] = {key, slot};
        ++size_;
    }
    void erase(const Key& key) noexcept {
        std::size_t at = home(key);
        while (entries_[at].key != key || entries_[at].slot == kNone) {
            if (entries_[at].slot == kNone) return;
            at = (at + 1) & mask_;
        }
        --size_;
        // Entries behind the hole move into it unless that would put them before their home.
        for (std::size_t next = at;;) {
            next = (next + 1) & mask_;
            if (entries_[next].slot == kNone) break;
            const std::size_t wish = home(entries_[next].key);
            if (((next - wish) & mask_) < ((next - at) & mask_)) continue;
            entries_[at] = entries_[next];
            at = next;
        }
        entries_[at] = {};
    }
    std::size_t size() const noexcept { return size_; }

  private:
    struct Entry {
        Key key;
        std::uint32_t slot = kNone;
    };
    std::size_t home(const Key& key) const noexcept {
        std::uint64_t x = (key.id ^ (std::uint64_t{key.scope} << 32U)) * 0x9e3779b97f4a7c15U;
        x ^= x >> 32U;
        x *= 0xd6e8feb86659fd93U;
        return static_cast<std::size_t>(x ^ (x >> 32U)) & mask_;
    }

    std::vector<Entry> entries_;
    std::size_t mask_ = 0;
    std::size_t most_;
    std::size_t size_ = 0;
};

}  // namespace ringside::connectord
