#include "connectord/binance_usdm/venue.hpp"

#include <optional>

#include "connectord/binance_usdm/exchange_info.hpp"
#include "connectord/binance_usdm/market_data.hpp"
#include "connectord/binance_usdm/trading.hpp"
#include "core/net/https_client.hpp"
#include "core/steady_clock.hpp"

namespace ringside::connectord::binance_usdm {

namespace {

class UsdmVenue final : public Venue {
  public:
    UsdmVenue(const ConnectorConfig& config, net::EventLoop& loop, const net::TlsContext& tls,
              std::uint64_t seed)
        : config_(config),
          loop_(loop),
          tls_(tls),
          seed_(seed),
          client_(loop, tls, net::Url::parse(config.network.rest_url),
                  {.request_timeout = config.network.keeper.socket.connect_timeout +
                                      config.network.request_timeout,
                   .clock = steady_now}) {
        if (config.trading.enabled) credentials_.emplace(config.trading);
    }

    void discover(Discovered done) override {
        client_.request({.target = "/fapi/v1/exchangeInfo"},
                        [this, done = std::move(done)](const net::HttpOutcome& outcome) {
                            take_info(outcome, done);
                        });
    }
    std::unique_ptr<MarketData> open_market_data(const VenueFacts& facts,
                                                 MarketSink& sink) override {
        return std::make_unique<UsdmMarketData>(config_, facts, loop_, tls_, seed_, sink);
    }
    std::unique_ptr<Trading> open_trading(const VenueFacts& facts, const ClientOrderIds& ids,
                                          TradingSink& sink) override {
        return std::make_unique<UsdmTrading>(config_, facts, *credentials_, ids, loop_, tls_,
                                             seed_ + 1000, sink);
    }

  private:
    void take_info(const net::HttpOutcome& outcome, const Discovered& done) {
        DiscoveryFailure failure;
        if (!outcome.reply) {
            failure.words = outcome.error.words;
            failure.is_final = outcome.error.fault == net::NetFault::Certificate;
            if (failure.is_final) {
                failure.words +=
                    "; network.rest_url must name the host that it is for, and network.ca_file its "
                    "authority where the system does not know it";
            }
        } else if (outcome.reply->status != 200) {
            failure.words = config_.network.rest_url + ": the instruments were answered by HTTP " +
                            std::to_string(outcome.reply->status);
        } else if (read_exchange_info(outcome.reply->body, config_.instruments, facts_,
                                      failure.words)) {
            return done(&facts_, {});
        } else {
            failure.is_final = true;
        }
        done(nullptr, failure);
    }

    const ConnectorConfig& config_;
    net::EventLoop& loop_;
    const net::TlsContext& tls_;
    std::uint64_t seed_;
    std::optional<Credentials> credentials_;
    net::HttpsClient client_;
    VenueFacts facts_;
};

}  // namespace

VenueAddresses addresses(Environment environment) {
    switch (environment) {
        case Environment::Mainnet:
            return {"https://fapi.binance.com", "wss://fstream.binance.com",
                    "wss://ws-fapi.binance.com/ws-fapi/v1"};
        case Environment::Testnet:
            return {"https://testnet.binancefuture.com", "wss://fstream.binancefuture.com",
                    "wss://testnet.binancefuture.com/ws-fapi/v1"};
        case Environment::Demo:
            return {"https://demo-fapi.binance.com", "wss://demo-fstream.binance.com", ""};
        case Environment::Sim:
            break;
    }
    return {};
}

std::unique_ptr<Venue> make(const ConnectorConfig& config, net::EventLoop& loop,
                            const net::TlsContext& tls, std::uint64_t seed) {
    return std::make_unique<UsdmVenue>(config, loop, tls, seed);
}

}  // namespace ringside::connectord::binance_usdm
