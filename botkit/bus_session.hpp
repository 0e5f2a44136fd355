#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/order.hpp"
#include "core/time.hpp"
#include "ipc/bus_client.hpp"
#include "ipc/waiter.hpp"

namespace ringside::botkit {

/// A bot's place on the bus of a venue service, whatever clock that runs on: answers, waiting, and
/// the end of the service.
class BusSession {
  public:
    /// `waiting` is as in connect_bus(), `advice` what to do once the service is lost.
    BusSession(std::string bus, std::unique_ptr<ipc::BusClient> client,
               std::optional<ipc::Waiting> waiting, const char* advice);

    ipc::BusClient& client() noexcept { return *client_; }
    const VenueInfo& info() const noexcept { return client_->info(); }
    /// Appends what has come.
    void take_responses(std::vector<OrderResponse>& responses);
    /// Something came: the next waits are short again.
    void wake() noexcept { wait_.reset(); }
    /// Nothing could be done; throws Error(VenueLost) once the service has ended.
    void idle();
    [[noreturn]] void lost(const std::string& how) const;

  private:
    std::string bus_;
    std::unique_ptr<ipc::BusClient> client_;
    const char* advice_;
    ipc::Waiter wait_;
    std::uint32_t idle_calls_ = 0;
};

}  // namespace ringside::botkit
