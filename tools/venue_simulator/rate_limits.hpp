#pragma once

#include <cstdint>
#include <vector>

#include "core/net/https_client.hpp"
#include "core/time.hpp"

namespace ringside::venue_simulator {

struct LimitChoice {
    std::int64_t weight_per_minute = 2400;
    std::int64_t orders_per_10s = 300;
    std::int64_t orders_per_minute = 1200;
    std::int64_t refusals_before_ban = 20;  ///< requests sent in spite of 429
    Nanos ban = 120 * kSecond;
    std::int64_t messages_per_second = 10;  ///< of a client of streams; more, and it is cut
};

/// Counts what clients do against the venue's limits. All come from one address: loopback. Windows
/// begin at whole minutes and tens of seconds of the wall clock, as the venue's do.
class RateLimits {
  public:
    RateLimits(const LimitChoice& limits, std::size_t accounts)
        : limits_(limits), orders_(accounts) {}

    const LimitChoice& limits() const noexcept { return limits_; }

    /// Counts a request of some weight. Throws Refusal (429, or 418 for who does not stop).
    void take_weight(std::int64_t weight, Nanos wall);
    /// Counts an order; throws Refusal.
    void take_order(std::size_t account, std::int64_t on_10s, std::int64_t on_minute, Nanos wall);

    /// Seconds until requests that were refused are accepted again.
    std::int64_t retry_after(Nanos wall) const noexcept;

    std::int64_t used_weight(Nanos wall) const noexcept;
    std::int64_t orders_10s(std::size_t account, Nanos wall) const noexcept;
    std::int64_t orders_minute(std::size_t account, Nanos wall) const noexcept;
    net::HttpFields weight_fields(Nanos wall) const;
    net::HttpFields order_fields(std::size_t account, Nanos wall) const;
    std::uint64_t refused() const noexcept { return refused_; }

  private:
    /// What was counted in the window that began last.
    struct Window {
        std::int64_t number = -1;
        std::int64_t used = 0;

        void add(std::int64_t now, std::int64_t count) noexcept {
            if (number != now) *this = {now, 0};
            used += count;
        }
        std::int64_t at(std::int64_t now) const noexcept { return number == now ? used : 0; }
    };
    struct Orders {
        Window ten_seconds;
        Window minute;
    };

    LimitChoice limits_;
    Window weight_;
    std::vector<Orders> orders_;
    std::int64_t ignored_ = 0;  ///< requests since the first 429 of this minute
    Nanos banned_until_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace ringside::venue_simulator
