#include "connectord/rate_budget.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace ringside::connectord {

RateBudget::RateBudget(std::span<const RateLimit> limits, const RateBudgetOptions& options)
    : options_(options), size_(limits.size()) {
    if (limits.size() > kMaxRateLimits) {
        fail(ExitCode::Usage, "{} rate limits: at most {} can be kept", limits.size(),
             kMaxRateLimits);
    }
    const bool in_order = options.query_share > 0.0 &&
                          options.query_share <= options.submit_share &&
                          options.submit_share <= 1.0;
    if (!in_order) {
        fail(
            ExitCode::Usage,
            "shares of the rate limits {} (queries) and {} (orders): they must be above 0, at most "
            "1, and queries must not have the larger one",
            options.query_share, options.submit_share);
    }
    for (std::size_t i = 0; i < size_; ++i) {
        if (limits[i].most == 0 || limits[i].interval <= 0) {
            fail(ExitCode::Usage, "rate limit {}: {} in {} ns is no limit", i, limits[i].most,
                 limits[i].interval);
        }
        windows_[i].limit = limits[i];
        set_ceilings(windows_[i]);
    }
}

void RateBudget::set_ceilings(Window& window) const noexcept {
    const auto part = [&](double share) {
        return static_cast<std::uint32_t>(share * static_cast<double>(window.limit.most));
    };
    window.ceiling = {part(options_.query_share), part(options_.submit_share), window.limit.most};
}

void RateBudget::set_limit(std::size_t limit, std::uint32_t most) noexcept {
    if (limit >= size_ || most == 0) return;
    windows_[limit].limit.most = most;
    set_ceilings(windows_[limit]);
}

Nanos RateBudget::interval_begin(const Window& window, Nanos now) const noexcept {
    const Nanos time = now + offset_;
    const Nanos since = time - window.begin;
    // Mostly the one counted last: a comparison instead of a division.
    if (since >= 0 && since < window.limit.interval) return window.begin;
    return time / window.limit.interval * window.limit.interval;
}

void RateBudget::count(Window& window, std::uint32_t used, Nanos now) noexcept {
    window.used = used;
    window.begin = interval_begin(window, now);
}

std::uint32_t RateBudget::used(std::size_t i, Nanos now) const noexcept {
    const Window& window = windows_[i];
    return interval_begin(window, now) == window.begin ? window.used : 0;
}

bool RateBudget::try_take(Purpose purpose, const RateCost& cost, Nanos now) noexcept {
    bool room = now >= paused_until_;
    const auto who = static_cast<std::size_t>(purpose);
    for (std::size_t i = 0; room && i < size_; ++i) {
        room = cost[i] == 0 || used(i, now) + cost[i] <= windows_[i].ceiling[who];
    }
    if (!room) {
        ++refused_;
        return false;
    }
    for (std::size_t i = 0; i < size_; ++i) {
        if (cost[i] != 0) count(windows_[i], used(i, now) + cost[i], now);
    }
    return true;
}

Nanos RateBudget::free_at(Purpose purpose, const RateCost& cost, Nanos now) const noexcept {
    Nanos at = std::max(now, paused_until_);
    const auto who = static_cast<std::size_t>(purpose);
    for (std::size_t i = 0; i < size_; ++i) {
        const Window& window = windows_[i];
        if (cost[i] == 0 || used(i, now) + cost[i] <= window.ceiling[who]) continue;
        if (cost[i] > window.ceiling[who]) return kNever;
        at = std::max(at, interval_begin(window, now) + window.limit.interval - offset_);
    }
    return at;
}

void RateBudget::on_used(std::size_t limit, std::uint32_t used_by_venue, Nanos now) noexcept {
    if (limit >= size_) return;
    count(windows_[limit], std::max(used(limit, now), used_by_venue), now);
}

void RateBudget::on_limited(Nanos retry_after, Nanos now) noexcept {
    ++times_limited_;
    const Nanos pause = retry_after > 0 ? retry_after : options_.default_pause;
    paused_until_ = std::max(paused_until_, saturating_add(now, pause));
}

}  // namespace ringside::connectord
