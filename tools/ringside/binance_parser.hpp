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

/// Futures are USD-M and COIN-M, whose messages are alike. Spot's book changes have no transaction
/// time and its best prices and snapshots no time at all.
enum class BinanceMarket : std::uint8_t { Futures, Spot };

/// Turns Binance's messages, as recorded one to a line behind the 19-digit receive time, into rows.
///
/// Spot's book changes are dated by their event time, trades by their trade time. Best prices get
/// the feed latency of the last message with a time. A snapshot is brought up to the last book
/// change received, whose time it gets: the later changes of the levels are repeated behind its
/// rows, and changes that it contains already are left out when they come after it.
class BinanceParser {
  public:
    struct Options {
        BinanceMarket market = BinanceMarket::Futures;
        bool mark_price = false;   ///< rows for markPriceUpdate
        bool book_ticker = false;  ///< rows for bookTicker
        /// Date a markPriceUpdate by its next funding time, hours ahead, as HftBacktest does,
        /// instead of by its event time.
        bool funding_time = false;
        bool ids = false;  ///< read ids(), too
    };
    /// The venue's numbers of what a message contains.
    struct Ids {
        enum class Of : std::uint8_t { Nothing, Depth, Trade, Snapshot };
        Of of = Of::Nothing;
        std::int64_t first = 0;          ///< of a book change
        std::int64_t last = 0;           ///< the only one of others
        std::int64_t previous_last = 0;  ///< of a futures' book change
    };
    enum class Outcome : std::uint8_t {
        Rows,        ///< rows were added, possibly none
        Ignored,     ///< a message that has no rows
        VenueError,  ///< the venue's refusal of a REST request; detail() has its words
        Malformed,   ///< nothing was added; detail() says why
    };

    explicit BinanceParser(Options options);
    BinanceParser(BinanceParser&&) noexcept;
    BinanceParser& operator=(BinanceParser&&) noexcept;
    ~BinanceParser();

    /// `line` must be readable for RawLines::kPadding bytes behind its end.
    Outcome parse(std::string_view line, RowStore& rows);
    /// Of the last line, if it was Rows or Ignored; nothing unless asked for.
    const Ids& ids() const noexcept;
    /// About the last line that was a VenueError or Malformed.
    std::string detail() const;

  private:
    class Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace ringside
