#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "tools/ringside/row_store.hpp"

namespace ringside {

/// Row kinds of streams that the engine does not use; free for strategies.
inline constexpr auto kIndexPriceKind = static_cast<std::uint64_t>(EventKind::IndexPrice);
inline constexpr auto kMarkPriceKind = static_cast<std::uint64_t>(EventKind::MarkPrice);
inline constexpr auto kFundingRateKind = static_cast<std::uint64_t>(EventKind::FundingRate);
inline constexpr auto kTickerBidKind = static_cast<std::uint64_t>(EventKind::TickerBid);
inline constexpr auto kTickerAskKind = static_cast<std::uint64_t>(EventKind::TickerAsk);

/// Turns the messages of Binance's USD-M and COIN-M futures, as recorded one to a line behind the
/// 19-digit receive time, into rows.
class BinanceFuturesParser {
  public:
    struct Options {
        bool mark_price = false;   ///< rows for markPriceUpdate
        bool book_ticker = false;  ///< rows for bookTicker
        /// Date a markPriceUpdate by its next funding time, hours ahead, as HftBacktest does,
        /// instead of by its event time.
        bool funding_time = false;
    };
    enum class Outcome : std::uint8_t {
        Rows,        ///< rows were added, possibly none
        Ignored,     ///< a message that has no rows
        VenueError,  ///< the venue's refusal of a REST request; detail() has its words
        Malformed,   ///< nothing was added; detail() says why
    };

    explicit BinanceFuturesParser(Options options);
    BinanceFuturesParser(BinanceFuturesParser&&) noexcept;
    BinanceFuturesParser& operator=(BinanceFuturesParser&&) noexcept;
    ~BinanceFuturesParser();

    /// `line` must be readable for GzipLines::kPadding bytes behind its end.
    Outcome parse(std::string_view line, RowStore& rows);
    /// About the last line that was a VenueError or Malformed.
    std::string detail() const;

  private:
    class Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace ringside
