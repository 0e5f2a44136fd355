#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "connectord/order_events.hpp"
#include "core/time.hpp"

namespace ringside::connectord {

/// One of a venue's limits: so much in each interval. The venue's intervals are taken to begin at
/// multiples of their length.
struct RateLimit {
    std::uint32_t most = 0;
    Nanos interval = 0;
};

/// How an action counts against each limit, in the order in which the limits were given. Binance
/// USD-M, limits {weight 1 min, orders 10 s, orders 1 min}: place {0, 1, 1}, cancel {1, 0, 0}.
inline constexpr std::size_t kMaxRateLimits = 6;
using RateCost = std::array<std::uint16_t, kMaxRateLimits>;

/// Who may use how much of each limit: a later purpose always finds room that the earlier ones
/// must leave.
enum class Purpose : std::uint8_t {
    Query = 0,   ///< up to `query_share`
    Submit = 1,  ///< submits and modifies, up to `submit_share`
    Cancel = 2,  ///< all of it
};

struct RateBudgetOptions {
    double query_share = 0.70;
    double submit_share = 0.90;
    /// Wait after a limit was hit where the venue does not say how long.
    Nanos default_pause = 10 * kSecond;
};

/// Keeps the account below the venue's limits: counts what is sent, believes the venue's own count
/// where it is higher, and stops altogether when the venue says so.
class RateBudget {
  public:
    /// Fails (Usage) with more than kMaxRateLimits limits, or shares out of (0, 1] or out of order.
    RateBudget(std::span<const RateLimit> limits, const RateBudgetOptions& options);
    RateBudget() : RateBudget(std::span<const RateLimit>{}, RateBudgetOptions{}) {}

    /// Counts the action if there is room for it; false: nothing may be sent for it now.
    [[nodiscard]] bool try_take(Purpose purpose, const RateCost& cost, Nanos now) noexcept;
    /// When try_take() can succeed at the earliest; now if it would succeed.
    Nanos free_at(Purpose purpose, const RateCost& cost, Nanos now) const noexcept;

    /// The venue's own count, from a used-weight or order-count header or a WebSocket answer's
    /// rateLimits. It does not count what is still on its way, so it only ever raises ours.
    void on_used(std::size_t limit, std::uint32_t used, Nanos now) noexcept;
    /// 429, 418, or a code that means the same. `retry_after` as the venue says, 0: it does not.
    void on_limited(Nanos retry_after, Nanos now) noexcept;
    /// The venue's clock against ours, so that intervals roll over when the venue's do.
    void set_clock_offset(Nanos venue_minus_local) noexcept { offset_ = venue_minus_local; }
    /// The venue changed or published a limit.
    void set_limit(std::size_t limit, std::uint32_t most) noexcept;

    std::size_t size() const noexcept { return size_; }
    const RateLimit& limit(std::size_t i) const noexcept { return windows_[i].limit; }
    std::uint32_t used(std::size_t i, Nanos now) const noexcept;
    /// Nothing may be sent before this time; 0 when that is long past.
    Nanos paused_until() const noexcept { return paused_until_; }
    std::uint64_t refused() const noexcept { return refused_; }
    std::uint64_t times_limited() const noexcept { return times_limited_; }

  private:
    struct Window {
        RateLimit limit;
        Nanos begin = 0;         ///< of the interval counted last, in the venue's time
        std::uint32_t used = 0;  ///< in that
        std::array<std::uint32_t, 3> ceiling{};  ///< by purpose
    };
    Nanos interval_begin(const Window& window, Nanos now) const noexcept;
    void count(Window& window, std::uint32_t used, Nanos now) noexcept;
    void set_ceilings(Window& window) const noexcept;

    RateBudgetOptions options_;
    std::array<Window, kMaxRateLimits> windows_{};
    std::size_t size_ = 0;
    Nanos offset_ = 0;
    Nanos paused_until_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t times_limited_ = 0;
};

}  // namespace ringside::connectord
