#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "connectord/book_sync.hpp"
#include "connectord/publication.hpp"

namespace ringside::connectord {

/// Brings every instrument's book from changes and snapshots to the bots, and takes it from them at
/// once when it cannot be trusted.
class Books {
  public:
    struct Counts {
        std::uint64_t gaps = 0;       ///< changes that were missed
        std::uint64_t resyncs = 0;    ///< books that became good
        std::uint64_t too_old = 0;    ///< snapshots of no use
        std::uint64_t discarded = 0;  ///< changes that were held for too long
    };
    /// `want_snapshot` is called whenever a book needs one.
    Books(Publication& publication, std::size_t instruments,
          std::function<void(AssetNo)> want_snapshot);

    /// The stream of an instrument's changes is there, or is gone.
    void up(AssetNo asset_no) { assets_[asset_no].sync.up(); }
    void down(AssetNo asset_no, Nanos now);
    void change(AssetNo asset_no, const ChangeIds& ids, std::span<const Event> rows,
                Nanos received_ts);
    /// False if it is of no use and another one is needed.
    bool snapshot(AssetNo asset_no, std::int64_t id, std::span<const Event> rows, Nanos exch_ts,
                  Nanos received_ts);

    BookState state(AssetNo asset_no) const noexcept { return assets_[asset_no].sync.state(); }
    const Counts& counts() const noexcept { return counts_; }

  private:
    /// What an instrument may hold while its snapshot is under way.
    static constexpr std::size_t kMostHeldRows = std::size_t{1} << 18;

    struct Held {
        ChangeIds ids;
        std::size_t rows = 0;
    };
    struct Asset {
        BookSync sync;
        std::vector<Held> held;
        std::vector<Event> held_rows;
    };
    void hold(AssetNo asset_no, const ChangeIds& ids, std::span<const Event> rows);

    Publication& publication_;
    std::function<void(AssetNo)> want_snapshot_;
    std::vector<Asset> assets_;
    Counts counts_;
};

}  // namespace ringside::connectord
