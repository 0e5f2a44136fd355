#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace ringside::connectord {

/// Number of a bot's name in the order journal: the same bot has the same number after a restart.
using BotNo = std::uint16_t;
inline constexpr BotNo kMaxBots = 1023;
inline constexpr BotNo kNoBot = kMaxBots;

/// What a client order id says. No two orders ever have the same key: an epoch belongs to one run
/// of one connector, and the counter grows by one with each order of the run.
struct OrderKey {
    std::uint32_t epoch = 0;    ///< from 1; 0: no key, an order which is not ours
    std::uint32_t counter = 0;  ///< within the epoch
    BotNo bot = 0;

    explicit operator bool() const noexcept { return epoch != 0; }
    bool operator==(const OrderKey&) const = default;

    /// As one word: 24 bits of epoch, 10 of bot, 30 of counter.
    std::uint64_t packed() const noexcept {
        return (std::uint64_t{epoch} << 40U) | (std::uint64_t{bot} << 30U) | counter;
    }
    static OrderKey unpack(std::uint64_t word) noexcept {
        return {.epoch = static_cast<std::uint32_t>(word >> 40U),
                .counter = static_cast<std::uint32_t>(word & 0x3fff'ffffU),
                .bot = static_cast<BotNo>(word >> 30U & 0x3ffU)};
    }
};

inline constexpr std::uint32_t kMaxEpoch = 62U * 62U * 62U * 62U - 1U;
inline constexpr std::uint32_t kMaxCounter = 62U * 62U * 62U * 62U * 62U - 1U;

/// Client order ids as the venue sees them:
///
///     prefix | epoch, 4 digits | bot, 2 digits | counter, 5 digits      base 62: 0-9 A-Z a-z
///
/// Fixed width, so an id of ours is known by its prefix and its length and can be read back.
/// Letters and digits only, prefix and eleven of them: every venue's limits allow that (Binance 36
/// characters, OKX 32, Kraken 18).
class ClientOrderIds {
  public:
    static constexpr std::size_t kDigits = 11;
    static constexpr std::size_t kMaxPrefix = 7;
    static constexpr std::size_t kMaxLength = kMaxPrefix + kDigits;

    /// Fails (Usage) unless the prefix is 1 to 7 letters and digits: without a prefix, orders of
    /// other programs could not be told from ours.
    explicit ClientOrderIds(std::string_view prefix);

    /// Writes at most kMaxLength characters, without a final zero; returns how many.
    std::size_t write(const OrderKey& key, char* to) const noexcept;
    std::string text(const OrderKey& key) const;
    /// Empty: not ours.
    std::optional<OrderKey> parse(std::string_view text) const noexcept;

    const std::string& prefix() const noexcept { return prefix_; }

  private:
    std::string prefix_;
};

/// The epoch of a run that starts now, where `last` is the highest one ever used (0: none known).
/// Grows by at least one, and is at least the minutes since 2024, so that it stays unique where the
/// file that held `last` was lost. Fails (Data) when there is none left, in 2052.
std::uint32_t next_epoch(std::uint32_t last, Nanos wall_now);

}  // namespace ringside::connectord
