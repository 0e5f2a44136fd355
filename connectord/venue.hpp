#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "connectord/book_sync.hpp"
#include "connectord/config.hpp"
#include "connectord/decimal.hpp"
#include "connectord/histogram.hpp"
#include "connectord/order_events.hpp"
#include "connectord/rate_budget.hpp"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/tls_context.hpp"

/// The shape of every venue's adapter: a folder with what reads its messages, a MarketData, a
/// Trading and a Venue that makes them. Everything else here is the same for all venues.
namespace ringside::connectord {

/// An instrument with what its numbers look like on the wire.
struct VenueInstrument {
    Instrument instrument;
    DecimalStep tick;
    DecimalStep lot;
    std::string settles_in{};  ///< asset of gains, fees and funding
    std::string not_traded{};  ///< why it takes no orders now; empty: it does
};

/// The venue's limits, and what each action costs of them.
struct VenueRates {
    std::vector<RateLimit> limits;
    std::vector<std::string> names;   ///< one for each limit
    std::array<RateCost, 7> costs{};  ///< by ActionKind
    RateCost reconciliation{};        ///< open orders and positions together
};

/// What discovery finds.
struct VenueFacts {
    std::vector<VenueInstrument> instruments;  ///< in the order of the configuration
    VenueRates rates;
};

struct DiscoveryFailure {
    std::string words{};
    bool is_final = false;  ///< trying again will not help
};

/// Hears what market data brings. All on the connector's thread.
class MarketSink {
  public:
    virtual ~MarketSink() = default;
    virtual void on_rows(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts) = 0;
    virtual void on_change(AssetNo asset_no, const ChangeIds& ids, std::span<const Event> rows,
                           Nanos received_ts) = 0;
    /// False if it is of no use and another one is needed.
    virtual bool on_snapshot(AssetNo asset_no, std::int64_t id, std::span<const Event> rows,
                             Nanos exch_ts, Nanos received_ts) = 0;
    /// The stream of book changes is there, or is gone.
    virtual void on_book_stream(AssetNo asset_no, bool up) = 0;
    /// The venue's own count of one of its limits.
    virtual void on_used(std::size_t limit, std::uint32_t used) = 0;
    virtual void on_limited(Nanos retry_after) = 0;
};

struct MarketCounts {
    std::uint64_t messages = 0;
    std::uint64_t malformed = 0;
    std::uint64_t foreign = 0;  ///< messages of no known stream
    std::uint64_t duplicates = 0;
    std::uint64_t connections = 0;  ///< opened so far
    std::uint64_t losses = 0;       ///< of connections
    std::uint64_t snapshots = 0;    ///< taken
    Histogram parse{};              ///< of one message
};

class MarketData {
  public:
    virtual ~MarketData() = default;
    /// Fetches a snapshot of a book, and again until MarketSink takes one.
    virtual void want_snapshot(AssetNo asset_no) = 0;
    virtual const MarketCounts& counts() const noexcept = 0;
};

/// Hears what trading brings. All on the connector's thread.
class TradingSink {
  public:
    virtual ~TradingSink() = default;
    virtual void on_answer(const ActionAnswer& answer) = 0;
    virtual void on_update(const OrderUpdate& update) = 0;
    virtual void on_trade(const TradeReport& trade) = 0;
    virtual void on_open_orders(std::span<const OrderUpdate> orders, Nanos asked_at) = 0;
    virtual void on_position(AssetNo asset_no, Lots lots) = 0;
    /// Paid to the account for its positions, in settlement currency; below 0: by it.
    virtual void on_funding(double amount) = 0;
    /// The private stream is there, or is gone. Between the two, things happened unheard.
    virtual void on_private_stream(bool up) = 0;
    /// The venue's word that nothing will help until a person acts: key, signature, permission.
    virtual void on_refused_account(const std::string& why) = 0;
    virtual void on_used(std::size_t limit, std::uint32_t used) = 0;
    virtual void on_limited(Nanos retry_after) = 0;
    virtual void on_clock(Nanos venue_minus_local) = 0;
    /// Bytes of an action were handed to the socket.
    virtual void on_sent(const Action& action) = 0;
};

struct TradingCounts {
    std::uint64_t malformed = 0;
    std::uint64_t private_losses = 0;
    std::uint64_t order_losses = 0;  ///< of the order connection
    std::uint64_t by_rest = 0;       ///< actions that went by REST
    std::uint64_t clock_errors = 0;
    Histogram compose{};  ///< of an action: its text and its signature
    Histogram send{};     ///< of an action: these, TLS and the socket
};

class Trading {
  public:
    virtual ~Trading() = default;
    virtual void act(const Action& action) = 0;
    /// Asks for all open orders and positions; they come to the sink, orders first.
    virtual void reconcile() = 0;
    /// Every order of the account is cancelled unless this is called again within so long; 0 ends
    /// it. Nothing where the venue has no such thing.
    virtual void arm_dead_man(Nanos after) = 0;
    virtual const TradingCounts& counts() const noexcept = 0;
};

/// One venue account.
class Venue {
  public:
    virtual ~Venue() = default;
    /// Asks the venue for the configured instruments; calls back once, with them or with why not.
    /// May be asked again while trading goes on.
    using Discovered = std::function<void(const VenueFacts*, const DiscoveryFailure&)>;
    virtual void discover(Discovered done) = 0;
    virtual std::unique_ptr<MarketData> open_market_data(const VenueFacts& facts,
                                                         MarketSink& sink) = 0;
    /// `ids` and `facts` outlive what is returned.
    virtual std::unique_ptr<Trading> open_trading(const VenueFacts& facts,
                                                  const ClientOrderIds& ids, TradingSink& sink) = 0;
};

/// Where the venues of a name are by default, for the configuration.
struct VenueAddresses {
    std::string rest_url;
    std::string stream_url;
    std::string order_url;
};
struct VenueKind {
    const char* name;
    /// Throws Error (Usage) if the venue has no such environment.
    VenueAddresses (*addresses)(Environment environment);
    /// `seed` spreads attempts to reconnect.
    std::unique_ptr<Venue> (*make)(const ConnectorConfig& config, net::EventLoop& loop,
                                   const net::TlsContext& tls, std::uint64_t seed);
};
/// Null if there is none of that name.
const VenueKind* find_venue(std::string_view name) noexcept;
std::string venue_names();

}  // namespace ringside::connectord
