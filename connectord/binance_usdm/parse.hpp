#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectord/book_sync.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace ringside::connectord::binance_usdm {

enum class StreamKind : std::uint8_t { Depth, Trade, AggTrade, BookTicker, MarkPrice };

/// A stream that was asked for.
struct StreamName {
    std::string name;  ///< "btcusdt@depth@0ms"
    StreamKind kind = StreamKind::Depth;
    AssetNo asset_no = 0;
};

/// A market data message as events.
struct MarketMessage {
    enum class Kind : std::uint8_t {
        Malformed,  ///< no JSON, a field that is missing or of the wrong type; nothing is told of
                    ///< it
        Foreign,    ///< of no stream that was asked for, such as the answer to a subscription
        Passed,     ///< well-formed and of no interest, such as a trade that never met the book
        Rows,
        Change,  ///< of a book
    };
    Kind kind = Kind::Malformed;
    std::size_t stream = 0;  ///< index of the stream
    ChangeIds ids{};         ///< Change
    std::int64_t id = 0;     ///< grows with each message of the stream
    /// Valid until the next call.
    std::span<const Event> rows{};
};

/// A REST snapshot of a book.
struct BookSnapshot {
    std::int64_t id = 0;
    Nanos exch_ts = 0;
    std::vector<Event> rows;
};

/// Reads what arrives on the market streams: on the hot path, so without allocation once it has
/// seen the largest messages. Unknown fields are passed over; unknown streams, too.
class MarketParser {
  public:
    explicit MarketParser(std::span<const StreamName> streams);
    MarketParser(const MarketParser&) = delete;
    MarketParser& operator=(const MarketParser&) = delete;
    ~MarketParser();

    /// The text must be readable for net::WebSocket::kPadding bytes behind its end.
    MarketMessage parse(std::string_view text, Nanos received_ts);
    /// False unless the text is a snapshot; `text` is padded here.
    bool parse_snapshot(std::string text, Nanos received_ts, BookSnapshot& snapshot);

  private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

/// A number of digits and a point, as venues quote prices: the double nearest to it. False for
/// anything else, such as a sign, an exponent or "NaN". Reads from `text` up to a quote, which must
/// be there; `text` is moved behind it.
bool read_quoted_decimal(const char*& text, double& number) noexcept;

}  // namespace ringside::connectord::binance_usdm
