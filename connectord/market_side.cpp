#include "connectord/market_side.hpp"

#include <utility>

#include "core/steady_clock.hpp"

namespace ringside::connectord {

namespace {

/// Bots that come or were overrun within so long share one publication of the books, so that a bot
/// that is always overrun does not fill the ring with them.
constexpr Nanos kRepeatSpacing = 200 * kMillisecond;

}  // namespace

MarketSide::MarketSide(ipc::BusService& bus, const VenueInfo& info, Handlers handlers)
    : handlers_(std::move(handlers)),
      publication_(bus, info),
      books_(publication_, info.instruments.size(),
             [this](AssetNo asset_no) {
                 if (data_) data_->want_snapshot(asset_no);
             }),
      instruments_(info.instruments.size()),
      ended_(info.instruments.size()) {}

void MarketSide::on_time(Nanos now) {
    if (!books_wanted_ || now - repeated_ts_ < kRepeatSpacing) return;
    books_wanted_ = false;
    repeated_ts_ = now;
    publication_.repeat_books(now);
}

void MarketSide::end(AssetNo asset_no) {
    ended_[asset_no] = true;
    books_.down(asset_no, steady_now());
    handlers_.touch(asset_no);
}

std::size_t MarketSide::fresh_books() const noexcept {
    std::size_t fresh = 0;
    for (AssetNo a = 0; a < instruments_; ++a) fresh += publication_.is_fresh(a) ? 1 : 0;
    return fresh;
}

void MarketSide::note_published(Nanos received_ts) { latency_.add(steady_now() - received_ts); }

void MarketSide::on_rows(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts) {
    if (ended_[asset_no]) return;
    publication_.publish(asset_no, rows, received_ts);
    note_published(received_ts);
    if (handlers_.tap) handlers_.tap(asset_no, rows, received_ts);
}

void MarketSide::on_change(AssetNo asset_no, const ChangeIds& ids, std::span<const Event> rows,
                           Nanos received_ts) {
    if (ended_[asset_no]) return;
    const bool was_fresh = publication_.is_fresh(asset_no);
    books_.change(asset_no, ids, rows, received_ts);
    const bool is_fresh = publication_.is_fresh(asset_no);
    if (was_fresh && is_fresh) {
        note_published(received_ts);
        if (handlers_.tap) handlers_.tap(asset_no, rows, received_ts);
    }
    if (was_fresh) handlers_.touch(asset_no);
}

bool MarketSide::on_snapshot(AssetNo asset_no, std::int64_t id, std::span<const Event> rows,
                             Nanos exch_ts, Nanos received_ts) {
    if (ended_[asset_no]) return true;
    if (!books_.snapshot(asset_no, id, rows, exch_ts, received_ts)) return false;
    if (handlers_.tap && publication_.is_fresh(asset_no)) {
        handlers_.tap(asset_no, publication_.last_book(), received_ts);
    }
    handlers_.touch(asset_no);
    return true;
}

void MarketSide::on_book_stream(AssetNo asset_no, bool up) {
    if (ended_[asset_no]) return;
    if (up) {
        books_.up(asset_no);
    } else {
        books_.down(asset_no, steady_now());
    }
    handlers_.touch(asset_no);
}

}  // namespace ringside::connectord
