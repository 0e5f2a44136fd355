#include "tools/ringside/feed_quality.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace ringside {
namespace {

/// Beyond these kinds px and qty are users' own.
bool has_bad_numbers(const Event& row) noexcept {
    const EventKind kind = row.kind();
    if (kind > EventKind::Fill) return false;
    return !std::isfinite(row.qty) || (!std::isfinite(row.px) && kind != EventKind::DepthClear);
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) noexcept {
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
    return std::rotl((hash ^ word) * kOdd, 29);
}

}  // namespace

void Sample::thin_out() {
    for (std::size_t i = 0; 2 * i < values_.size(); ++i) values_[i] = values_[2 * i];
    values_.resize(values_.size() / 2);
    stride_ *= 2;
}

std::optional<Nanos> Sample::quantile(double share) const {
    if (values_.empty()) return std::nullopt;
    std::vector<Nanos> values = values_;
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<std::size_t>(at)];
}

/// The same level set to the same quantity at the same time, or the same trade, received at one
/// time. Trades of one millisecond may well be alike otherwise.
bool FeedQuality::is_repeated(const Event& row) noexcept {
    std::uint64_t hash = mixed(row.ev & (kKindMask | kBuyEvent | kSellEvent),
                               static_cast<std::uint64_t>(row.exch_ts));
    hash = mixed(hash, std::bit_cast<std::uint64_t>(row.px));
    hash = mixed(hash, std::bit_cast<std::uint64_t>(row.qty));
    hash = mixed(hash, row.order_id);
    if (row.kind() != EventKind::Depth && row.kind() != EventKind::DepthSnapshot) {
        hash = mixed(hash, static_cast<std::uint64_t>(row.local_ts));
    }
    std::uint64_t& place = recent_[hash % recent_.size()];
    return std::exchange(place, hash) == hash;
}

inline void FeedQuality::add_row(const Event& row) {
    const std::uint64_t number = rows_++;
    ++by_kind_[row.ev & kKindMask];
    if (has_bad_numbers(row)) [[unlikely]] {
        note(not_finite_, number);
        return;
    }
    if (row.has(kExchEvent)) {
        if (row.exch_ts < exch_ts_) [[unlikely]] {
            note(exch_back_, number, difference(exch_ts_, row.exch_ts));
        }
        exch_ts_ = row.exch_ts;
    }
    if (!row.has(kLocalEvent)) {
        if (!row.has(kExchEvent)) [[unlikely]]
            note(unseen_, number);
        exch_span_.add(row.exch_ts);
        return;
    }
    if (row.local_ts < local_ts_) [[unlikely]] {
        note(local_back_, number, difference(local_ts_, row.local_ts));
    }
    if (row.local_ts != message_local_ts_ || row.exch_ts != message_exch_ts_) begin_message(row);
    local_ts_ = row.local_ts;
    if (is_repeated(row)) [[unlikely]]
        note(duplicates_, number);
    if (!has_orders_ && !book_.apply(row)) has_orders_ = true;
}

void FeedQuality::add(std::span<const Event> rows) {
    for (const Event& row : rows) add_row(row);
}

void FeedQuality::begin_message(const Event& row) {
    if (messages_ > 0 && row.local_ts != message_local_ts_) {
        book_.end_message(message_local_ts_);
        note_silence(message_local_ts_, difference(row.local_ts, message_local_ts_));
    }
    ++messages_;
    message_local_ts_ = row.local_ts;
    message_exch_ts_ = row.exch_ts;
    exch_span_.add(row.exch_ts);
    local_span_.add(row.local_ts);
    if (row.exch_ts > 0 && (resolution_ == 0 || row.exch_ts % resolution_ != 0)) {
        resolution_ = std::gcd(resolution_, row.exch_ts);
    }
    const Nanos latency = difference(row.local_ts, row.exch_ts);
    negative_ += latency < 0 ? 1 : 0;
    zero_ += latency == 0 ? 1 : 0;
    least_latency_ = std::min(least_latency_, latency);
    greatest_latency_ = std::max(greatest_latency_, latency);
    latencies_.add(latency);
    clock_.add(row.exch_ts, latency);
}

void FeedQuality::note_silence(Nanos from, Nanos length) {
    if (silences_.size() == kSilencesKept && length <= silences_.back().length) return;
    const auto at = std::find_if(silences_.begin(), silences_.end(),
                                 [&](const Silence& one) { return one.length < length; });
    silences_.insert(at, {from, length});
    if (silences_.size() > kSilencesKept) silences_.pop_back();
}

void FeedQuality::finish() {
    if (messages_ == 0) return;
    book_.end_message(message_local_ts_);
    book_.finish(message_local_ts_);
}

}  // namespace ringside
