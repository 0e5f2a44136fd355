#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "core/net/tls_server.hpp"
#include "tools/venue_simulator/refusal.hpp"
#include "tools/venue_simulator/venue_api.hpp"

namespace ringside::venue_simulator {

/// The venue's REST interface.
class RestApi {
  public:
    explicit RestApi(VenueApi api);

    net::ServerAnswer answer(const net::ServerRequest& request);
    std::uint64_t requests() const noexcept { return requests_; }

  private:
    enum class Security : std::uint8_t { None, Key, Signed };
    using Action = std::function<std::string(const Call&)>;
    struct Route {
        Security security = Security::None;
        std::int64_t weight = 1;
        Action action;
        bool is_order = false;  ///< changes orders; its answer counts them
    };
    using Place = std::pair<std::string, std::string>;  ///< method, path

    void add_public();
    void add_orders();
    void add_account();
    void add_listen_key();
    net::ServerAnswer carry_out(const Route& route, const net::ServerRequest& request,
                                const Parameters& parameters);
    std::int64_t weight_of(const Route& route, const net::ServerRequest& request,
                           const Parameters& parameters) const;
    net::ServerAnswer refuse(const Refusal& refusal, net::HttpFields fields) const;
    /// A fault instead of the answer; none: status 0.
    net::ServerAnswer fail(const Route& route, const Call& call);
    static void carry_out_unheard(const Route& route, const Call& call);

    VenueApi api_;
    std::map<Place, Route> routes_;
    std::uint64_t requests_ = 0;
};

}  // namespace ringside::venue_simulator
