// simdjson asserts at every token, which takes a third of the time of a conversion; its checks of
// the input do not depend on it. Nothing else in this file uses assert.
#ifndef NDEBUG
#define NDEBUG
#endif

#include "tools/ringside/binance_futures.hpp"

#include <charconv>
#include <system_error>
#include <utility>

#include <simdjson.h>

#include "core/error.hpp"
#include "tools/ringside/gzip_lines.hpp"

namespace ringside {
namespace {

static_assert(GzipLines::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t kTimeDigits = 19;
constexpr std::uint64_t kDepth = static_cast<std::uint64_t>(EventKind::Depth);
constexpr std::uint64_t kTrade = static_cast<std::uint64_t>(EventKind::Trade);
constexpr std::uint64_t kClear = static_cast<std::uint64_t>(EventKind::DepthClear);
constexpr std::uint64_t kSnapshot = static_cast<std::uint64_t>(EventKind::DepthSnapshot);

using Outcome = BinanceFuturesParser::Outcome;

// The venue quotes some numbers and not others, and not always the same ones.

simdjson::error_code to_number(simdjson::ondemand::value value, double& number) {
    const auto error = value.get_double_in_string().get(number);
    return error && !value.get_double().get(number) ? simdjson::SUCCESS : error;
}

simdjson::error_code to_integer(simdjson::ondemand::value value, std::int64_t& number) {
    const auto error = value.get_int64().get(number);
    return error && !value.get_int64_in_string().get(number) ? simdjson::SUCCESS : error;
}

}  // namespace

class BinanceFuturesParser::Reader {
  public:
    explicit Reader(Options options) : options_(options) {}

    Outcome parse_line(std::string_view line, RowStore& rows);
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

BinanceFuturesParser::BinanceFuturesParser(Options options)
    : reader_(std::make_unique<Reader>(options)) {}
BinanceFuturesParser::BinanceFuturesParser(BinanceFuturesParser&&) noexcept = default;
BinanceFuturesParser& BinanceFuturesParser::operator=(BinanceFuturesParser&&) noexcept = default;
BinanceFuturesParser::~BinanceFuturesParser() = default;

Outcome BinanceFuturesParser::parse(std::string_view line, RowStore& rows) {
    const Outcome outcome = reader_->parse_line(line, rows);
    if (outcome == Outcome::Malformed) rows.drop_message();
    return outcome;
}

std::string BinanceFuturesParser::detail() const { return reader_->detail(); }

bool BinanceFuturesParser::Reader::blame(const char* field, simdjson::error_code error) noexcept {
    field_ = field;
    words_ = simdjson::error_message(error);
    return false;
}

Outcome BinanceFuturesParser::Reader::malformed(const char* field,
                                                simdjson::error_code error) noexcept {
    blame(field, error);
    return Outcome::Malformed;
}

Outcome BinanceFuturesParser::Reader::parse_line(std::string_view line, RowStore& rows) {
    venue_words_.clear();
    rows.begin_message(0);
    Nanos local_ts = 0;
    const char* const end = line.data() + kTimeDigits;
    if (line.size() < kTimeDigits + 2 || line[0] == '-' || *end != ' ' ||
        std::from_chars(line.data(), end, local_ts).ptr != end || local_ts == 0) {
        field_ = nullptr;
        words_ = "does not start with a receive time of 19 digits (ns) and a space";
        return Outcome::Malformed;
    }
    rows.begin_message(local_ts);
    line.remove_prefix(kTimeDigits + 1);
    const auto error = json_.iterate(line, line.size() + simdjson::SIMDJSON_PADDING).get(document_);
    return error ? malformed(nullptr, error) : parse_root(rows);
}

/// Walks the whole message, so that a torn line is noticed whatever it is about.
Outcome BinanceFuturesParser::Reader::parse_root(RowStore& rows) {
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
Outcome BinanceFuturesParser::Reader::parse_bare(Object& root, bool is_event, bool is_error,
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

Outcome BinanceFuturesParser::Reader::parse_event(Object& event, RowStore& rows) {
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

Outcome BinanceFuturesParser::Reader::parse_trade(Object& event, RowStore& rows) {
    double px = 0.0;
    double qty = 0.0;
    if (!read_exch_ts(event, "T", rows) || !read_number(event, "p", px) ||
        !read_number(event, "q", qty)) {
        return Outcome::Malformed;
    }
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

Outcome BinanceFuturesParser::Reader::parse_depth(Object& event, RowStore& rows) {
    const bool whole = read_exch_ts(event, "T", rows) &&
                       read_levels(event, "b", kDepth | kBuyEvent, rows) &&
                       read_levels(event, "a", kDepth | kSellEvent, rows);
    return whole ? Outcome::Rows : Outcome::Malformed;
}

Outcome BinanceFuturesParser::Reader::parse_mark_price(Object& event, RowStore& rows) {
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

Outcome BinanceFuturesParser::Reader::parse_ticker(Object& event, RowStore& rows) {
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

Outcome BinanceFuturesParser::Reader::parse_snapshot(Object& root, RowStore& rows) {
    const bool whole = read_exch_ts(root, "T", rows) &&
                       read_snapshot_side(root, "bids", kBuyEvent, rows) &&
                       read_snapshot_side(root, "asks", kSellEvent, rows);
    return whole ? Outcome::Rows : Outcome::Malformed;
}

/// The book is cleared up to the last level of the snapshot, levels beyond it stand.
bool BinanceFuturesParser::Reader::read_snapshot_side(Object& root, const char* field,
                                                      std::uint64_t side, RowStore& rows) {
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

bool BinanceFuturesParser::Reader::read_exch_ts(Object& object, const char* field, RowStore& rows) {
    simdjson::ondemand::value value;
    if (const auto error = object.find_field_unordered(field).get(value))
        return blame(field, error);
    std::int64_t millis = 0;
    if (const auto error = to_integer(value, millis)) return blame(field, error);
    if (millis < 0 || millis > kNever / kMillisecond) {
        return blame(field, simdjson::NUMBER_OUT_OF_RANGE);
    }
    rows.set_exch_ts(millis * kMillisecond);
    return true;
}

bool BinanceFuturesParser::Reader::read_number(Object& object, const char* field, double& number) {
    simdjson::ondemand::value value;
    if (const auto error = object.find_field_unordered(field).get(value))
        return blame(field, error);
    const auto error = to_number(value, number);
    return error ? blame(field, error) : true;
}

bool BinanceFuturesParser::Reader::read_levels(Object& object, const char* field, std::uint64_t ev,
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
