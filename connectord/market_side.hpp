#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "connectord/books.hpp"
#include "connectord/histogram.hpp"
#include "connectord/publication.hpp"
#include "connectord/venue.hpp"

namespace ringside::connectord {

/// Takes the venue's market data to the bots.
class MarketSide final : public MarketSink {
  public:
    struct Handlers {
        /// Rows as the bots got them, a whole book included; null: nobody else needs them.
        std::function<void(AssetNo, std::span<const Event>, Nanos received_ts)> tap{};
        /// The best prices, or their validity, changed.
        std::function<void(AssetNo)> touch{};
        std::function<void(std::size_t limit, std::uint32_t used)> used{};
        std::function<void(Nanos retry_after)> limited{};
    };
    MarketSide(ipc::BusService& bus, const VenueInfo& info, Handlers handlers);

    void open(Venue& venue, const VenueFacts& facts) {
        data_ = venue.open_market_data(facts, *this);
    }
    void set_tap(std::function<void(AssetNo, std::span<const Event>, Nanos)> tap) {
        handlers_.tap = std::move(tap);
    }
    void close() { data_.reset(); }
    /// Nothing of the instrument is passed on any more: its numbers mean something else now.
    void end(AssetNo asset_no);
    /// Publishes all books again, as soon as that has not just been done.
    void want_books() noexcept { books_wanted_ = true; }
    void on_time(Nanos now);

    bool is_fresh(AssetNo asset_no) const noexcept { return publication_.is_fresh(asset_no); }
    const L2Book& book(AssetNo asset_no) const noexcept { return publication_.book(asset_no); }
    std::size_t fresh_books() const noexcept;
    const MarketCounts& counts() const noexcept { return data_ ? data_->counts() : none_; }
    const Books::Counts& book_counts() const noexcept { return books_.counts(); }
    /// Message read off the socket until the bots could read it.
    const Histogram& latency() const noexcept { return latency_; }
    const Publication& publication() const noexcept { return publication_; }

    void on_rows(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts) override;
    void on_change(AssetNo asset_no, const ChangeIds& ids, std::span<const Event> rows,
                   Nanos received_ts) override;
    bool on_snapshot(AssetNo asset_no, std::int64_t id, std::span<const Event> rows, Nanos exch_ts,
                     Nanos received_ts) override;
    void on_book_stream(AssetNo asset_no, bool up) override;
    void on_used(std::size_t limit, std::uint32_t used) override { handlers_.used(limit, used); }
    void on_limited(Nanos retry_after) override { handlers_.limited(retry_after); }

  private:
    void note_published(Nanos received_ts);

    Handlers handlers_;
    Publication publication_;
    Books books_;
    std::unique_ptr<MarketData> data_;
    MarketCounts none_;
    Histogram latency_;
    bool books_wanted_ = false;
    Nanos repeated_ts_ = 0;
    std::size_t instruments_;
    std::vector<bool> ended_;
};

}  // namespace ringside::connectord
