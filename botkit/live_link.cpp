#include "botkit/live_link.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "core/steady_clock.hpp"

namespace ringside::botkit {

namespace {

constexpr std::uint64_t kClearBook =
    static_cast<std::uint64_t>(EventKind::DepthClear) | kLocalEvent | kExchEvent;

bool is_book_row(const Event& row) noexcept {
    switch (row.kind()) {
        case EventKind::Depth:
        case EventKind::DepthClear:
        case EventKind::DepthSnapshot:
        case EventKind::AddOrder:
        case EventKind::CancelOrder:
        case EventKind::ModifyOrder:
            return true;
        default:
            return false;
    }
}

}  // namespace

LiveLink::LiveLink(std::string bus, std::unique_ptr<ipc::BusClient> client,
                   std::optional<ipc::Waiting> waiting)
    : session_(std::move(bus), std::move(client), waiting,
               "open orders are in the hands of the service's policy: look at the account before "
               "you start again"),
      assets_(session_.info().instruments.size()) {}

FeedRows LiveLink::next_rows() {
    if (next_run_ == runs_.size() && !next_frame()) return {};
    const Pending run = runs_[next_run_++];
    const auto rows = std::span<const Event>(rows_).subspan(run.first, run.count);
    if (updates_.size() < rows.size()) updates_.resize(rows.size());
    work_out(rows, info().instruments[run.asset_no].grid, updates_.data());
    return {.asset_no = run.asset_no,
            .updates = {updates_.data(), rows.size()},
            .rows = {rows.data(), updates_.data()}};
}

bool LiveLink::next_frame() {
    rows_.clear();
    runs_.clear();
    next_run_ = 0;
    if (books_wanted_) ask_for_books();
    ipc::RingReader& md = session_.client().md();
    ipc::FrameView frame;
    while (md.poll(frame)) {
        const bool any = frame.type == ipc::FrameType::MarketData ? take_market_data(frame)
                         : frame.type == ipc::FrameType::Notice   ? take_notice(frame)
                                                                  : false;
        md.release();
        if (!any) continue;
        session_.wake();
        return true;
    }
    if (md.state() == ipc::ReadState::Corrupt) session_.lost("the feed's ring is damaged");
    if (md.state() == ipc::ReadState::Lapped) recover();
    return !runs_.empty();
}

bool LiveLink::take_market_data(const ipc::FrameView& frame) {
    // What lies in the ring may be overwritten while it is read: copied, then confirmed.
    copy_.assign(frame.payload.begin(), frame.payload.end());
    if (!session_.client().md().intact(frame)) return false;
    ipc::MarketDataView batch;
    if (!ipc::decode(copy_, batch)) session_.lost("a market data frame is damaged");
    const bool snapshot = (frame.flags & ipc::kSnapshotFlag) != 0;
    std::size_t first = 0;
    for (const ipc::Run& run : batch.runs) {
        if (run.instrument >= assets_.size()) session_.lost("a market data frame is damaged");
        take_run(run.instrument, batch.events.subspan(first, run.count), snapshot);
        first += run.count;
    }
    return !runs_.empty();
}

void LiveLink::take_run(AssetNo asset_no, std::span<const Event> rows, bool snapshot) {
    if (rows.empty()) return;
    Asset& asset = assets_[asset_no];
    if (snapshot) {
        // Whoever has the book already needs no snapshot of it.
        if (asset.fresh) return;
        if (rows.front().kind() == EventKind::DepthClear) {
            asset.filling = true;
            asset.snapshot.clear();
        }
        if (asset.filling) asset.snapshot.insert(asset.snapshot.end(), rows.begin(), rows.end());
        return;
    }
    if (!asset.fresh && is_book_row(rows.front())) return;
    runs_.push_back({asset_no, rows_.size(), rows.size()});
    rows_.insert(rows_.end(), rows.begin(), rows.end());
}

bool LiveLink::take_notice(const ipc::FrameView& frame) {
    copy_.assign(frame.payload.begin(), frame.payload.end());
    if (!session_.client().md().intact(frame)) return false;
    const ipc::Notice notice = ipc::decode_notice(copy_);
    const bool all = notice.asset_no == ipc::kWholeVenue;
    if (!all && notice.asset_no >= assets_.size()) session_.lost("a notice is damaged");
    switch (notice.kind) {
        case ipc::NoticeKind::Error:
            session_.lost(notice.text);
        case ipc::NoticeKind::Stale:
        case ipc::NoticeKind::VenueDown:
            if (!all) {
                break_book(notice.asset_no, notice.ts, notice.text);
            } else {
                for (AssetNo a = 0; a < assets_.size(); ++a) break_book(a, notice.ts, notice.text);
            }
            break;
        case ipc::NoticeKind::Halted:
            errors_.push({.kind = LiveErrorKind::Halted,
                          .asset_no = all ? LiveError::kNoAsset : notice.asset_no,
                          .ts = notice.ts,
                          .words = notice.text});
            break;
        case ipc::NoticeKind::Fresh:
            if (!all) complete_book(notice.asset_no);
            break;
        default:
            break;
    }
    return !runs_.empty();
}

void LiveLink::break_book(AssetNo asset_no, Nanos ts, const std::string& why) {
    Asset& asset = assets_[asset_no];
    asset.filling = false;
    if (!std::exchange(asset.fresh, false)) return;
    errors_.push({.kind = LiveErrorKind::Interrupted,
                  .asset_no = asset_no,
                  .ts = ts,
                  .words = info().instruments[asset_no].symbol + ": the book is stale: " + why});
    runs_.push_back({asset_no, rows_.size(), 1});
    rows_.push_back({.ev = kClearBook, .exch_ts = ts, .local_ts = ts});
}

void LiveLink::complete_book(AssetNo asset_no) {
    Asset& asset = assets_[asset_no];
    if (asset.fresh || !asset.filling) return;
    asset.fresh = true;
    asset.filling = false;
    runs_.push_back({asset_no, rows_.size(), asset.snapshot.size()});
    rows_.insert(rows_.end(), asset.snapshot.begin(), asset.snapshot.end());
    asset.snapshot.clear();
}

Nanos LiveLink::now() const noexcept { return time_on(session_.info().clock_anchor); }

void LiveLink::recover() {
    ipc::Gap gap;
    if (!session_.client().resync_md(gap))
        return;  // the writer is just publishing: at the next call
    ++overruns_;
    const Nanos ts = now();
    for (AssetNo a = 0; a < assets_.size(); ++a)
        break_book(a, ts, "this bot fell behind and was overrun");
    books_wanted_ = true;
    ask_for_books();
}

void LiveLink::ask_for_books() {
    books_wanted_ = session_.client().send(ipc::Notice{
                        .kind = ipc::NoticeKind::Stale, .ts = now(), .text = "overrun"}) !=
                    ipc::SendResult::Sent;
}

bool LiveLink::take_error(LiveError& error) {
    if (errors_.empty()) return false;
    error = errors_.front();
    errors_.pop();
    return true;
}

bool LiveLink::send(const OrderRequest& request) {
    return session_.client().send(request) == ipc::SendResult::Sent;
}

Horizon LiveLink::poll(std::vector<OrderResponse>& responses) {
    session_.client().progress();  // for the sign of life in it
    session_.take_responses(responses);
    return {};
}

}  // namespace ringside::botkit
