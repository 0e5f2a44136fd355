#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/instrument.hpp"
#include "core/order.hpp"
#include "core/time.hpp"

namespace ringside::connectord {

/// Why trading was stopped; shown as a figure.
enum class KillReason : std::uint8_t {
    None = 0,
    Operator = 1,
    Rejects = 2,
    Loss = 3,
    Drawdown = 4,
    StaleBook = 5,
    Mismatch = 6,
    SlowAnswers = 7,
};

/// Beyond which the kill switch is pulled without an operator; 0: never.
struct KillLimits {
    std::uint32_t rejects = 0;  ///< orders that the venue refused within
    Nanos rejects_within = 10 * kSecond;
    double loss = 0.0;      ///< settlement currency
    double drawdown = 0.0;  ///< below the best since
    Nanos stale_book = 0;   ///< so long without a book while orders of the instrument are open
    Nanos mismatch = 0;     ///< so long a position that own fills do not explain, or unknown orders
    Nanos answer_latency = 0;
    std::uint32_t slow_answers = 3;  ///< in a row later than answer_latency
    bool any() const noexcept {
        return rejects != 0 || loss > 0.0 || drawdown > 0.0 || stale_book != 0 || mismatch != 0 ||
               answer_latency != 0;
    }
};

/// One instrument of the account at a time.
struct AssetSight {
    double mid = 0.0;  ///< NaN: the book is stale
    std::uint32_t open_orders = 0;
    Lots position = 0;     ///< the account's, as far as own fills explain it
    double balance = 0.0;  ///< own sales less purchases
    double fee = 0.0;
    Lots drift = 0;  ///< position that they do not explain
};

struct KillVerdict {
    KillReason reason = KillReason::None;
    std::string words;
};

/// Looks at an account from its orders' answers, fills and positions, and says when it is beyond
/// its limits. Pure: times come in. Loss and drawdown count from the first book of each instrument,
/// at the mid price, so a position from before counts only by what it gains or loses from then on.
class AccountWatch {
  public:
    AccountWatch(std::span<const Instrument> instruments, const KillLimits& limits);

    bool is_on() const noexcept { return limits_.any(); }
    /// An answer to a submit, modify or cancel; `took` since it was sent.
    void on_answer(Nanos took) noexcept;
    /// The venue refused a submit or modify for what it is.
    void on_reject(Nanos now) noexcept;
    /// Requests that were not answered in time, all so far.
    void on_unanswered(std::uint64_t count) noexcept;
    /// The operator took the position as it is: its change by others is no gain.
    void on_accepted(AssetNo asset_no, Lots drift) noexcept;
    /// Paid to the account for its positions; below 0: by it.
    void on_funding(double amount) noexcept { funding_ += amount; }
    /// One sight of each instrument. Reports each limit that is passed until reset().
    KillVerdict look(std::span<const AssetSight> sights, std::size_t unknown_orders, Nanos now);
    /// What was before does not count any more.
    void reset() noexcept;

    /// Gained since the start, or reset(), in settlement currency.
    double gain() const noexcept { return gain_; }

  private:
    struct Asset {
        Instrument instrument;
        double mid = 0.0;   ///< the last; NaN: none yet, or not since reset()
        double base = 0.0;  ///< equity that is no gain
        Nanos stale_since = kNever;
    };
    void look_at(Asset& asset, const AssetSight& sight, Nanos now);

    std::vector<Asset> assets_;
    KillLimits limits_;
    std::vector<Nanos> rejects_;  ///< times of the last ones, oldest at next_reject_
    std::size_t next_reject_ = 0;
    std::uint64_t unanswered_ = 0;
    std::uint32_t slow_ = 0;
    Nanos mismatch_since_ = kNever;
    double funding_ = 0.0;  ///< since the start, or reset()
    double gain_ = 0.0;
    double best_ = 0.0;
};

}  // namespace ringside::connectord
