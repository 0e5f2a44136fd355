#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/book/l2_book.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/venue_info.hpp"
#include "ipc/bus_service.hpp"

namespace ringside::connectord {

/// What a connector tells all bots: market data in batches, and what becomes of the books. Keeps
/// each book so that bots that come late, or were overrun, get it whole.
///
/// A book is published as frames with the snapshot flag, the first of which begins by clearing it,
/// and a notice that it is fresh; bots that have it pass all that over.
class Publication {
  public:
    Publication(ipc::BusService& bus, const VenueInfo& info);

    /// One message's rows that do not touch the book.
    void publish(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts) {
        publish(asset_no, rows, received_ts, 0);
    }
    /// One change of a book that bots have.
    void change(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts) {
        apply(asset_no, rows);
        publish(asset_no, rows, received_ts, 0);
    }

    /// From now on bots must not rely on the book. Nothing if they do not already.
    void break_book(AssetNo asset_no, Nanos now, std::string_view why);
    /// Builds a book that bots do not see yet: first nothing, then what rows say.
    void begin_book(AssetNo asset_no) { books_[asset_no].levels.clear_all(); }
    void apply(AssetNo asset_no, std::span<const Event> rows);
    /// Publishes it.
    void complete_book(AssetNo asset_no, Nanos exch_ts, Nanos now);
    /// Publishes all books that bots may rely on once more.
    void repeat_books(Nanos now);

    bool is_fresh(AssetNo asset_no) const noexcept { return books_[asset_no].fresh; }
    const L2Book& book(AssetNo asset_no) const noexcept { return books_[asset_no].levels; }
    /// The rows of the book that was published last.
    std::span<const Event> last_book() const noexcept { return snapshot_; }
    std::uint64_t frames() const noexcept { return frames_; }
    std::uint64_t rows() const noexcept { return rows_; }

  private:
    struct Book {
        L2Book levels;
        Nanos exch_ts = 0;
        bool fresh = false;
    };
    void publish(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts,
                 std::uint8_t flags);
    void publish_book(AssetNo asset_no, Nanos now);

    ipc::BusService& bus_;
    std::vector<Book> books_;
    std::vector<Event> snapshot_;
    std::uint64_t frames_ = 0;
    std::uint64_t rows_ = 0;
};

}  // namespace ringside::connectord
