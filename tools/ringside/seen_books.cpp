#include "tools/ringside/seen_books.hpp"

#include <limits>

#include "ipc/codec.hpp"

namespace ringside {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

SeenBooks::SeenBooks(const VenueInfo& info) {
    for (const Instrument& instrument : info.instruments) books_.push_back(empty(instrument));
}

SeenBooks::Book SeenBooks::empty(const Instrument& instrument) {
    const Rules rules = Rules::strict();
    Book book{.instrument = instrument,
              .levels = L2Book(instrument.grid, rules, instrument.range),
              .orders = std::nullopt,
              .last_price = kUnknown};
    if (instrument.book == BookKind::L3) {
        book.orders.emplace(instrument.grid, rules, instrument.range);
    }
    return book;
}

void SeenBooks::see(const ipc::BusRecord& record) {
    using ipc::RecordKind;
    if (record.ring != ipc::BusRing::MarketData) return;
    if (record.kind == RecordKind::Gap || record.kind == RecordKind::Damage) {
        for (Book& book : books_) book = empty(book.instrument);
        return;
    }
    ipc::MarketDataView data;
    if (record.type != ipc::FrameType::MarketData || !ipc::decode(record.payload, data)) return;
    const bool snapshot = (record.flags & ipc::kSnapshotFlag) != 0;
    const bool first = record.sequence == 0;
    std::size_t next = 0;
    for (const ipc::Run& run : data.runs) {
        for (std::uint32_t i = 0; i < run.count; ++i, ++next) {
            if (run.instrument >= books_.size()) continue;
            Book& book = books_[run.instrument];
            // A stream that is seen from its first frame begins with the whole book.
            if (first || snapshot) book.partial = false;
            apply(book, data.events[next], snapshot);
        }
    }
    if (first) {
        for (Book& book : books_) book.partial = false;
    }
}

void SeenBooks::apply(Book& book, const Event& event, bool snapshot) {
    ++book.events;
    book.last_ts = event.local_ts;
    if (event.kind() == EventKind::Trade) book.last_price = event.px;
    if (book.orders) {
        apply_order(book, event);
        return;
    }
    if (snapshot) {
        book.levels.apply_snapshot_row(event);
        return;
    }
    const Side side = event.side();
    switch (event.kind()) {
        case EventKind::Depth:
        case EventKind::DepthSnapshot:
            if (event.kind() == EventKind::DepthSnapshot) book.partial = false;
            if (side != Side::Unset) book.levels.set(side, event.px, event.qty);
            return;
        case EventKind::DepthClear:
            if (side != Side::Unset)
                book.levels.clear(side, event.px);
            else
                book.levels.clear_all();
            return;
        default:
            return;
    }
}

void SeenBooks::apply_order(Book& book, const Event& event) {
    OrderChange change;
    const Side side = event.side();
    const Ticks tick = book.levels.grid().to_ticks_nearest(event.px);
    switch (event.kind()) {
        case EventKind::AddOrder:
            if (side == Side::Unset) return;
            book.orders->add(side, event.order_id, tick, event.qty, change);
            return;
        case EventKind::ModifyOrder:
            book.orders->modify(event.order_id, tick, event.qty, change);
            return;
        case EventKind::CancelOrder:
            book.orders->remove(event.order_id, change);
            return;
        case EventKind::DepthClear:
            book.orders->clear(side);
            return;
        default:
            return;
    }
}

std::vector<SeenBooks::Touch> SeenBooks::touches() const {
    std::vector<Touch> all;
    for (const Book& book : books_) {
        const L2Book& levels = book.orders ? book.orders->levels() : book.levels;
        const bool bid = levels.best_bid() != kNoBid;
        const bool ask = levels.best_ask() != kNoAsk;
        all.push_back({.symbol = book.instrument.symbol,
                       .bid_price = levels.best_bid_price(),
                       .bid_qty = bid ? levels.bid_qty(levels.best_bid()) : kUnknown,
                       .ask_price = levels.best_ask_price(),
                       .ask_qty = ask ? levels.ask_qty(levels.best_ask()) : kUnknown,
                       .last_price = book.last_price,
                       .last_ts = book.last_ts,
                       .events = book.events,
                       .partial = book.partial});
    }
    return all;
}

}  // namespace ringside
