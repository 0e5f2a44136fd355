#pragma once

#include <functional>
#include <string>

#include "core/net/tls_server.hpp"
#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/fault.hpp"
#include "tools/venue_simulator/venue_clock.hpp"

namespace ringside::venue_simulator {

/// What tests do to the simulator, and ask it; no part of the venue.
class ControlApi {
  public:
    static constexpr std::string_view kPrefix = "/simulator/";

    struct Handlers {
        std::function<std::string()> counts;  ///< fields of the state that others know
        std::function<void()> on_change;
    };

    ControlApi(Exchange& exchange, VenueClock& clock, Faults& faults, Handlers handlers)
        : exchange_(exchange), clock_(clock), faults_(faults), handlers_(std::move(handlers)) {}

    net::ServerAnswer answer(const net::ServerRequest& request);

  private:
    std::string act(const net::ServerRequest& request);
    std::string state();
    void announce(const std::string& body);

    Exchange& exchange_;
    VenueClock& clock_;
    Faults& faults_;
    Handlers handlers_;
};

}  // namespace ringside::venue_simulator
