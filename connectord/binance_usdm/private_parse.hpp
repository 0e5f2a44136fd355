#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectord/venue.hpp"

namespace ringside::connectord::binance_usdm {

/// A count of one of the venue's limits that an answer brought.
struct UsedLimit {
    std::size_t limit = 0;
    std::uint32_t used = 0;
};

/// An answer of the WebSocket order API.
struct WsAnswer {
    std::uint64_t id = 0;  ///< as we sent it
    int status = 0;
    std::int64_t code = 0;  ///< 0: no error
    std::string message{};
    Nanos retry_after = 0;  ///< of 429 and 418; 0: not said
    std::vector<UsedLimit> used{};
    bool has_order = false;
    OrderUpdate order{};  ///< Channel::Answer
};

/// One payment for positions. Of positions with cross margin the venue does not say which.
struct Funding {
    Nanos exch_ts = 0;
    double amount = 0.0;  ///< below 0: paid by the account
    double wallet = 0.0;  ///< after it
    bool operator==(const Funding&) const = default;
};

/// What a private stream brings; each is called at most a few times per message.
struct PrivateHandlers {
    std::function<void(const OrderUpdate&)> order;
    std::function<void(AssetNo, Lots)> position;
    std::function<void()> key_expired;
    std::function<void(const Funding&)> funding;
};

/// Reads what the venue says of the account. Unknown fields and events are passed over; instruments
/// that are not configured, too.
class PrivateParser {
  public:
    PrivateParser(const VenueFacts& facts, const ClientOrderIds& ids);
    PrivateParser(const PrivateParser&) = delete;
    PrivateParser& operator=(const PrivateParser&) = delete;
    ~PrivateParser();

    // Each is false if the text is not such a message.
    bool read_event(std::string_view text, const PrivateHandlers& handlers);
    bool read_answer(std::string_view text, WsAnswer& answer);
    /// A REST body with one order.
    bool read_order(std::string_view text, Channel channel, OrderUpdate& order);
    bool read_orders(std::string_view text, std::vector<OrderUpdate>& orders);
    bool read_trades(std::string_view text, AssetNo asset_no, std::vector<TradeReport>& trades);
    struct Position {
        AssetNo asset_no = 0;
        Lots lots = 0;
    };
    bool read_positions(std::string_view text, std::vector<Position>& positions);
    /// {"code":-1121,"msg":"..."}
    bool read_error(std::string_view text, std::int64_t& code, std::string& message);
    bool read_integer(std::string_view text, std::string_view field, std::int64_t& value);
    bool read_bool(std::string_view text, std::string_view field, bool& value);
    bool read_text(std::string_view text, std::string_view field, std::string& value);

  private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

/// What an answer to an action means. `status` of HTTP or the WebSocket API, `code` 0 if it brought
/// none.
struct Verdict {
    Outcome outcome = Outcome::Unknown;
    Refusal refusal = Refusal::Unset;
};
Verdict verdict(int status, std::int64_t code) noexcept;

}  // namespace ringside::connectord::binance_usdm
