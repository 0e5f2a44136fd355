#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "tools/ringside/raw_parser.hpp"

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

/// Turns Binance's messages into rows.
///
/// Spot's book changes are dated by their event time, trades by their trade time. Best prices get
/// the feed latency of the last message with a time. A snapshot is brought up to the last book
/// change received, whose time it gets: the later changes of the levels are repeated behind its
/// rows, and changes that it contains already are left out when they come after it.
class BinanceParser final : public RawParser {
  public:
    struct Options {
        BinanceMarket market = BinanceMarket::Futures;
        bool mark_price = false;   ///< rows for markPriceUpdate
        bool book_ticker = false;  ///< rows for bookTicker
        /// Date a markPriceUpdate by its next funding time, hours ahead, as HftBacktest does,
        /// instead of by its event time.
        bool funding_time = false;
        /// Bring futures' snapshots up to the last book change received, too, as Spot's always are.
        /// HftBacktest loses the changes that came before the snapshot and are not in it.
        bool join_snapshots = false;
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

    explicit BinanceParser(Options options);
    BinanceParser(BinanceParser&&) noexcept;
    BinanceParser& operator=(BinanceParser&&) noexcept;
    ~BinanceParser() override;

    Outcome parse(std::string_view line, RowStore& rows) override;
    /// Of the last line, if it was Rows or Ignored; nothing unless asked for.
    const Ids& ids() const noexcept;
    std::string detail() const override;

  private:
    class Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace ringside
