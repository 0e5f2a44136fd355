#include "tools/ringside/synthetic_market.hpp"

#include <algorithm>
#include <bit>

#include "core/check.hpp"

namespace ringside {
namespace {

constexpr std::int64_t kTickParts = 1024;
constexpr Nanos kBeat = 10 * kMillisecond;  // step of the fair value
constexpr std::int64_t kRegimeMeanMs = 3'000;
constexpr std::int64_t kDrift = 48;  // about four and a half ticks a second
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kExcitementPerTake = 40'000;
constexpr Nanos kExcitementLife = 300 * kMillisecond;
// On the market's own clock; with the constants in this file the gap gives that many rows.
constexpr std::int64_t kRowsPerSecond = 1'400;
constexpr Nanos kGap = 1'300'000;  // mean time between two things at usual activity
// Free room in the book for a best level that jumps over a wide spread before the far end is cut.
constexpr std::int64_t kSpanReserve = 4;

Side other(Side side) { return side == Side::Buy ? Side::Sell : Side::Buy; }

std::int64_t floor_to_ticks(std::int64_t parts) { return parts >> 10; }
std::int64_t ceil_to_ticks(std::int64_t parts) { return -floor_to_ticks(-parts); }
static_assert(kTickParts == 1 << 10);

}  // namespace

SyntheticSide::SyntheticSide(std::int64_t span)
    : lots_(std::bit_ceil(static_cast<std::uint64_t>(span))), mask_(lots_.size() - 1) {}

void SyntheticSide::set(std::int64_t depth, Lots lots) {
    if (lots > 0) {
        if (levels_ == 0) best_ = worst_ = depth;
        best_ = std::min(best_, depth);
        worst_ = std::max(worst_, depth);
        RINGSIDE_CHECK(worst_ - best_ <= static_cast<std::int64_t>(mask_));
    }
    Lots& level = lots_[index(depth)];
    levels_ += (lots > 0 ? 1 : 0) - (level > 0 ? 1 : 0);
    level = lots;
    if (lots > 0 || levels_ == 0) return;
    while (at(best_) == 0) ++best_;
    while (at(worst_) == 0) --worst_;
}

SyntheticMarket::SyntheticMarket(const SyntheticMarketOptions& options)
    : options_(options),
      random_(options.seed),
      bids_(kSpanReserve * options.levels),
      asks_(kSpanReserve * options.levels),
      now_(options.start_ts),
      fair_(options.mid * kTickParts + kTickParts / 2),
      anchor_(fair_) {}

const std::vector<SyntheticMarket::Row>& SyntheticMarket::next() {
    rows_.clear();
    if (!started_) {
        started_ = true;
        snapshot();
        return rows_;
    }
    do {
        pass_time();
        if (random_.percent(70) && correct_stale_quotes()) continue;
        const Side side = random_.percent(50) ? Side::Buy : Side::Sell;
        if (random_.percent(3)) {
            take(side);
        } else {
            quote(side);
        }
    } while (rows_.empty());
    return rows_;
}

/// The fair value as a depth of the side, in parts of a tick.
std::int64_t SyntheticMarket::fair_depth(Side side) const noexcept {
    return side == Side::Sell ? fair_ : -fair_;
}

/// What a level tends to hold: little at the touch, more behind it.
std::int64_t SyntheticMarket::usual_lots(std::int64_t distance) const noexcept {
    return 400 + 60 * std::min<std::int64_t>(distance, 30);
}

/// How far behind the touch the next order or cancel is: mostly near, some anywhere.
std::int64_t SyntheticMarket::draw_distance() noexcept {
    const auto draw = random_.below(100);
    std::int64_t distance = 0;
    if (draw < 50) {
        distance = random_.exponential(4);
    } else if (draw < 75) {
        distance = random_.exponential(40);
    } else {
        distance = random_.below(static_cast<std::uint32_t>(options_.levels));
    }
    return std::min(distance, options_.levels - 1);
}

void SyntheticMarket::snapshot() {
    for (const Side side : {Side::Buy, Side::Sell}) {
        const std::int64_t first = ceil_to_ticks(fair_depth(side));
        const std::size_t clear = rows_.size();
        rows_.push_back({EventKind::DepthClear, side, 0, 0});
        for (std::int64_t distance = 0; distance < options_.levels; ++distance) {
            if (distance > 0 && random_.percent(10)) continue;
            set_level(side, first + distance, 1 + random_.exponential(usual_lots(distance)));
            rows_.back().kind = EventKind::DepthSnapshot;
        }
        rows_[clear].price_ticks = rows_.back().price_ticks;
    }
}

void SyntheticMarket::pass_time() {
    const Nanos gap =
        random_.exponential(kGap * kMillion / (kMillion + excitement_) * 100 / activity_);
    clock_ += gap;
    now_ += 1 + gap * kRowsPerSecond / options_.rows_per_second;
    excitement_ -= gap >= kExcitementLife ? excitement_ : excitement_ * gap / kExcitementLife;
    for (; next_beat_ <= clock_; next_beat_ += kBeat) {
        if (next_beat_ >= regime_end_) change_regime();
        move_fair_value();
    }
}

/// Half the time is quiet, a quarter is usual, a quarter busy: a hundred percent on average.
void SyntheticMarket::change_regime() {
    regime_end_ = next_beat_ + kMillisecond * random_.exponential(kRegimeMeanMs);
    const auto draw = random_.below(4);
    activity_ = draw < 2 ? 70 : draw == 2 ? 100 : 160;
    drift_ = kDrift * (random_.below(3) - 1);
}

void SyntheticMarket::move_fair_value() {
    const std::int64_t reach = 2'000 * (100 + activity_) / 200;
    std::int64_t step = drift_ - 2 * reach;
    for (int i = 0; i < 4; ++i) step += random_.below(static_cast<std::uint32_t>(reach));
    step += (anchor_ - fair_) / 4'096;
    // Never so far from the book that orders near it would leave the book's reach, nor so near to
    // zero that levels would have no price.
    const std::int64_t leash = options_.levels / 4;
    fair_ = std::clamp(fair_ + step, (-bids_.best() - leash) * kTickParts,
                       (asks_.best() + leash) * kTickParts);
    fair_ = std::max(fair_, 2 * options_.levels * kTickParts);
    anchor_ += (fair_ - anchor_) / 8'192;
}

/// Takes or cancels a best quote that the fair value has passed by more than half a tick.
bool SyntheticMarket::correct_stale_quotes() {
    for (const Side side : {Side::Buy, Side::Sell}) {
        const std::int64_t best = book(side).best();
        if (best * kTickParts >= fair_depth(side) - kTickParts / 2) continue;
        if (random_.percent(25)) {
            take(other(side));
        } else if (book(side).levels() > options_.levels / 4) {
            set_level(side, best, 0);
        }
        return true;
    }
    return false;
}

/// A market order walks the other side's levels; now and then a large one.
void SyntheticMarket::take(Side aggressor) {
    const Side passive = other(aggressor);
    SyntheticSide& side = book(passive);
    std::int64_t spare = side.levels() - options_.levels / 4;
    if (spare <= 0) return;
    Lots wanted = 1 + random_.exponential(random_.percent(4) ? 3'000 : 250);
    const std::int64_t first = side.best();
    std::int64_t depth = first;
    Lots left_at_last = 0;
    for (;; ++depth) {
        const Lots resting = side.at(depth);
        if (resting == 0) continue;
        const Lots taken = std::min(resting, wanted);
        const Ticks price = passive == Side::Sell ? depth : -depth;
        rows_.push_back({EventKind::Trade, aggressor, price, taken});
        wanted -= taken;
        left_at_last = resting - taken;
        if (wanted == 0 || --spare == 0) break;
    }
    for (std::int64_t level = first; level < depth; ++level) {
        if (side.at(level) > 0) set_level(passive, level, 0);
    }
    set_level(passive, depth, left_at_last);
    excitement_ += kExcitementPerTake;
}

/// A limit order, or the cancellation of one: whichever brings the level nearer to what it usually
/// holds is the likelier.
void SyntheticMarket::quote(Side side) {
    // Behind the fair value, and behind the other side's best.
    const std::int64_t first =
        std::max(ceil_to_ticks(fair_depth(side)), 1 - book(other(side)).best());
    const std::int64_t distance = draw_distance();
    const std::int64_t depth = first + distance;
    if (depth > book(side).best() + options_.levels) return;
    const Lots resting = book(side).at(depth);
    const std::int64_t usual = usual_lots(distance);
    const Lots size = 1 + random_.exponential(usual / 2);
    if (random_.below(static_cast<std::uint32_t>(usual + resting)) < usual) {
        set_level(side, depth, resting + size);
    } else if (resting > 0 && book(side).levels() > options_.levels / 4) {
        set_level(side, depth, random_.percent(30) ? 0 : std::max<Lots>(resting - size, 0));
    }
    trim(side);
}

void SyntheticMarket::set_level(Side side, std::int64_t depth, Lots lots) {
    book(side).set(depth, lots);
    rows_.push_back({EventKind::Depth, side, side == Side::Sell ? depth : -depth, lots});
}

/// Drops the levels that the best one has left behind.
void SyntheticMarket::trim(Side side) {
    while (book(side).worst() - book(side).best() > options_.levels) {
        set_level(side, book(side).worst(), 0);
    }
}

}  // namespace ringside
