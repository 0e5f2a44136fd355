#include "tools/ringside/book_crossing.hpp"

namespace ringside {

template <typename Prices>
void BookCrossing::apply_to(Prices& prices, const Event& row) {
    switch (row.kind()) {
        case EventKind::DepthClear:
            std::isfinite(row.px) ? prices.clear_to(row.px) : prices.clear();
            break;
        case EventKind::DepthBbo:
            prices.clear_better(row.px);
            prices.set(row.px, row.qty > 0.0);
            break;
        default:
            prices.set(row.px, row.qty > 0.0);
    }
}

bool BookCrossing::apply(const Event& row) {
    switch (row.kind()) {
        case EventKind::Depth:
        case EventKind::DepthSnapshot:
        case EventKind::DepthBbo:
        case EventKind::DepthClear:
            break;
        case EventKind::AddOrder:
        case EventKind::CancelOrder:
        case EventKind::ModifyOrder:
            return false;
        default:
            return true;
    }
    if (row.has(kBuyEvent)) {
        apply_to(bids_, row);
    } else if (row.has(kSellEvent)) {
        apply_to(asks_, row);
    } else if (row.kind() == EventKind::DepthClear) {
        bids_.clear();
        asks_.clear();
    }
    return true;
}

BookCrossing::State BookCrossing::state() const noexcept {
    if (bids_.empty() || asks_.empty()) return State::Apart;
    if (SidePrices<true>::is_same(bids_.best(), asks_.best())) return State::Locked;
    return bids_.best() > asks_.best() ? State::Crossed : State::Apart;
}

void BookCrossing::end_message(Nanos local_ts) {
    const State now = state();
    if (now == state_) return;
    if (state_ == State::Crossed) close(crossed_, since_, local_ts);
    if (state_ == State::Locked) close(locked_, since_, local_ts);
    state_ = now;
    since_ = local_ts;
}

void BookCrossing::finish(Nanos local_ts) {
    if (state_ == State::Crossed) close(crossed_, since_, local_ts);
    if (state_ == State::Locked) close(locked_, since_, local_ts);
    state_ = State::Apart;
}

void BookCrossing::close(Intervals& intervals, Nanos from, Nanos to) {
    const Nanos length = to > from ? to - from : 0;
    ++intervals.count;
    intervals.total += length;
    if (length >= intervals.longest) {
        intervals.longest = length;
        intervals.longest_at = from;
    }
}

}  // namespace ringside
