#pragma once

#include <memory>
#include <optional>
#include <string>

#include "botkit/bus_session.hpp"
#include "botkit/link.hpp"
#include "core/fifo.hpp"
#include "ipc/codec.hpp"

namespace ringside::botkit {

/// Attaches to a bus, live or replaying. Fails (Bus) if there is none. Unless `waiting` says
/// otherwise, the bot sleeps (Futex) where the service does and so would wake it, or else yields.
std::unique_ptr<Link> connect_bus(const std::string& bus, const std::string& bot_name,
                                  std::optional<ipc::Waiting> waiting = {});

/// A venue service behind a bus that runs on simulated time.
class BusLink final : public Link {
  public:
    BusLink(std::string bus, std::unique_ptr<ipc::BusClient> client,
            std::optional<ipc::Waiting> waiting);

    const VenueInfo& info() const override { return session_.info(); }
    FeedRows next_rows() override;
    bool send(const OrderRequest& request) override;
    void promise(Nanos time) override { session_.client().set_promise(time); }
    Horizon poll(std::vector<OrderResponse>& responses) override;
    void idle() override { session_.idle(); }

  private:
    struct Unseen {
        std::uint64_t seq = 0;
        Nanos req_ts = 0;
    };

    bool next_batch();

    BusSession session_;
    ipc::VenueProgress progress_;

    ipc::MarketDataView batch_;  ///< frame being read; its runs are handed out one at a time
    std::size_t next_run_ = 0;
    std::size_t next_event_ = 0;
    bool snapshot_ = false;
    std::vector<MarketUpdate> updates_;  ///< of the run handed out last

    Fifo<Unseen> unseen_;  ///< requests that the venue has not taken yet
};

}  // namespace ringside::botkit
