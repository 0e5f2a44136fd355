#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "tools/ringside/row_store.hpp"

namespace ringside {

/// Row kinds of streams that the engine does not use; free for strategies.
inline constexpr std::uint64_t kIndexPriceKind = 100;
inline constexpr std::uint64_t kMarkPriceKind = 101;
inline constexpr std::uint64_t kFundingRateKind = 102;
inline constexpr std::uint64_t kTickerBidKind = 103;
inline constexpr std::uint64_t kTickerAskKind = 104;

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

    explicit BinanceFuturesParser(Options options) : options_(options) {}

    /// `line` must be readable for SIMDJSON_PADDING bytes behind its end.
    Outcome parse(std::string_view line, RowStore& rows);
    /// About the last line that was a VenueError or Malformed.
    std::string detail() const;

  private:
    using Value = simdjson::ondemand::value;
    using Object = simdjson::ondemand::object;

    Outcome parse_line(std::string_view line, RowStore& rows);
    Outcome parse_root(RowStore& rows);
    Outcome parse_bare(Object& root, bool is_event, bool is_error, RowStore& rows);
    Outcome parse_event(Object& event, RowStore& rows);
    Outcome parse_trade(Object& event, RowStore& rows);
    Outcome parse_depth(Object& event, RowStore& rows);
    Outcome parse_mark_price(Object& event, RowStore& rows);
    Outcome parse_ticker(Object& event, RowStore& rows);
    Outcome parse_snapshot(Object& root, RowStore& rows);
    bool read_exch_ts(Object& object, const char* field, RowStore& rows);
    bool read_number(Object& object, const char* field, double& number);
    bool read_levels(Object& object, const char* field, std::uint64_t ev, RowStore& rows);
    bool read_snapshot_side(Object& root, const char* field, std::uint64_t side, RowStore& rows);
    bool blame(const char* field, simdjson::error_code error) noexcept;
    Outcome malformed(const char* field, simdjson::error_code error) noexcept;

    Options options_;
    simdjson::ondemand::parser json_;
    simdjson::ondemand::document document_;
    const char* field_ = nullptr;  // to blame; null when the fault is not in a field
    const char* words_ = nullptr;  // what is wrong
    std::string venue_words_;
};

}  // namespace ringside
