#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "botkit/bus_session.hpp"
#include "botkit/link.hpp"
#include "core/fifo.hpp"
#include "ipc/codec.hpp"

namespace ringside::botkit {

/// A venue service that runs in real time. Its market data ring may overrun this reader, and
/// its books may break: then the bot's book is emptied at once, and filled again, whole, as soon as
/// the service publishes it anew.
class LiveLink final : public Link {
  public:
    LiveLink(std::string bus, std::unique_ptr<ipc::BusClient> client,
             std::optional<ipc::Waiting> waiting);

    const VenueInfo& info() const override { return session_.info(); }
    /// Rows of one message, whole; a book that breaks is a row that clears it.
    FeedRows next_rows() override;
    bool send(const OrderRequest& request) override;
    void promise(Nanos /*time*/) override {}
    Horizon poll(std::vector<OrderResponse>& responses) override;
    void idle() override { session_.idle(); }
    bool is_fresh(AssetNo asset_no) const override { return assets_[asset_no].fresh; }

    bool take_error(LiveError& error) override;

    std::uint64_t overruns() const noexcept { return overruns_; }

  private:
    struct Asset {
        bool fresh = false;
        bool filling = false;         ///< a snapshot is coming in
        std::vector<Event> snapshot;  ///< what came of it so far
    };

    /// Takes frames until one has rows for the bot; false when none is there.
    bool next_frame();
    bool take_market_data(const ipc::FrameView& frame);
    void take_run(AssetNo asset_no, std::span<const Event> rows, bool snapshot);
    bool take_notice(const ipc::FrameView& frame);
    void break_book(AssetNo asset_no, Nanos ts, const std::string& why);
    void complete_book(AssetNo asset_no);
    void recover();
    void ask_for_books();
    Nanos now() const noexcept;

    BusSession session_;
    std::vector<Asset> assets_;

    /// Rows to be handed out: copies, for the ring's may be overwritten at any time.
    struct Pending {
        AssetNo asset_no = 0;
        std::size_t first = 0;
        std::size_t count = 0;
    };
    std::vector<Event> rows_;
    std::vector<Pending> runs_;
    std::size_t next_run_ = 0;
    std::vector<MarketUpdate> updates_;
    std::vector<std::byte> copy_;

    bool books_wanted_ = false;  ///< to be asked for as soon as there is room
    Fifo<LiveError> errors_;
    std::uint64_t overruns_ = 0;
};

}  // namespace ringside::botkit
