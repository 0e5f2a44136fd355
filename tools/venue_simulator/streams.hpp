#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue_simulator/delivery.hpp"

namespace ringside::venue_simulator {

/// Which streams a WebSocket address carries.
enum class StreamRoute : std::uint8_t {
    Any,     ///< the layout before April 2026: everything
    Public,  ///< books
    Market,  ///< the other market data
    Private  ///< user data
};

/// Subscriptions of the WebSocket clients, and what goes to whom.
class Streams {
  public:
    explicit Streams(Delivery& delivery) : delivery_(delivery) {}

    /// Whether a target is the address of streams.
    static bool is_address(std::string_view target);

    void open(std::uint64_t client, std::string_view target);
    /// A message of a client: SUBSCRIBE and its like.
    void take(std::uint64_t client, std::string_view text);
    void gone(std::uint64_t client);

    bool is_wanted(const std::string& stream) const { return by_stream_.contains(stream); }
    /// `event`: name of the event, for clients that asked for some user events only.
    void publish(const std::string& stream, MessageKind kind, const std::string& data,
                 std::string_view event = {});

    std::vector<std::uint64_t> clients(StreamRoute route) const;
    std::vector<std::uint64_t> subscribers(const std::string& stream) const;

  private:
    struct Client {
        StreamRoute route = StreamRoute::Any;
        bool combined = false;
        std::set<std::string> streams;
        std::set<std::string, std::less<>> events;  ///< empty: all
    };

    void subscribe(std::uint64_t client, const std::string& stream);
    void unsubscribe(std::uint64_t client, const std::string& stream);
    std::string answer(std::uint64_t client, std::string_view text);

    Delivery& delivery_;
    std::map<std::uint64_t, Client> clients_;
    std::map<std::string, std::set<std::uint64_t>> by_stream_;
};

}  // namespace ringside::venue_simulator
