#include "tools/venue_simulator/market.hpp"

#include <algorithm>
#include <cmath>

#include "core/rules.hpp"

namespace ringside::venue_simulator {

namespace {

template <Side kSide>
constexpr Ticks kNone = kSide == Side::Buy ? kNoBid : kNoAsk;

template <Side kSide>
Ticks best_of(const L2Book& book) {
    return kSide == Side::Buy ? book.best_bid() : book.best_ask();
}
template <Side kSide>
Lots lots_at(const L2Book& book, Ticks tick) {
    return book.grid().to_lots_nearest(kSide == Side::Buy ? book.bid_qty(tick)
                                                          : book.ask_qty(tick));
}
/// Next level away from the best.
template <Side kSide>
Ticks next_worse(const L2Book& book, Ticks from) {
    return kSide == Side::Buy ? book.bids().find_below(from, kNoBid + 1)
                              : book.asks().find_above(from, kNoAsk - 1);
}
template <Side kSide>
bool reaches(Ticks tick, Ticks last) {
    return kSide == Side::Buy ? tick >= last : tick <= last;
}

template <Side kSide>
BookLevel top_of(const L2Book& book) {
    const Ticks best = best_of<kSide>(book);
    return best == kNone<kSide> ? BookLevel{} : BookLevel{best, lots_at<kSide>(book, best)};
}

template <Side kSide>
std::vector<BookLevel> best_levels(const L2Book& book, std::size_t most) {
    std::vector<BookLevel> levels;
    for (Ticks tick = best_of<kSide>(book); tick != kNone<kSide> && levels.size() < most;
         tick = next_worse<kSide>(book, tick)) {
        levels.push_back({tick, lots_at<kSide>(book, tick)});
    }
    return levels;
}

}  // namespace

Market::Market(const engine::AssetConfig& config, AssetNo asset_no, std::unique_ptr<RowReader> rows,
               UpdateIds& ids)
    : instrument_(config.instrument),
      fee_(config.fee),
      asset_no_(asset_no),
      recorded_(read_ahead(std::move(rows), config.instrument.grid)),
      published_(recorded_.stream, MarketUpdate::kAtExchange),
      engine_(engine::AssetVenue::make(config, Rules::strict(),
                                       engine::LatencyModel(engine::LatencyChoice{}), asset_no, {},
                                       recorded_)),
      book_(config.instrument.grid, Rules::strict()),
      ids_(ids),
      last_id_(ids.take(1)) {}

double Market::mid_price() const noexcept {
    const double mid = (book_.best_bid_price() + book_.best_ask_price()) / 2;
    return std::isfinite(mid) ? mid : 0.0;
}
double Market::last_price() const noexcept {
    return last_trade_ == 0 ? mid_price() : instrument_.grid.price(last_trade_);
}

Nanos Market::next_ts() {
    const MarketUpdate* const head = published_.head();
    return head == nullptr ? kNever : head->exch_ts;
}

void Market::step(MarketListener* listener) {
    const MarketUpdate* head = published_.head();
    if (head == nullptr) return;
    const Nanos ts = head->exch_ts;
    engine_->run(ts);
    for (; head != nullptr && head->exch_ts == ts; head = published_.head()) {
        apply(*head, published_.rows().of(head), listener);
        published_.advance_to(head + 1);
    }
    publish(ts, listener);
    recorded_.stream.drop_below(std::min(recorded_.exchange.block_no(), published_.block_no()));
}

std::vector<BookLevel> Market::levels(Side side, std::size_t most) const {
    return side == Side::Buy ? best_levels<Side::Buy>(book_, most)
                             : best_levels<Side::Sell>(book_, most);
}

void Market::apply(const MarketUpdate& update, const Event& row, MarketListener* listener) {
    switch (update.action) {
        case Action::SetBid:
            return set<Side::Buy>(update.tick, update.qty);
        case Action::SetAsk:
            return set<Side::Sell>(update.tick, update.qty);
        case Action::BuyTrade:
            return trade(update.tick, update.qty, Side::Buy, update.exch_ts, listener);
        case Action::SellTrade:
            return trade(update.tick, update.qty, Side::Sell, update.exch_ts, listener);
        case Action::Row:
        case Action::Order:
            return apply_row(row, listener);
    }
}

void Market::apply_row(const Event& row, MarketListener* listener) {
    const bool buy = row.has(kBuyEvent);
    const bool has_side = buy || row.has(kSellEvent);
    const Ticks tick = instrument_.grid.to_ticks_nearest(row.px);
    switch (row.kind()) {
        case EventKind::Depth:
        case EventKind::DepthSnapshot:
            if (!has_side) return;
            return buy ? set<Side::Buy>(tick, row.qty) : set<Side::Sell>(tick, row.qty);
        case EventKind::Trade:
            if (!has_side) return;
            return trade(tick, row.qty, buy ? Side::Buy : Side::Sell, row.exch_ts, listener);
        case EventKind::DepthClear:
            if (!has_side || buy) clear<Side::Buy>(has_side ? row.px : NAN);
            if (!has_side || !buy) clear<Side::Sell>(has_side ? row.px : NAN);
            return;
        default:
            return;
    }
}

template <Side kSide>
void Market::touch(Ticks tick) {
    auto& touched = kSide == Side::Buy ? touched_bids_ : touched_asks_;
    touched.push_back({tick, lots_at<kSide>(book_, tick)});
}

template <Side kSide>
void Market::touch_from_best_to(Ticks last) {
    for (Ticks tick = best_of<kSide>(book_); tick != kNone<kSide> && reaches<kSide>(tick, last);
         tick = next_worse<kSide>(book_, tick)) {
        touch<kSide>(tick);
    }
}

template <Side kSide>
void Market::set(Ticks tick, double qty) {
    touch<kSide>(tick);
    // A level that crosses the other side removes what it passed.
    if (instrument_.grid.to_lots_nearest(qty) > 0) touch_from_best_to<opposite(kSide)>(tick);
    book_.set_level(kSide, tick, qty);
}

template <Side kSide>
void Market::clear(double price) {
    const bool all = !std::isfinite(price);
    constexpr Ticks kFurthest = kSide == Side::Buy ? kNoBid : kNoAsk;
    touch_from_best_to<kSide>(all ? kFurthest : instrument_.grid.to_ticks_nearest(price));
    book_.clear(kSide, price);
}

void Market::trade(Ticks tick, double qty, Side aggressor, Nanos ts, MarketListener* listener) {
    last_trade_ = tick;
    const PublicTrade trade{tick, instrument_.grid.to_lots_nearest(qty), aggressor};
    if (listener != nullptr && trade.lots > 0) listener->on_trade(*this, trade, ts);
}

/// Levels that differ from what they were before this step.
template <Side kSide>
void Market::collect(std::vector<BookLevel>& changed) {
    changed.clear();
    auto& touched = kSide == Side::Buy ? touched_bids_ : touched_asks_;
    std::stable_sort(touched.begin(), touched.end(),
                     [](const Touched& a, const Touched& b) { return a.tick < b.tick; });
    const auto end =
        std::unique(touched.begin(), touched.end(),
                    [](const Touched& a, const Touched& b) { return a.tick == b.tick; });
    for (auto at = touched.begin(); at != end; ++at) {
        const Lots now = lots_at<kSide>(book_, at->tick);
        if (now != at->before) changed.push_back({at->tick, now});
    }
    touched.clear();
}

void Market::publish(Nanos ts, MarketListener* listener) {
    collect<Side::Buy>(update_.bids);
    collect<Side::Sell>(update_.asks);
    const auto count = std::ssize(update_.bids) + std::ssize(update_.asks);
    if (count == 0) return;
    last_ts_ = ts;
    update_.previous_id = last_id_;
    update_.last_id = last_id_ = ids_.take(count);
    update_.first_id = update_.last_id - count + 1;
    if (listener == nullptr) return;
    listener->on_depth(*this, update_, ts);
    const BookLevel bid = top_of<Side::Buy>(book_);
    const BookLevel ask = top_of<Side::Sell>(book_);
    const bool same = bid.tick == top_bid_.tick && bid.lots == top_bid_.lots &&
                      ask.tick == top_ask_.tick && ask.lots == top_ask_.lots;
    if (same) return;
    top_bid_ = bid;
    top_ask_ = ask;
    listener->on_top(*this, ts);
}

}  // namespace ringside::venue_simulator
