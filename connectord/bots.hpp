#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connectord/client_order_id.hpp"
#include "core/order.hpp"
#include "ipc/bus_service.hpp"

namespace ringside::connectord {

/// The sessions of a bus: who comes and goes, what they ask, what they are told.
class Bots {
  public:
    struct Handlers {
        /// kNoBot: the bot is sent away.
        std::function<BotNo(std::string_view name)> came;
        std::function<void(BotNo)> gone;
        std::function<void(BotNo, const OrderRequest&, Nanos now)> request;
        /// A bot came, or was overrun, and needs the books.
        std::function<void()> books_wanted;
    };
    struct Counts {
        std::uint64_t requests = 0;
        std::uint64_t damaged = 0;
        std::uint64_t lost = 0;     ///< died, or were sent away
        std::uint64_t unheard = 0;  ///< responses for bots that had gone
    };

    Bots(ipc::BusService& bus, std::size_t instruments, Handlers handlers);

    /// Looks who came, left and died; some system calls.
    void look();
    /// Takes all requests that are there; false if there was none.
    bool take_requests();
    /// Tells a bot; `seq` and `resp_ts` are filled in here. What its ring has no room for waits.
    /// Returns what was told.
    OrderResponse tell(BotNo bot, OrderResponse response, Nanos now);

    std::size_t connected() const noexcept { return desks_.size(); }
    const Counts& counts() const noexcept { return counts_; }

  private:
    /// A bot that lets so many responses wait does not read them.
    static constexpr std::size_t kMostWaiting = 65536;

    struct Desk {
        ipc::ServiceSession* session = nullptr;
        BotNo bot = kNoBot;
        std::uint64_t requests = 0;
        std::uint64_t responses = 0;
        std::deque<OrderResponse> waiting{};
        bool dismissed = false;
    };
    void attach(const ipc::SessionEvent& event);
    void leave(const ipc::SessionEvent& event);
    bool take_requests(Desk& desk);
    bool take_frame(Desk& desk, const ipc::FrameView& frame);
    void dismiss(Desk& desk, const std::string& why);
    static void flush(Desk& desk);

    ipc::BusService& bus_;
    std::size_t instruments_;
    Handlers handlers_;
    std::vector<Desk> desks_;
    Counts counts_;
};

}  // namespace ringside::connectord
