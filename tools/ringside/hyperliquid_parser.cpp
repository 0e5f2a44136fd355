#include "tools/ringside/hyperliquid_parser.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "core/event.hpp"

namespace ringside {
namespace {

using Outcome = RawParser::Outcome;
using Level = RowStore::Level;
using Levels = std::vector<Level>;
using simdjson::ondemand::object;

constexpr std::uint64_t kDepthKind = static_cast<std::uint64_t>(EventKind::Depth);
constexpr std::uint64_t kTradeKind = static_cast<std::uint64_t>(EventKind::Trade);
constexpr std::array<std::uint64_t, 2> kSides{kBuyEvent, kSellEvent};

// The venue writes a price always in the same way, so equal ones are equal numbers.

const Level* find(const Levels& levels, double px) {
    const auto at = std::find_if(levels.begin(), levels.end(),
                                 [px](const Level& level) { return level.px == px; });
    return at == levels.end() ? nullptr : &*at;
}

/// Whether a price lies between the best and the worst of the levels.
bool is_among(const Levels& levels, double px) {
    const auto [least, most] = std::minmax_element(
        levels.begin(), levels.end(), [](const Level& a, const Level& b) { return a.px < b.px; });
    return least != levels.end() && px >= least->px && px <= most->px;
}

}  // namespace

class HyperliquidParser::Reader {
  public:
    explicit Reader(Options options) : options_(options) {}

    Outcome parse(std::string_view line, RowStore& rows) {
        rows.begin_message(0);
        Nanos local_ts = 0;
        if (!take_time(line, local_ts)) {
            words_ = kNoTime;
            return Outcome::Malformed;
        }
        rows.begin_message(local_ts);
        Outcome outcome = Outcome::Ignored;
        try {
            outcome = parse_message(line, rows);
        } catch (const simdjson::simdjson_error& error) {
            words_ = simdjson::error_message(error.error());
            outcome = Outcome::Malformed;
        }
        if (outcome == Outcome::Malformed) rows.drop_message();
        return outcome;
    }
    const std::string& words() const noexcept { return words_; }

  private:
    Outcome parse_message(std::string_view line, RowStore& rows) {
        // A torn line would only be noticed at a field that is missing.
        if (!line.ends_with('}'))
            throw simdjson::simdjson_error(simdjson::INCOMPLETE_ARRAY_OR_OBJECT);
        auto document = json_.iterate(line, line.size() + simdjson::SIMDJSON_PADDING);
        object message = document.get_object();
        const std::string_view channel = message.find_field_unordered("channel").get_string();
        if (channel == "trades") {
            for (object trade : message.find_field_unordered("data").get_array()) {
                add_trade(trade, rows);
            }
            return Outcome::Rows;
        }
        if (channel != "l2Book") return Outcome::Ignored;
        object book = message.find_field_unordered("data").get_object();
        return add_book(book, rows);
    }

    static double number(object& from, std::string_view field) {
        return from.find_field_unordered(field).get_double_in_string();
    }
    static Nanos time(object& from) {
        const std::int64_t millis = from.find_field_unordered("time").get_int64();
        if (millis < 0 || millis > kNever / kMillisecond) {
            throw simdjson::simdjson_error(simdjson::NUMBER_OUT_OF_RANGE);
        }
        return millis * kMillisecond;
    }

    static void add_trade(object& trade, RowStore& rows) {
        rows.set_exch_ts(time(trade));
        const double px = number(trade, "px");
        const double qty = number(trade, "sz");
        const std::string_view side = trade.find_field_unordered("side").get_string();
        rows.add(kTradeKind | (side == "A" ? kSellEvent : kBuyEvent), px, qty);
    }

    Outcome add_book(object& book, RowStore& rows) {
        rows.set_exch_ts(time(book));
        std::array<Levels, 2> now;
        std::size_t sides = 0;
        for (auto side : book.find_field_unordered("levels").get_array()) {
            if (sides == now.size()) throw simdjson::simdjson_error(simdjson::INDEX_OUT_OF_BOUNDS);
            for (object level : side.get_array()) {
                const double px = number(level, "px");
                now[sides].push_back({px, number(level, "sz")});
            }
            ++sides;
        }
        if (sides != now.size()) throw simdjson::simdjson_error(simdjson::INDEX_OUT_OF_BOUNDS);
        for (std::size_t s = 0; s < now.size(); ++s) add_changed(kSides[s], last_[s], now[s], rows);
        for (std::size_t s = 0; s < now.size(); ++s) add_gone(kSides[s], last_[s], now[s], rows);
        last_ = std::move(now);
        return Outcome::Rows;
    }

    static void add_changed(std::uint64_t side, const Levels& last, const Levels& now,
                            RowStore& rows) {
        for (const Level& level : now) {
            const Level* const before = find(last, level.px);
            if (before != nullptr && before->qty == level.qty) continue;
            rows.add(kDepthKind | side, level.px, level.qty);
        }
    }
    void add_gone(std::uint64_t side, const Levels& last, const Levels& now, RowStore& rows) const {
        for (const Level& level : last) {
            if (find(now, level.px) != nullptr) continue;
            if (options_.remove_beyond || is_among(now, level.px)) {
                rows.add(kDepthKind | side, level.px, 0.0);
            }
        }
    }

    Options options_;
    simdjson::ondemand::parser json_;
    std::array<Levels, 2> last_;
    std::string words_;
};

HyperliquidParser::HyperliquidParser(Options options)
    : reader_(std::make_unique<Reader>(options)) {}
HyperliquidParser::~HyperliquidParser() = default;

Outcome HyperliquidParser::parse(std::string_view line, RowStore& rows) {
    return reader_->parse(line, rows);
}

std::string HyperliquidParser::detail() const { return reader_->words(); }

}  // namespace ringside
