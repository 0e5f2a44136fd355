#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collectord/depth_sequence.hpp"
#include "tools/ringside/binance_parser.hpp"
#include "tools/ringside/feed_quality.hpp"
#include "tools/ringside/raw_lines.hpp"

namespace ringside {

/// What is right and wrong with a collector's files of one symbol, played one after the other:
/// lines, the venue's sequences, and the rows that conversion makes of them, before it corrects
/// them. Nothing is refused but files that cannot be unpacked.
class RawQuality {
  public:
    struct Place {
        std::string file;
        std::uint64_t line = 0;  ///< from 1
    };
    struct Sequence {
        std::uint64_t messages = 0;
        std::uint64_t gaps = 0;
        std::uint64_t missing = 0;   ///< ids in the gaps; 0 where ids do not tell
        std::uint64_t repeated = 0;  ///< ids that do not grow
        Place first_gap{};
    };
    /// Called now and then with compressed bytes and lines read so far.
    using OnRead = std::function<void(std::uint64_t bytes, std::uint64_t lines)>;

    explicit RawQuality(BinanceMarket market);

    void read(const std::filesystem::path& path, const OnRead& on_read);
    void finish() { rows_.finish(); }

    /// The market whose messages these are: a Spot book change has no transaction time. Futures if
    /// there is none.
    static BinanceMarket market_of(const std::filesystem::path& path);

    const FeedQuality& feed() const noexcept { return rows_; }
    std::uint64_t lines() const noexcept { return lines_; }
    std::uint64_t ignored() const noexcept { return ignored_; }
    std::uint64_t malformed() const noexcept { return malformed_; }
    std::uint64_t venue_errors() const noexcept { return venue_errors_; }
    std::uint64_t truncated_files() const noexcept { return truncated_files_; }
    std::uint64_t snapshots() const noexcept { return snapshots_; }
    /// Snapshots that the changes received since the last gap do not reach back to.
    std::uint64_t unjoined_snapshots() const noexcept { return unjoined_; }
    /// Lines whose receive time is before that of the line above.
    std::uint64_t receive_back() const noexcept { return receive_back_; }
    const Sequence& depth() const noexcept { return depth_; }
    const Sequence& trades() const noexcept { return trades_; }
    /// The recorder's own lines, by what they say.
    const std::map<std::string, std::uint64_t>& marks() const noexcept { return marks_; }
    /// Of the first malformed line, with its place; empty if there is none.
    const std::string& first_malformed() const noexcept { return first_malformed_; }

  private:
    void take(std::string_view line, const RawLines& lines);
    void take_ids(const BinanceParser::Ids& ids, const RawLines& lines);
    void take_trade(std::int64_t id, const RawLines& lines);
    void take_receive_time(std::string_view line) noexcept;
    void take_mark(std::string_view line);
    void take_rows();
    static void note_gap(Sequence& sequence, const RawLines& lines);

    BinanceParser parser_;
    collectord::DepthSequence order_;
    RowStore store_;
    FeedQuality rows_;
    std::vector<Event> events_;
    std::uint64_t lines_ = 0;
    std::uint64_t ignored_ = 0;
    std::uint64_t malformed_ = 0;
    std::uint64_t venue_errors_ = 0;
    std::uint64_t truncated_files_ = 0;
    std::uint64_t snapshots_ = 0;
    std::uint64_t unjoined_ = 0;
    std::uint64_t receive_back_ = 0;
    std::uint64_t bytes_before_ = 0;
    Nanos received_ts_ = 0;
    std::int64_t trade_id_ = -1;
    Sequence depth_;
    Sequence trades_;
    std::map<std::string, std::uint64_t> marks_;
    std::string first_malformed_;
};

}  // namespace ringside
