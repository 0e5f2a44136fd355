#include "tools/ringside/raw_quality.hpp"

#include <charconv>

#include <fmt/format.h>

namespace ringside {
namespace {

constexpr std::uint64_t kLinesPerReport = 4096;
constexpr std::size_t kTimeDigits = 19;
/// Lines that are looked at for a book change; they come several times a second.
constexpr int kLinesLookedAt = 100'000;

collectord::Sequence rule_of(BinanceMarket market) {
    return market == BinanceMarket::Spot ? collectord::Sequence::NextFirst
                                         : collectord::Sequence::PreviousLast;
}

}  // namespace

RawQuality::RawQuality(BinanceMarket market)
    : parser_({.market = market, .ids = true}), order_(rule_of(market)) {}

BinanceMarket RawQuality::market_of(const std::filesystem::path& path) {
    RawLines lines(path, Truncation::Accept);
    std::string_view line;
    for (int i = 0; i < kLinesLookedAt && lines.next(line); ++i) {
        if (line.find(R"("e":"depthUpdate")") == std::string_view::npos) continue;
        return line.find(R"("T":)") == std::string_view::npos ? BinanceMarket::Spot
                                                              : BinanceMarket::Futures;
    }
    return BinanceMarket::Futures;
}

void RawQuality::read(const std::filesystem::path& path, const OnRead& on_read) {
    RawLines lines(path, Truncation::Accept);
    std::string_view line;
    while (lines.next(line)) {
        take(line, lines);
        if (lines_ % kLinesPerReport == 0 && on_read) {
            on_read(bytes_before_ + lines.bytes_read(), lines_);
        }
    }
    bytes_before_ += lines.bytes_read();
    truncated_files_ += lines.truncated() ? 1 : 0;
}

void RawQuality::take(std::string_view line, const RawLines& lines) {
    ++lines_;
    switch (parser_.parse(line, store_)) {
        case BinanceParser::Outcome::Rows:
            take_rows();
            take_ids(parser_.ids(), lines);
            break;
        case BinanceParser::Outcome::Ignored:
            ++ignored_;
            take_ids(parser_.ids(), lines);
            take_mark(line);
            break;
        case BinanceParser::Outcome::VenueError:
            ++venue_errors_;
            break;
        case BinanceParser::Outcome::Malformed:
            if (malformed_++ == 0) {
                first_malformed_ = fmt::format("{}:{}: {}", lines.path().string(), lines.line_no(),
                                               parser_.detail());
            }
            return;
    }
    take_receive_time(line);
}

void RawQuality::take_receive_time(std::string_view line) noexcept {
    Nanos ts = 0;
    std::from_chars(line.data(), line.data() + kTimeDigits, ts);
    receive_back_ += ts < received_ts_ ? 1 : 0;
    received_ts_ = ts;
}

/// Takes the message's rows out of the store, so that it never holds more than one.
void RawQuality::take_rows() {
    events_.clear();
    for (std::size_t r = 0; r < store_.run_count(); ++r) {
        const RowStore::Run& run = store_.run(r);
        for (std::uint32_t k = 0; k < run.count; ++k) {
            const RowStore::Level& level = store_.level(run.first_level + k);
            events_.push_back({.ev = run.ev | kExchEvent | kLocalEvent,
                               .exch_ts = run.exch_ts,
                               .local_ts = run.local_ts,
                               .px = level.px,
                               .qty = level.qty});
        }
    }
    store_.drop_message();
    rows_.add(events_);
}

void RawQuality::note_gap(Sequence& sequence, const RawLines& lines) {
    if (sequence.gaps++ == 0) sequence.first_gap = {lines.path().string(), lines.line_no()};
}

void RawQuality::take_ids(const BinanceParser::Ids& ids, const RawLines& lines) {
    using Of = BinanceParser::Ids::Of;
    switch (ids.of) {
        case Of::Nothing:
            return;
        case Of::Trade:
            return take_trade(ids.last, lines);
        case Of::Snapshot:
            ++snapshots_;
            unjoined_ += depth_.messages == 0 || !order_.is_joined_by(ids.last) ? 1 : 0;
            return;
        case Of::Depth:
            break;
    }
    const collectord::DepthIds depth{ids.first, ids.last, ids.previous_last};
    if (depth_.messages > 0 && ids.last <= order_.last()) {
        ++depth_.repeated;
        return;
    }
    ++depth_.messages;
    const std::int64_t expected = order_.expected();
    if (order_.next(depth) == collectord::DepthSequence::Step::Gap) {
        note_gap(depth_, lines);
        const std::int64_t named = order_.named(depth);
        depth_.missing += named > expected ? static_cast<std::uint64_t>(named - expected) : 0;
    }
}

void RawQuality::take_trade(std::int64_t id, const RawLines& lines) {
    ++trades_.messages;
    if (trade_id_ >= 0 && id <= trade_id_) {
        ++trades_.repeated;
        return;
    }
    if (trade_id_ >= 0 && id > trade_id_ + 1) {
        note_gap(trades_, lines);
        trades_.missing += static_cast<std::uint64_t>(id - trade_id_ - 1);
    }
    trade_id_ = id;
}

void RawQuality::take_mark(std::string_view line) {
    constexpr std::string_view kOwn = R"(@ringside")";
    constexpr std::string_view kWhat = R"("what":")";
    constexpr std::size_t kStart = 80;  // the stream's name comes first
    if (line.substr(0, kStart).find(kOwn) == std::string_view::npos) return;
    const std::size_t at = line.find(kWhat);
    if (at == std::string_view::npos) return;
    const std::string_view rest = line.substr(at + kWhat.size());
    ++marks_[std::string(rest.substr(0, rest.find('"')))];
}

}  // namespace ringside
