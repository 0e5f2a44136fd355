#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/net/event_loop.hpp"
#include "tools/venue_simulator/delivery.hpp"
#include "tools/venue_simulator/venue_api.hpp"

namespace ringside::venue_simulator {

/// The venue's WebSocket interface for requests.
class OrderSocket {
  public:
    static constexpr std::string_view kPath = "/ws-fapi/v1";

    OrderSocket(net::EventLoop& loop, VenueApi api, Delivery& delivery);

    void open(std::uint64_t client) { clients_[client] = {}; }
    void take(std::uint64_t client, std::string_view text);
    void gone(std::uint64_t client);
    std::vector<std::uint64_t> clients() const;
    std::uint64_t requests() const noexcept { return requests_; }

  private:
    enum class Security : std::uint8_t { None, Key, Signed };
    using Action = std::function<std::string(const Call&)>;
    struct Method {
        Security security = Security::Signed;
        std::int64_t weight = 1;
        Action action;
    };
    struct Client {
        const ApiKey* key = nullptr;  ///< after a logon
        std::int64_t since_ms = 0;
    };
    /// What a request comes to.
    struct Result {
        int status = 200;
        std::string body;  ///< result, or error
        std::optional<AccountNo> account;
        bool withheld = false;
    };

    void add_methods();
    Result carry_out(Client& client, const std::string& name, Parameters& parameters);
    Result run(Client& client, const std::string& name, Parameters& parameters);
    Result session(Client& client, const std::string& name, const Parameters& parameters);
    std::optional<Result> fail(const Method& method, const Call& call);
    std::string frame(const std::string& id, const Result& result) const;
    void send(std::uint64_t client, std::string text);

    net::EventLoop& loop_;
    VenueApi api_;
    Delivery& delivery_;
    std::map<std::string, Method> methods_;
    std::map<std::uint64_t, Client> clients_;
    std::map<std::uint64_t, std::unique_ptr<net::Timer>> late_;
    std::uint64_t late_count_ = 0;
    std::uint64_t requests_ = 0;
};

}  // namespace ringside::venue_simulator
