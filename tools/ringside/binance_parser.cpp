// simdjson asserts at every token, which takes a third of the time of a conversion; its checks of
// the input do not depend on it. Nothing else in this file uses assert.
#ifndef NDEBUG
#define NDEBUG
#endif

#include "tools/ringside/binance_parser.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include <simdjson.h>

#include "core/error.hpp"
#include "tools/ringside/raw_lines.hpp"
#include "tools/ringside/recent_changes.hpp"

namespace ringside {
namespace {

static_assert(RawLines::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::uint64_t kDepth = static_cast<std::uint64_t>(EventKind::Depth);
constexpr std::uint64_t kTrade = static_cast<std::uint64_t>(EventKind::Trade);
constexpr std::uint64_t kClear = static_cast<std::uint64_t>(EventKind::DepthClear);
constexpr std::uint64_t kSnapshot = static_cast<std::uint64_t>(EventKind::DepthSnapshot);

using Outcome = BinanceParser::Outcome;

/// Reads a quoted number without sign and exponent whose digits a double holds: the division of two
/// numbers that are exact rounds as it should. False for whatever else, which simdjson reads or
/// refuses.
bool read_plain(const char* text, double& number) noexcept {
    constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                             1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    constexpr std::ptrdiff_t kMostDigits = 15;
    const auto digit = [](char c) { return static_cast<unsigned char>(c - '0'); };
    if (*text++ != '"') return false;
    std::uint64_t digits = 0;
    const char* at = text;
    for (; digit(*at) < 10; ++at) digits = digits * 10 + digit(*at);
    const std::ptrdiff_t count = at - text;
    if (count == 0 || (count > 1 && *text == '0')) return false;
    std::ptrdiff_t decimals = 0;
    if (*at == '.') {
        const char* const first = ++at;
        for (; digit(*at) < 10; ++at) digits = digits * 10 + digit(*at);
        decimals = at - first;
        if (decimals == 0) return false;
    }
    if (*at != '"' || count + decimals > kMostDigits) return false;
    number = static_cast<double>(digits) / kPowers[static_cast<std::size_t>(decimals)];
    return true;
}

// The venue quotes some numbers and not others, and not always the same ones.

simdjson::error_code to_number(simdjson::ondemand::value value, double& number) {
    if (read_plain(value.raw_json_token().data(), number)) {
        return value.get_raw_json_string().error();
    }
    const auto error = value.get_double_in_string().get(number);
    return error && !value.get_double().get(number) ? simdjson::SUCCESS : error;
}

simdjson::error_code to_integer(simdjson::ondemand::value value, std::int64_t& number) {
    const auto error = value.get_int64().get(number);
    return error && !value.get_int64_in_string().get(number) ? simdjson::SUCCESS : error;
}

}  // namespace

class BinanceParser::Reader {
  public:
    explicit Reader(Options options) : options_(options) {}

    Outcome parse_line(std::string_view line, RowStore& rows);
    const Ids& ids() const noexcept { return ids_; }
    std::string detail() const {
        if (!venue_words_.empty()) return venue_words_;
        return field_ == nullptr ? words_ : fmt::format("field \"{}\": {}", field_, words_);
    }

  private:
    using Object = simdjson::ondemand::object;

    Outcome parse_root(RowStore& rows);
    Outcome parse_bare(Object& root, bool is_event, bool is_error, RowStore& rows);
    Outcome parse_event(Object& event, RowStore& rows);
    Outcome parse_trade(Object& event, RowStore& rows);
    Outcome parse_depth(Object& event, RowStore& rows);
    Outcome parse_mark_price(Object& event, RowStore& rows);
    Outcome parse_ticker(Object& event, RowStore& rows);
    Outcome parse_snapshot(Object& root, RowStore& rows);
    Outcome parse_spot_event(Object& event, RowStore& rows);
    Outcome parse_spot_trade(Object& event, RowStore& rows);
    Outcome parse_spot_depth(Object& event, RowStore& rows);
    Outcome parse_spot_ticker(Object& event, RowStore& rows);
    Outcome parse_spot_snapshot(Object& root, RowStore& rows);
    bool read_sides(Object& event, RowStore& rows);
    Outcome keep_change(std::size_t first_run, RowStore& rows);
    void repeat_changes(Nanos snapshot_ts, RowStore& rows);
    bool read_both_snapshot_sides(Object& root, RowStore& rows);
    bool read_id(Object& object, const char* field, std::int64_t& id);
    bool read_exch_ts(Object& object, const char* field, RowStore& rows);
    bool read_number(Object& object, const char* field, double& number);
    bool read_levels(Object& object, const char* field, std::uint64_t ev, RowStore& rows);
    bool read_snapshot_side(Object& root, const char* field, std::uint64_t side, RowStore& rows);
    bool blame(const char* field, simdjson::error_code error) noexcept;
    Outcome malformed(const char* field, simdjson::error_code error) noexcept;

    Options options_;
    Ids ids_;
    RecentChanges changes_;          // of the book, where snapshots are joined
    std::int64_t snapshot_id_ = -1;  // of the last snapshot, there
    Nanos local_ts_ = 0;             // of the message
    Nanos exch_ts_ = 0;              // of the last message with a time
    Nanos latency_ = 0;              // of the same
    simdjson::ondemand::parser json_;
    simdjson::ondemand::document document_;
    const char* field_ = nullptr;  // to blame; null when the fault is not in a field
    const char* words_ = nullptr;  // what is wrong
    std::string venue_words_;
};

BinanceParser::BinanceParser(Options options) : reader_(std::make_unique<Reader>(options)) {}
BinanceParser::BinanceParser(BinanceParser&&) noexcept = default;
BinanceParser& BinanceParser::operator=(BinanceParser&&) noexcept = default;
BinanceParser::~BinanceParser() = default;

Outcome BinanceParser::parse(std::string_view line, RowStore& rows) {
    const Outcome outcome = reader_->parse_line(line, rows);
    if (outcome == Outcome::Malformed) rows.drop_message();
    return outcome;
}

const BinanceParser::Ids& BinanceParser::ids() const noexcept { return reader_->ids(); }

std::string BinanceParser::detail() const { return reader_->detail(); }

bool BinanceParser::Reader::blame(const char* field, simdjson::error_code error) noexcept {
    field_ = field;
    words_ = simdjson::error_message(error);
    return false;
}

Outcome BinanceParser::Reader::malformed(const char* field, simdjson::error_code error) noexcept {
    blame(field, error);
    return Outcome::Malformed;
}

Outcome BinanceParser::Reader::parse_line(std::string_view line, RowStore& rows) {
    venue_words_.clear();
    ids_ = {};
    rows.begin_message(0);
    Nanos local_ts = 0;
    if (!take_time(line, local_ts)) {
        field_ = nullptr;
        words_ = kNoTime;
        return Outcome::Malformed;
    }
    rows.begin_message(local_ts);
    local_ts_ = local_ts;
    const auto error = json_.iterate(line, line.size() + simdjson::SIMDJSON_PADDING).get(document_);
    return error ? malformed(nullptr, error) : parse_root(rows);
}

/// Walks the whole message, so that a torn line is noticed whatever it is about.
Outcome BinanceParser::Reader::parse_root(RowStore& rows) {
    Object root;
    if (const auto error = document_.get_object().get(root)) return malformed(nullptr, error);
    bool has_data = false;
    bool is_event = false;
    bool is_error = false;
    bool is_reply = false;
    Outcome outcome = Outcome::Ignored;
    for (auto item : root) {
        simdjson::ondemand::field field;
        if (const auto error = std::move(item).get(field)) return malformed(nullptr, error);
        const auto key = field.key();
        if (key == "stream") continue;
        if (key == "data" && !has_data) {
            Object event;
            bool is_null = false;
            if (const auto error = field.value().is_null().get(is_null)) {
                return malformed("data", error);
            }
            if (is_null) continue;
            if (const auto error = field.value().get_object().get(event)) {
                return malformed("data", error);
            }
            has_data = true;
            outcome = parse_event(event, rows);
            if (outcome == Outcome::Malformed) return outcome;
        } else if (!has_data) {
            is_event = is_event || key == "e";
            is_error = is_error || key == "code";
            is_reply = is_reply || key == "result";
        }
    }
    // There is no place left to be at only behind the last token.
    if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS)
        return malformed(nullptr, simdjson::TRAILING_CONTENT);
    if (has_data || is_reply) return outcome;
    document_.rewind();
    if (const auto error = document_.get_object().get(root)) return malformed(nullptr, error);
    return parse_bare(root, is_event, is_error, rows);
}

/// A message without the envelope of the combined stream: an event of a single stream, or an answer
/// to a REST request.
Outcome BinanceParser::Reader::parse_bare(Object& root, bool is_event, bool is_error,
                                          RowStore& rows) {
    if (is_event) return parse_event(root, rows);
    if (!is_error) return parse_snapshot(root, rows);
    std::int64_t code = 0;
    std::string_view words;
    if (const auto error = root.find_field_unordered("code").get(code)) {
        return malformed("code", error);
    }
    if (const auto error = root.find_field_unordered("msg").get(words)) {
        return malformed("msg", error);
    }
    venue_words_ = fmt::format("the venue answered {}: {}", code, words);
    return Outcome::VenueError;
}

Outcome BinanceParser::Reader::parse_event(Object& event, RowStore& rows) {
    if (options_.market == BinanceMarket::Spot) return parse_spot_event(event, rows);
    simdjson::ondemand::value value;
    if (const auto error = event.find_field_unordered("e").get(value)) return malformed("e", error);
    simdjson::ondemand::raw_json_string name;
    if (const auto error = value.get_raw_json_string().get(name)) return malformed("e", error);
    if (name == "bookTicker") {
        return options_.book_ticker ? parse_ticker(event, rows) : Outcome::Ignored;
    }
    if (name == "trade") return parse_trade(event, rows);
    if (name == "depthUpdate") return parse_depth(event, rows);
    if (name == "markPriceUpdate" && options_.mark_price) return parse_mark_price(event, rows);
    return Outcome::Ignored;
}

// Fields are asked for in the order in which the venue sends them: that costs one pass.

Outcome BinanceParser::Reader::parse_trade(Object& event, RowStore& rows) {
    double px = 0.0;
    double qty = 0.0;
    if (!read_exch_ts(event, "T", rows)) return Outcome::Malformed;
    if (options_.ids && !read_id(event, "t", ids_.last)) return Outcome::Malformed;
    if (!read_number(event, "p", px) || !read_number(event, "q", qty)) return Outcome::Malformed;
    ids_.of = Ids::Of::Trade;
    // Liquidations taken over by the insurance fund and the like never met the book.
    simdjson::ondemand::raw_json_string origin;
    if (const auto error = event.find_field_unordered("X").get(origin)) {
        return malformed("X", error);
    }
    if (!(origin == "MARKET")) return Outcome::Ignored;
    bool buyer_is_maker = false;
    if (const auto error = event.find_field_unordered("m").get(buyer_is_maker)) {
        return malformed("m", error);
    }
    rows.add(kTrade | (buyer_is_maker ? kSellEvent : kBuyEvent), px, qty);
    return Outcome::Rows;
}

Outcome BinanceParser::Reader::parse_depth(Object& event, RowStore& rows) {
    if (!read_exch_ts(event, "T", rows)) return Outcome::Malformed;
    if (options_.ids || options_.join_snapshots) {
        if (!read_id(event, "U", ids_.first) || !read_id(event, "u", ids_.last) ||
            !read_id(event, "pu", ids_.previous_last)) {
            return Outcome::Malformed;
        }
        ids_.of = Ids::Of::Depth;
    }
    const std::size_t before = rows.run_count();
    if (!read_sides(event, rows)) return Outcome::Malformed;
    return options_.join_snapshots ? keep_change(before, rows) : Outcome::Rows;
}

/// Of a message whose rows are all from that run on. What a snapshot contains already is left out.
Outcome BinanceParser::Reader::keep_change(std::size_t first_run, RowStore& rows) {
    if (ids_.last <= snapshot_id_) {
        rows.drop_message();
        return Outcome::Ignored;
    }
    changes_.begin(ids_.last, exch_ts_);
    for (std::size_t r = first_run; r < rows.run_count(); ++r) {
        const RowStore::Run& run = rows.run(r);
        for (std::uint32_t k = 0; k < run.count; ++k) {
            changes_.add(run.ev, rows.level(run.first_level + k));
        }
    }
    return Outcome::Rows;
}

/// Repeats the rows of what came before the snapshot and is not in it.
void BinanceParser::Reader::repeat_changes(Nanos snapshot_ts, RowStore& rows) {
    changes_.for_each_after(ids_.last, [&](const RecentChanges::Row& row, Nanos exch_ts) {
        rows.set_exch_ts(std::max(exch_ts, snapshot_ts));
        rows.add(row.ev, row.level.px, row.level.qty);
    });
    snapshot_id_ = ids_.last;
}

bool BinanceParser::Reader::read_sides(Object& event, RowStore& rows) {
    return read_levels(event, "b", kDepth | kBuyEvent, rows) &&
           read_levels(event, "a", kDepth | kSellEvent, rows);
}

Outcome BinanceParser::Reader::parse_mark_price(Object& event, RowStore& rows) {
    double mark = 0.0;
    double index = 0.0;
    double funding = 0.0;
    if (!read_exch_ts(event, options_.funding_time ? "T" : "E", rows) ||
        !read_number(event, "p", mark) || !read_number(event, "i", index) ||
        !read_number(event, "r", funding)) {
        return Outcome::Malformed;
    }
    rows.add(kIndexPriceKind, index, 0.0);
    rows.add(kMarkPriceKind, mark, 0.0);
    rows.add(kFundingRateKind, funding, 0.0);
    return Outcome::Rows;
}

Outcome BinanceParser::Reader::parse_ticker(Object& event, RowStore& rows) {
    RowStore::Level bid;
    RowStore::Level ask;
    if (!read_number(event, "b", bid.px) || !read_number(event, "B", bid.qty) ||
        !read_number(event, "a", ask.px) || !read_number(event, "A", ask.qty) ||
        !read_exch_ts(event, "T", rows)) {
        return Outcome::Malformed;
    }
    rows.add(kTickerBidKind, bid.px, bid.qty);
    rows.add(kTickerAskKind, ask.px, ask.qty);
    return Outcome::Rows;
}

Outcome BinanceParser::Reader::parse_snapshot(Object& root, RowStore& rows) {
    if (options_.market == BinanceMarket::Spot) return parse_spot_snapshot(root, rows);
    if (options_.ids || options_.join_snapshots) {
        if (!read_id(root, "lastUpdateId", ids_.last)) return Outcome::Malformed;
        ids_.of = Ids::Of::Snapshot;
    }
    if (!read_exch_ts(root, "T", rows) || !read_both_snapshot_sides(root, rows)) {
        return Outcome::Malformed;
    }
    if (options_.join_snapshots) repeat_changes(exch_ts_, rows);
    return Outcome::Rows;
}

bool BinanceParser::Reader::read_both_snapshot_sides(Object& root, RowStore& rows) {
    return read_snapshot_side(root, "bids", kBuyEvent, rows) &&
           read_snapshot_side(root, "asks", kSellEvent, rows);
}

Outcome BinanceParser::Reader::parse_spot_event(Object& event, RowStore& rows) {
    simdjson::ondemand::raw_json_string name;
    const auto error = event.find_field_unordered("e").get_raw_json_string().get(name);
    if (error == simdjson::NO_SUCH_FIELD) {
        return options_.book_ticker ? parse_spot_ticker(event, rows) : Outcome::Ignored;
    }
    if (error) return malformed("e", error);
    if (name == "trade") return parse_spot_trade(event, rows);
    if (name == "depthUpdate") return parse_spot_depth(event, rows);
    return Outcome::Ignored;
}

Outcome BinanceParser::Reader::parse_spot_trade(Object& event, RowStore& rows) {
    double px = 0.0;
    double qty = 0.0;
    if (options_.ids && !read_id(event, "t", ids_.last)) return Outcome::Malformed;
    if (!read_number(event, "p", px) || !read_number(event, "q", qty) ||
        !read_exch_ts(event, "T", rows)) {
        return Outcome::Malformed;
    }
    bool buyer_is_maker = false;
    if (const auto error = event.find_field_unordered("m").get(buyer_is_maker)) {
        return malformed("m", error);
    }
    ids_.of = Ids::Of::Trade;
    rows.add(kTrade | (buyer_is_maker ? kSellEvent : kBuyEvent), px, qty);
    return Outcome::Rows;
}

Outcome BinanceParser::Reader::parse_spot_depth(Object& event, RowStore& rows) {
    if (!read_exch_ts(event, "E", rows) || !read_id(event, "U", ids_.first) ||
        !read_id(event, "u", ids_.last)) {
        return Outcome::Malformed;
    }
    ids_.of = Ids::Of::Depth;
    const std::size_t before = rows.run_count();
    return read_sides(event, rows) ? keep_change(before, rows) : Outcome::Malformed;
}

Outcome BinanceParser::Reader::parse_spot_ticker(Object& event, RowStore& rows) {
    RowStore::Level bid;
    RowStore::Level ask;
    if (!read_number(event, "b", bid.px) || !read_number(event, "B", bid.qty) ||
        !read_number(event, "a", ask.px) || !read_number(event, "A", ask.qty)) {
        return Outcome::Malformed;
    }
    if (exch_ts_ == 0) return Outcome::Ignored;  // nothing tells its time
    rows.set_exch_ts(local_ts_ - latency_);
    rows.add(kTickerBidKind, bid.px, bid.qty);
    rows.add(kTickerAskKind, ask.px, ask.qty);
    return Outcome::Rows;
}

Outcome BinanceParser::Reader::parse_spot_snapshot(Object& root, RowStore& rows) {
    if (!read_id(root, "lastUpdateId", ids_.last)) return Outcome::Malformed;
    ids_.of = Ids::Of::Snapshot;
    if (changes_.empty()) {
        field_ = nullptr;
        words_ = "a snapshot before the first book change, which would tell its time";
        return Outcome::Malformed;
    }
    rows.set_exch_ts(changes_.last_exch_ts());
    if (!read_both_snapshot_sides(root, rows)) return Outcome::Malformed;
    repeat_changes(changes_.last_exch_ts(), rows);
    return Outcome::Rows;
}

/// The book is cleared up to the last level of the snapshot, levels beyond it stand.
bool BinanceParser::Reader::read_snapshot_side(Object& root, const char* field, std::uint64_t side,
                                               RowStore& rows) {
    const std::size_t before = rows.row_count();
    RowStore::Level& clear = rows.add(kClear | side, 0.0, 0.0);
    if (!read_levels(root, field, kSnapshot | side, rows)) return false;
    if (rows.row_count() == before + 1) {
        rows.drop_last();
    } else {
        clear.px = rows.level(rows.row_count() - 1).px;
    }
    return true;
}

bool BinanceParser::Reader::read_exch_ts(Object& object, const char* field, RowStore& rows) {
    simdjson::ondemand::value value;
    if (const auto error = object.find_field_unordered(field).get(value))
        return blame(field, error);
    std::int64_t millis = 0;
    if (const auto error = to_integer(value, millis)) return blame(field, error);
    if (millis < 0 || millis > kNever / kMillisecond) {
        return blame(field, simdjson::NUMBER_OUT_OF_RANGE);
    }
    exch_ts_ = millis * kMillisecond;
    latency_ = local_ts_ - exch_ts_;
    rows.set_exch_ts(exch_ts_);
    return true;
}

bool BinanceParser::Reader::read_id(Object& object, const char* field, std::int64_t& id) {
    simdjson::ondemand::value value;
    if (const auto error = object.find_field_unordered(field).get(value))
        return blame(field, error);
    const auto error = to_integer(value, id);
    return error ? blame(field, error) : true;
}

bool BinanceParser::Reader::read_number(Object& object, const char* field, double& number) {
    simdjson::ondemand::value value;
    if (const auto error = object.find_field_unordered(field).get(value))
        return blame(field, error);
    const auto error = to_number(value, number);
    return error ? blame(field, error) : true;
}

bool BinanceParser::Reader::read_levels(Object& object, const char* field, std::uint64_t ev,
                                        RowStore& rows) {
    simdjson::ondemand::array levels;
    if (const auto error = object.find_field_unordered(field).get(levels)) {
        return blame(field, error);
    }
    for (auto item : levels) {
        simdjson::ondemand::array level;
        if (const auto error = item.get_array().get(level)) return blame(field, error);
        double numbers[2] = {};
        std::size_t count = 0;
        for (auto number : level) {
            simdjson::ondemand::value value;
            if (const auto error = number.get(value)) return blame(field, error);
            if (count == 2) return blame(field, simdjson::INDEX_OUT_OF_BOUNDS);
            if (const auto error = to_number(value, numbers[count])) return blame(field, error);
            ++count;
        }
        if (count != 2) return blame(field, simdjson::INDEX_OUT_OF_BOUNDS);
        rows.add(ev, numbers[0], numbers[1]);
    }
    return true;
}

}  // namespace ringside
