// simdjson asserts at every token, which costs a third of the time of a message; its checks of the
// input do not depend on it. Nothing else in this file uses assert.
#ifndef NDEBUG
#define NDEBUG
#endif

#include "connectord/binance_usdm/parse.hpp"

#include <array>
#include <charconv>
#include <unordered_map>

#include <simdjson.h>

#include "core/net/web_socket.hpp"

namespace ringside::connectord::binance_usdm {

namespace {

namespace json = simdjson::ondemand;

static_assert(net::WebSocket::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::uint64_t kSeen = kExchEvent | kLocalEvent;

constexpr std::uint64_t event_of(EventKind kind, std::uint64_t side) noexcept {
    return static_cast<std::uint64_t>(kind) | side | kSeen;
}

constexpr std::array<double, 16> kPowersOfTen{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
/// Below 2^53 digits and power are exact, and so their quotient is the nearest double.
constexpr int kExactDigits = 15;

/// Longer numbers than a venue's prices are.
bool read_long_decimal(const char*& text, double& number) noexcept {
    const char* end = text;
    while ((*end >= '0' && *end <= '9') || *end == '.') ++end;
    const auto [stopped, error] = std::from_chars(text, end, number, std::chars_format::fixed);
    if (error != std::errc() || stopped != end || *end != '"') return false;
    text = end + 1;
    return true;
}

}  // namespace

bool read_quoted_decimal(const char*& text, double& number) noexcept {
    const char* at = text;
    std::uint64_t units = 0;
    while (*at >= '0' && *at <= '9') units = units * 10 + static_cast<unsigned>(*at++ - '0');
    std::ptrdiff_t digits = at - text;
    std::ptrdiff_t decimals = 0;
    if (*at == '.') {
        const char* const fraction = ++at;
        while (*at >= '0' && *at <= '9') units = units * 10 + static_cast<unsigned>(*at++ - '0');
        decimals = at - fraction;
        digits += decimals;
        if (decimals == 0) return false;
    }
    if (digits == 0 || digits == decimals) return false;
    if (digits > kExactDigits) [[unlikely]]
        return read_long_decimal(text, number);
    if (*at != '"') return false;
    text = at + 1;
    number = static_cast<double>(units) / kPowersOfTen[static_cast<std::size_t>(decimals)];
    return true;
}

struct MarketParser::Reader {
    std::vector<StreamName> streams;
    std::unordered_map<std::string_view, std::size_t> by_name;
    json::parser parser;
    json::document document;
    std::vector<Event> rows;
    std::size_t row_count = 0;
    Event head;  ///< times of the message

    explicit Reader(std::span<const StreamName> names) : streams(names.begin(), names.end()) {
        for (std::size_t i = 0; i < streams.size(); ++i) by_name.emplace(streams[i].name, i);
    }

    MarketMessage parse(std::string_view text, Nanos received_ts) {
        MarketMessage message;
        json::object root;
        json::object event;
        std::string_view name;
        if (open(text, root)) return message;
        if (const auto error = root.find_field_unordered("stream").get_string().get(name)) {
            if (error == simdjson::NO_SUCH_FIELD) message.kind = MarketMessage::Kind::Foreign;
            return message;
        }
        const auto found = by_name.find(name);
        if (found == by_name.end()) {
            message.kind = MarketMessage::Kind::Foreign;
            return message;
        }
        if (root.find_field_unordered("data").get_object().get(event)) return message;
        message.stream = found->second;
        head.local_ts = received_ts;
        row_count = 0;
        message.kind = read_event(streams[found->second].kind, event, message);
        message.rows = {rows.data(), row_count};
        return message;
    }

    bool open(std::string_view text, json::object& root) {
        return parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING)
                       .get(document) != simdjson::SUCCESS ||
               document.get_object().get(root) != simdjson::SUCCESS;
    }

    MarketMessage::Kind read_event(StreamKind kind, json::object& event, MarketMessage& message) {
        switch (kind) {
            case StreamKind::Depth:
                return read_depth(event, message);
            case StreamKind::Trade:
            case StreamKind::AggTrade:
                return read_trade(event, kind, message);
            case StreamKind::BookTicker:
                return read_ticker(event, message);
            case StreamKind::MarkPrice:
                return read_mark_price(event, message);
        }
        return MarketMessage::Kind::Malformed;
    }

    // Fields are asked for in the order in which the venue sends them: that costs one pass.

    MarketMessage::Kind read_depth(json::object& event, MarketMessage& message) {
        const bool good = read_time(event, "T") && read(event, "U", message.ids.first) &&
                          read(event, "u", message.ids.last) &&
                          read(event, "pu", message.ids.previous_last) &&
                          read_levels(event, "b", event_of(EventKind::Depth, kBuyEvent)) &&
                          read_levels(event, "a", event_of(EventKind::Depth, kSellEvent));
        message.id = message.ids.last;
        return good ? MarketMessage::Kind::Change : MarketMessage::Kind::Malformed;
    }

    MarketMessage::Kind read_trade(json::object& event, StreamKind kind, MarketMessage& message) {
        double px = 0.0;
        double qty = 0.0;
        bool buyer_is_maker = false;
        const bool is_single = kind == StreamKind::Trade;
        if (is_single) {
            if (!read_time(event, "T") || !read(event, "t", message.id)) return malformed();
        } else if (!read(event, "a", message.id)) {
            return malformed();
        }
        if (!read(event, "p", px) || !read(event, "q", qty)) return malformed();
        if (!is_single && !read_time(event, "T")) return malformed();
        // Trades with the insurance fund and the like never met the book.
        std::string_view origin;
        const bool has_origin =
            is_single && !event.find_field_unordered("X").get_string().get(origin);
        if (event.find_field_unordered("m").get_bool().get(buyer_is_maker)) return malformed();
        if (has_origin && origin != "MARKET") return MarketMessage::Kind::Passed;
        add(event_of(EventKind::Trade, buyer_is_maker ? kSellEvent : kBuyEvent), px, qty);
        return MarketMessage::Kind::Rows;
    }

    MarketMessage::Kind read_ticker(json::object& event, MarketMessage& message) {
        std::array<double, 4> numbers{};
        if (!read(event, "u", message.id) || !read(event, "b", numbers[0]) ||
            !read(event, "B", numbers[1]) || !read(event, "a", numbers[2]) ||
            !read(event, "A", numbers[3]) || !read_time(event, "T")) {
            return malformed();
        }
        add(event_of(EventKind::TickerBid, 0), numbers[0], numbers[1]);
        add(event_of(EventKind::TickerAsk, 0), numbers[2], numbers[3]);
        return MarketMessage::Kind::Rows;
    }

    MarketMessage::Kind read_mark_price(json::object& event, MarketMessage& message) {
        double mark = 0.0;
        double index = 0.0;
        double funding = 0.0;
        // Its "T" is the next funding, hours ahead.
        if (!read_time(event, "E") || !read(event, "p", mark) || !read(event, "i", index) ||
            !read_signed(event, "r", funding)) {
            return malformed();
        }
        message.id = head.exch_ts;
        add(event_of(EventKind::IndexPrice, 0), index, 0.0);
        add(event_of(EventKind::MarkPrice, 0), mark, 0.0);
        add(event_of(EventKind::FundingRate, 0), funding, 0.0);
        return MarketMessage::Kind::Rows;
    }

    static MarketMessage::Kind malformed() noexcept { return MarketMessage::Kind::Malformed; }

    bool read_snapshot(std::string_view text, Nanos received_ts, BookSnapshot& snapshot) {
        json::object root;
        head.local_ts = received_ts;
        row_count = 0;
        if (open(text, root) || !read(root, "lastUpdateId", snapshot.id) || !read_time(root, "T") ||
            !read_levels(root, "bids", event_of(EventKind::DepthSnapshot, kBuyEvent)) ||
            !read_levels(root, "asks", event_of(EventKind::DepthSnapshot, kSellEvent))) {
            return false;
        }
        snapshot.exch_ts = head.exch_ts;
        snapshot.rows.assign(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(row_count));
        return true;
    }

    bool read_time(json::object& object, std::string_view field) {
        std::int64_t millis = 0;
        if (!read(object, field, millis) || millis < 0 || millis > kNever / kMillisecond) {
            return false;
        }
        head.exch_ts = millis * kMillisecond;
        return true;
    }

    static bool read(json::object& object, std::string_view field, std::int64_t& value) {
        return !object.find_field_unordered(field).get_int64().get(value);
    }

    static bool read(json::object& object, std::string_view field, double& number) {
        json::value value;
        return !object.find_field_unordered(field).get(value) && read_number(value, number);
    }

    static bool read_number(json::value& value, double& number) {
        json::raw_json_string raw;
        if (value.get_raw_json_string().get(raw)) return false;
        const char* text = raw.raw();
        return read_quoted_decimal(text, number);
    }

    /// A rate, which may be below zero; empty where there is none.
    static bool read_signed(json::object& object, std::string_view field, double& number) {
        json::raw_json_string raw;
        if (object.find_field_unordered(field).get_raw_json_string().get(raw)) return false;
        const char* text = raw.raw();
        if (*text == '"') return true;
        const bool negative = *text == '-';
        if (negative) ++text;
        if (!read_quoted_decimal(text, number)) return false;
        if (negative) number = -number;
        return true;
    }

    bool read_levels(json::object& object, std::string_view field, std::uint64_t ev) {
        json::array levels;
        if (object.find_field_unordered(field).get_array().get(levels)) return false;
        for (auto item : levels) {
            json::array level;
            if (item.get_array().get(level)) return false;
            std::array<double, 2> numbers{};
            std::size_t count = 0;
            for (auto number : level) {
                json::value value;
                if (number.get(value) || count == numbers.size()) return false;
                if (!read_number(value, numbers[count])) return false;
                ++count;
            }
            if (count != numbers.size()) return false;
            add(ev, numbers[0], numbers[1]);
        }
        return true;
    }

    void add(std::uint64_t ev, double px, double qty) {
        if (row_count == rows.size()) [[unlikely]]
            rows.resize(rows.empty() ? 64 : rows.size() * 2);
        Event& row = rows[row_count++];
        row = head;
        row.ev = ev;
        row.px = px;
        row.qty = qty;
    }
};

MarketParser::MarketParser(std::span<const StreamName> streams)
    : reader_(std::make_unique<Reader>(streams)) {}
MarketParser::~MarketParser() = default;

MarketMessage MarketParser::parse(std::string_view text, Nanos received_ts) {
    return reader_->parse(text, received_ts);
}

bool MarketParser::parse_snapshot(std::string text, Nanos received_ts, BookSnapshot& snapshot) {
    const std::size_t size = text.size();
    text.resize(size + simdjson::SIMDJSON_PADDING);
    return reader_->read_snapshot({text.data(), size}, received_ts, snapshot);
}

}  // namespace ringside::connectord::binance_usdm
