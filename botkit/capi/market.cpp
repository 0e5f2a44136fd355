#include <limits>

#include "botkit/capi/session.hpp"

using namespace ringside;
using namespace ringside::capi;
using botkit::Context;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const L2Book* book_of(const ringside_asset* asset) noexcept {
    const Context* context = context_of(asset);
    return context == nullptr ? nullptr : &context->depth(number_of(asset));
}

const TickRange* range_of(const ringside_asset* asset) noexcept {
    const L2Book* book = book_of(asset);
    return book == nullptr || !book->range() ? nullptr : &*book->range();
}

/// HftBacktest's books with a range give the best price where the quantity there is asked for.
bool shows_price_as_qty(const ringside_asset* asset) noexcept {
    return range_of(asset) != nullptr && context_of(asset)->venue().rules == RulesPreset::Compat;
}

const botkit::StateValues* state_of(const ringside_asset* asset) noexcept {
    const Context* context = context_of(asset);
    return context == nullptr ? nullptr : &context->state_values(number_of(asset));
}

/// Calls `visit(side, tick, qty)` for each level, bids from the best down, then asks from the best
/// up.
template <typename Visit>
void for_each_level(const L2Book& book, Visit&& visit) {
    for (Ticks t = book.best_bid(); t != kNoBid; t = book.bids().find_below(t, kNoBid + 1)) {
        visit(Side::Buy, t, book.bid_qty(t));
    }
    for (Ticks t = book.best_ask(); t != kNoAsk; t = book.asks().find_above(t, kNoAsk - 1)) {
        visit(Side::Sell, t, book.ask_qty(t));
    }
}

template <typename T>
T of_state(const ringside_asset* asset, T botkit::StateValues::*member, T closed) noexcept {
    const botkit::StateValues* state = state_of(asset);
    return state == nullptr ? closed : state->*member;
}

}  // namespace

extern "C" {

ringside_asset* ringside_asset_at(ringside_session* session, int64_t asset_no) {
    if (static_cast<uint64_t>(asset_no) >= session->assets.size()) return nullptr;
    return &session->assets[static_cast<std::size_t>(asset_no)];
}
ringside_session* ringside_asset_session(const ringside_asset* asset) { return asset->session; }
int64_t ringside_asset_no(const ringside_asset* asset) { return asset->no; }
const char* ringside_symbol(const ringside_asset* asset) {
    const Context* context = context_of(asset);
    return context == nullptr ? "" : context->instrument(number_of(asset)).symbol.c_str();
}

double ringside_position(const ringside_asset* asset) {
    return of_state(asset, &botkit::StateValues::position, kNan);
}
double ringside_balance(const ringside_asset* asset) {
    return of_state(asset, &botkit::StateValues::balance, kNan);
}
double ringside_fee(const ringside_asset* asset) {
    return of_state(asset, &botkit::StateValues::fee, kNan);
}
int64_t ringside_num_trades(const ringside_asset* asset) {
    return of_state(asset, &botkit::StateValues::num_trades, std::int64_t{0});
}
double ringside_trading_volume(const ringside_asset* asset) {
    return of_state(asset, &botkit::StateValues::trading_volume, kNan);
}
double ringside_trading_value(const ringside_asset* asset) {
    return of_state(asset, &botkit::StateValues::trading_value, kNan);
}

double ringside_tick_size(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    return book == nullptr ? kNan : book->grid().tick_size;
}
double ringside_lot_size(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    return book == nullptr ? kNan : book->grid().lot_size;
}
double ringside_best_bid(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    return book == nullptr ? kNan : book->best_bid_price();
}
double ringside_best_ask(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    return book == nullptr ? kNan : book->best_ask_price();
}
int64_t ringside_best_bid_tick(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    return book == nullptr ? kNoBid : book->best_bid();
}
int64_t ringside_best_ask_tick(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    return book == nullptr ? kNoAsk : book->best_ask();
}
double ringside_best_bid_qty(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    if (shows_price_as_qty(asset)) return book->best_bid_price();
    return book == nullptr || book->best_bid() == kNoBid ? 0.0 : book->bid_qty(book->best_bid());
}
double ringside_best_ask_qty(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    if (shows_price_as_qty(asset)) return book->best_ask_price();
    return book == nullptr || book->best_ask() == kNoAsk ? 0.0 : book->ask_qty(book->best_ask());
}
double ringside_bid_qty_at_tick(const ringside_asset* asset, int64_t tick) {
    const L2Book* book = book_of(asset);
    return book == nullptr ? kNan : book->bid_qty(tick);
}
double ringside_ask_qty_at_tick(const ringside_asset* asset, int64_t tick) {
    const L2Book* book = book_of(asset);
    return book == nullptr ? kNan : book->ask_qty(tick);
}

int64_t ringside_depth_levels(const ringside_asset* asset) {
    const L2Book* book = book_of(asset);
    if (book == nullptr) return 0;
    int64_t count = 0;
    for_each_level(*book, [&](Side, Ticks, double) { ++count; });
    return count;
}

int64_t ringside_depth_snapshot(const ringside_asset* asset, ringside_event* rows,
                                int64_t capacity) {
    const L2Book* book = book_of(asset);
    if (book == nullptr) return 0;
    int64_t count = 0;
    for_each_level(*book, [&](Side side, Ticks tick, double qty) {
        if (count == capacity) return;
        rows[count] = {};
        rows[count].ev = kExchEvent | kLocalEvent | (side == Side::Buy ? kBuyEvent : kSellEvent) |
                         static_cast<uint64_t>(EventKind::DepthSnapshot);
        rows[count].px = book->grid().price(tick);
        rows[count].qty = qty;
        ++count;
    });
    return count;
}

const double* ringside_bid_depth(const ringside_asset* asset) {
    return range_of(asset) == nullptr ? nullptr : book_of(asset)->bids().window().data();
}
const double* ringside_ask_depth(const ringside_asset* asset) {
    return range_of(asset) == nullptr ? nullptr : book_of(asset)->asks().window().data();
}
int64_t ringside_range_first_tick(const ringside_asset* asset) {
    const TickRange* range = range_of(asset);
    return range == nullptr ? 0 : range->first;
}
int64_t ringside_range_last_tick(const ringside_asset* asset) {
    const TickRange* range = range_of(asset);
    return range == nullptr ? -1 : range->last;
}

const ringside_event* ringside_last_trades(const ringside_asset* asset) {
    const Context* context = context_of(asset);
    if (context == nullptr) return nullptr;
    return reinterpret_cast<const ringside_event*>(context->last_trades(number_of(asset)).data());
}
int64_t ringside_last_trades_count(const ringside_asset* asset) {
    const Context* context = context_of(asset);
    return context == nullptr ? 0
                              : static_cast<int64_t>(context->last_trades(number_of(asset)).size());
}

static_assert(sizeof(botkit::FeedLatency) == 2 * sizeof(int64_t));
static_assert(sizeof(botkit::OrderLatency) == 3 * sizeof(int64_t));

const int64_t* ringside_feed_latency(const ringside_asset* asset) {
    const Context* context = context_of(asset);
    if (context == nullptr || !context->feed_latency(number_of(asset))) return nullptr;
    return &context->feed_latency(number_of(asset))->exch_ts;
}
const int64_t* ringside_order_latency(const ringside_asset* asset) {
    const Context* context = context_of(asset);
    if (context == nullptr || !context->order_latency(number_of(asset))) return nullptr;
    return &context->order_latency(number_of(asset))->req_ts;
}

}  // extern "C"
