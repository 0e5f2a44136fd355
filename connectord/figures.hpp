#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "connectord/bots.hpp"
#include "connectord/market_side.hpp"
#include "connectord/order_side.hpp"
#include "ipc/bus_service.hpp"

namespace ringside::connectord {

/// Keeps what `ringside bus top` shows of a connector up to date.
class Figures {
  public:
    Figures(ipc::BusService& bus, const MarketSide& market, const Bots& bots,
            const OrderSide* orders, std::size_t instruments);
    void update(Nanos now);

  private:
    void set(std::string_view name, std::int64_t value);
    void set(std::string_view name, std::uint64_t value) {
        set(name, static_cast<std::int64_t>(value));
    }
    void set_latency(std::string_view median, std::string_view rare, const Histogram& latency);
    void update_market();
    /// What positions differ from what own fills explain, all instruments together.
    std::int64_t drift() const;
    void update_orders(Nanos now);

    ipc::BusService& bus_;
    const MarketSide& market_;
    const Bots& bots_;
    const OrderSide* orders_;
    std::size_t instruments_;
    std::vector<std::atomic<std::int64_t>*> counters_;  ///< in the order in which they are set
    std::size_t next_ = 0;
};

}  // namespace ringside::connectord
