#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "connectord/bots.hpp"
#include "connectord/config.hpp"
#include "connectord/figures.hpp"
#include "connectord/instrument_watch.hpp"
#include "connectord/market_side.hpp"
#include "connectord/order_side.hpp"
#include "connectord/paper_trading.hpp"
#include "connectord/venue.hpp"
#include "core/error.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/tls_context.hpp"
#include "ipc/bus_service.hpp"
#include "ipc/waiter.hpp"

namespace ringside::connectord {

/// A venue account behind a bus: everything runs on the thread that calls run().
class Connector {
  public:
    /// Reads keys and the authority file; sends nothing. `seed` spreads attempts to reconnect.
    Connector(const ConnectorConfig& config, std::uint64_t seed);
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;
    ~Connector();

    /// Returns when it was told to stop and all is done. Throws Error when it cannot begin, or when
    /// the venue refuses the account.
    ExitCode run();

  private:
    void stop(int signal);
    /// False if stopped meanwhile.
    bool discover();
    void open_bus();
    void open_trading();
    void serve();
    void turn();
    void look_around(Nanos now);
    void watch_operator(Nanos now);
    void open_instrument_watch();
    /// Asks the venue what has become of the instruments, now and then.
    void ask_for_instruments();
    void say(ipc::NoticeKind kind, AssetNo asset_no, const std::string& words);
    /// Says so when somebody has set the system's clock.
    void watch_clock();
    bool may_end(Nanos now);
    void account_refused(const std::string& why);
    void refuse_request(BotNo bot, const OrderRequest& request, Nanos now);

    ConnectorConfig config_;
    std::uint64_t seed_;
    net::EventLoop loop_;
    net::TlsContext tls_;
    std::unique_ptr<Venue> venue_;
    VenueFacts facts_;
    VenueInfo info_;
    std::unique_ptr<ipc::BusService> bus_;
    std::unique_ptr<MarketSide> market_;
    std::unique_ptr<Bots> bots_;
    std::unique_ptr<OrderSide> orders_;  ///< null: market data only
    PaperTrading* paper_ = nullptr;      ///< orders_ has it
    std::unique_ptr<InstrumentWatch> instruments_;
    net::Timer instruments_timer_{loop_};
    std::unique_ptr<Figures> figures_;
    ipc::Waiter wait_;
    BotNo next_bot_ = 0;  ///< where nobody trades
    std::string refusal_;
    bool stopping_ = false;
    Nanos stop_until_ = kNever;
    Nanos next_look_ = 0;
    Nanos clock_step_ = 0;  ///< told last
    Nanos next_figures_ = 0;
    std::uint64_t kills_seen_ = 0;
    std::uint64_t revivals_seen_ = 0;
    std::uint64_t acceptances_seen_ = 0;
};

}  // namespace ringside::connectord
