#include "connectord/books.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/log.hpp"

namespace ringside::connectord {

Books::Books(Publication& publication, std::size_t instruments,
             std::function<void(AssetNo)> want_snapshot)
    : publication_(publication), want_snapshot_(std::move(want_snapshot)), assets_(instruments) {}

void Books::down(AssetNo asset_no, Nanos now) {
    Asset& asset = assets_[asset_no];
    asset.sync.down();
    asset.held.clear();
    asset.held_rows.clear();
    publication_.break_book(asset_no, now, "the stream of its changes was lost");
}

void Books::change(AssetNo asset_no, const ChangeIds& ids, std::span<const Event> rows,
                   Nanos received_ts) {
    Asset& asset = assets_[asset_no];
    const std::int64_t last = asset.sync.last();
    switch (asset.sync.step(ids)) {
        case BookSync::Step::Apply:
            publication_.change(asset_no, rows, received_ts);
            return;
        case BookSync::Step::Hold:
            hold(asset_no, ids, rows);
            return;
        case BookSync::Step::Gap:
            ++counts_.gaps;
            publication_.break_book(
                asset_no, received_ts,
                fmt::format("a change was missed between {} and {}", last, ids.previous_last));
            log_warning("instrument {}: a change of its book was missed between {} and {}",
                        asset_no, last, ids.previous_last);
            [[fallthrough]];
        case BookSync::Step::Start:
            asset.held.clear();
            asset.held_rows.clear();
            hold(asset_no, ids, rows);
            want_snapshot_(asset_no);
            return;
        case BookSync::Step::Drop:
            return;
    }
}

void Books::hold(AssetNo asset_no, const ChangeIds& ids, std::span<const Event> rows) {
    Asset& asset = assets_[asset_no];
    if (asset.held_rows.size() + rows.size() > kMostHeldRows) {
        // A snapshot that takes so long is too old for the rest anyhow: the run begins anew.
        ++counts_.discarded;
        asset.sync.down();
        asset.sync.up();
        asset.held.clear();
        asset.held_rows.clear();
        return;
    }
    asset.held.push_back({ids, rows.size()});
    asset.held_rows.insert(asset.held_rows.end(), rows.begin(), rows.end());
}

bool Books::snapshot(AssetNo asset_no, std::int64_t id, std::span<const Event> rows, Nanos exch_ts,
                     Nanos received_ts) {
    Asset& asset = assets_[asset_no];
    switch (asset.sync.join(id)) {
        case BookSync::Join::Unwanted:
            return true;
        case BookSync::Join::TooOld:
            ++counts_.too_old;
            return false;
        case BookSync::Join::Joined:
            break;
    }
    publication_.begin_book(asset_no);
    publication_.apply(asset_no, rows);
    std::size_t first = 0;
    for (const Held& held : std::exchange(asset.held, {})) {
        if (asset.sync.step(held.ids) == BookSync::Step::Apply) {
            publication_.apply(asset_no,
                               std::span<const Event>(asset.held_rows).subspan(first, held.rows));
        }
        first += held.rows;
    }
    asset.held_rows.clear();
    ++counts_.resyncs;
    publication_.complete_book(asset_no, exch_ts, received_ts);
    return true;
}

}  // namespace ringside::connectord
