#include "connectord/publication.hpp"

#include <algorithm>
#include <limits>

#include "ipc/codec.hpp"

namespace ringside::connectord {

namespace {

/// Of a frame; a change of a book fits one unless nearly all of it changed.
constexpr std::size_t kMostRows = 2048;

constexpr std::uint64_t kSeen = kExchEvent | kLocalEvent;
constexpr std::uint64_t kClear = static_cast<std::uint64_t>(EventKind::DepthClear) | kSeen;
constexpr std::uint64_t kLevel = static_cast<std::uint64_t>(EventKind::DepthSnapshot) | kSeen;

/// Levels from the best to the worst, as rows.
void list_levels(const L2Book& book, const Event& head, std::vector<Event>& rows) {
    Event row = head;
    const auto add = [&](Ticks tick, double qty, std::uint64_t side) {
        row.ev = kLevel | side;
        row.px = book.grid().price(tick);
        row.qty = qty;
        rows.push_back(row);
    };
    constexpr Ticks kLowest = std::numeric_limits<Ticks>::min() + 1;
    constexpr Ticks kHighest = std::numeric_limits<Ticks>::max() - 1;
    for (Ticks t = book.best_bid(); t != kNoBid; t = book.bids().find_below(t, kLowest)) {
        add(t, book.bids().qty(t), kBuyEvent);
    }
    for (Ticks t = book.best_ask(); t != kNoAsk; t = book.asks().find_above(t, kHighest)) {
        add(t, book.asks().qty(t), kSellEvent);
    }
}

}  // namespace

Publication::Publication(ipc::BusService& bus, const VenueInfo& info) : bus_(bus) {
    for (const Instrument& instrument : info.instruments) {
        books_.push_back({.levels = L2Book(instrument.grid, Rules::strict(), instrument.range)});
    }
}

void Publication::publish(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts,
                          std::uint8_t flags) {
    while (!rows.empty()) {
        const std::size_t count = std::min(rows.size(), kMostRows);
        std::byte* payload = bus_.md().try_claim(ipc::MarketDataBuilder::bytes(count));
        if (payload == nullptr) return;  // only behind a gate, which a live ring has not
        ipc::MarketDataBuilder batch(payload, count);
        batch.append(asset_no, rows.first(count));
        // Another connection may bring a row of the same time.
        bus_.md().publish(ipc::FrameType::MarketData, batch.finish(received_ts - 1), flags);
        rows = rows.subspan(count);
        ++frames_;
        rows_ += count;
    }
}

void Publication::apply(AssetNo asset_no, std::span<const Event> rows) {
    Book& book = books_[asset_no];
    for (const Event& row : rows) {
        if (row.side() != Side::Unset) book.levels.set(row.side(), row.px, row.qty);
    }
    if (!rows.empty()) book.exch_ts = rows.back().exch_ts;
}

void Publication::break_book(AssetNo asset_no, Nanos now, std::string_view why) {
    Book& book = books_[asset_no];
    if (!book.fresh) return;
    book.fresh = false;
    bus_.publish(ipc::Notice{
        .kind = ipc::NoticeKind::Stale, .asset_no = asset_no, .ts = now, .text = std::string(why)});
}

void Publication::complete_book(AssetNo asset_no, Nanos exch_ts, Nanos now) {
    Book& book = books_[asset_no];
    book.exch_ts = std::max(book.exch_ts, exch_ts);
    book.fresh = true;
    publish_book(asset_no, now);
}

void Publication::repeat_books(Nanos now) {
    for (AssetNo a = 0; a < books_.size(); ++a) {
        if (books_[a].fresh) publish_book(a, now);
    }
}

void Publication::publish_book(AssetNo asset_no, Nanos now) {
    const Book& book = books_[asset_no];
    const Event head{.ev = kClear, .exch_ts = book.exch_ts, .local_ts = now};
    snapshot_.clear();
    snapshot_.push_back(head);
    list_levels(book.levels, head, snapshot_);
    publish(asset_no, snapshot_, now, ipc::kSnapshotFlag);
    bus_.publish(
        ipc::Notice{.kind = ipc::NoticeKind::Fresh, .asset_no = asset_no, .ts = now, .text = {}});
}

}  // namespace ringside::connectord
