#include "connectord/account_watch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace ringside::connectord {

namespace {

constexpr double kNoPrice = std::numeric_limits<double>::quiet_NaN();

double equity(const Instrument& instrument, const AssetSight& sight, double mid) {
    const double position = static_cast<double>(sight.position) * instrument.grid.lot_size;
    return instrument.equity(mid, sight.balance, position, sight.fee);
}

bool is_over(Nanos since, Nanos most, Nanos now) noexcept {
    return most != 0 && since != kNever && now - since >= most;
}

std::string seconds(Nanos time) {
    return fmt::format("{:.1f} s", static_cast<double>(time) / static_cast<double>(kSecond));
}

}  // namespace

AccountWatch::AccountWatch(std::span<const Instrument> instruments, const KillLimits& limits)
    : limits_(limits), rejects_(limits.rejects, kNever) {
    for (const Instrument& instrument : instruments) {
        assets_.push_back({.instrument = instrument, .mid = kNoPrice});
    }
}

void AccountWatch::on_answer(Nanos took) noexcept {
    slow_ = limits_.answer_latency != 0 && took > limits_.answer_latency ? slow_ + 1 : 0;
}

void AccountWatch::on_reject(Nanos now) noexcept {
    if (rejects_.empty()) return;
    rejects_[next_reject_] = now;
    next_reject_ = (next_reject_ + 1) % rejects_.size();
}

void AccountWatch::on_unanswered(std::uint64_t count) noexcept {
    if (limits_.answer_latency != 0) slow_ += static_cast<std::uint32_t>(count - unanswered_);
    unanswered_ = count;
}

void AccountWatch::on_accepted(AssetNo asset_no, Lots drift) noexcept {
    Asset& asset = assets_[asset_no];
    if (std::isnan(asset.mid)) return;
    const AssetSight change{.position = drift};
    asset.base += equity(asset.instrument, change, asset.mid);
}

void AccountWatch::look_at(Asset& asset, const AssetSight& sight, Nanos now) {
    const bool is_fresh = !std::isnan(sight.mid);
    if (is_fresh && std::isnan(asset.mid)) {
        asset.base = equity(asset.instrument, sight, sight.mid);
    }
    if (is_fresh) asset.mid = sight.mid;
    if (is_fresh || sight.open_orders == 0) {
        asset.stale_since = kNever;
    } else if (asset.stale_since == kNever) {
        asset.stale_since = now;
    }
    if (!std::isnan(asset.mid)) {
        gain_ += equity(asset.instrument, sight, asset.mid) - asset.base;
    }
}

KillVerdict AccountWatch::look(std::span<const AssetSight> sights, std::size_t unknown_orders,
                               Nanos now) {
    gain_ = funding_;
    bool is_mismatch = unknown_orders > 0;
    const Asset* stale = nullptr;
    for (std::size_t a = 0; a < assets_.size(); ++a) {
        look_at(assets_[a], sights[a], now);
        is_mismatch |= sights[a].drift != 0;
        if (is_over(assets_[a].stale_since, limits_.stale_book, now)) stale = &assets_[a];
    }
    best_ = std::max(best_, gain_);
    if (!is_mismatch) mismatch_since_ = kNever;
    if (is_mismatch && mismatch_since_ == kNever) mismatch_since_ = now;

    const Nanos first = rejects_.empty() ? kNever : rejects_[next_reject_];
    if (first != kNever && now - first < limits_.rejects_within) {
        return {KillReason::Rejects, fmt::format("the venue refused {} orders within {}",
                                                 limits_.rejects, seconds(limits_.rejects_within))};
    }
    if (limits_.loss > 0.0 && -gain_ > limits_.loss) {
        return {KillReason::Loss, fmt::format("a loss of {:.2f}", -gain_)};
    }
    if (limits_.drawdown > 0.0 && best_ - gain_ > limits_.drawdown) {
        return {KillReason::Drawdown, fmt::format("{:.2f} below the best", best_ - gain_)};
    }
    if (stale != nullptr) {
        return {KillReason::StaleBook,
                fmt::format("open orders of {} and no book for {}", stale->instrument.symbol,
                            seconds(now - stale->stale_since))};
    }
    if (is_over(mismatch_since_, limits_.mismatch, now)) {
        return {KillReason::Mismatch,
                fmt::format("for {} the venue has had another position, or orders have been "
                            "unknown",
                            seconds(now - mismatch_since_))};
    }
    if (limits_.answer_latency != 0 && slow_ >= limits_.slow_answers) {
        return {KillReason::SlowAnswers, fmt::format("{} answers in a row took more than {}", slow_,
                                                     seconds(limits_.answer_latency))};
    }
    return {};
}

void AccountWatch::reset() noexcept {
    std::fill(rejects_.begin(), rejects_.end(), kNever);
    slow_ = 0;
    mismatch_since_ = kNever;
    for (Asset& asset : assets_) {
        asset.stale_since = kNever;
        asset.mid = kNoPrice;
    }
    best_ = gain_ = funding_ = 0.0;
}

}  // namespace ringside::connectord
