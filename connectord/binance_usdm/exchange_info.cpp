#include "connectord/binance_usdm/exchange_info.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "connectord/binance_usdm/venue.hpp"

namespace ringside::connectord::binance_usdm {

namespace {

using Json = nlohmann::json;

/// The filter of this type; null if there is none.
const Json* find_filter(const Json& symbol, std::string_view type) {
    for (const Json& filter : symbol.at("filters")) {
        if (filter.at("filterType").get<std::string_view>() == type) return &filter;
    }
    return nullptr;
}

double number(const Json& object, const char* field) {
    const auto it = object.find(field);
    if (it == object.end()) return 0.0;
    if (it->is_number()) return it->get<double>();
    const auto decimal = Decimal::parse(it->get<std::string_view>());
    return decimal ? decimal->value() : 0.0;
}

DecimalStep step(const Json& filter, const char* field) {
    const auto text = filter.at(field).get<std::string>();
    const auto read = DecimalStep::parse(text);
    if (!read) throw std::runtime_error(fmt::format("{} is \"{}\"", field, text));
    return *read;
}

VenueInstrument read_symbol(const Json& symbol) {
    VenueInstrument read;
    const Json* const price = find_filter(symbol, "PRICE_FILTER");
    const Json* const lot = find_filter(symbol, "LOT_SIZE");
    if (price == nullptr || lot == nullptr) {
        throw std::runtime_error("it has no PRICE_FILTER or no LOT_SIZE");
    }
    read.tick = step(*price, "tickSize");
    read.lot = step(*lot, "stepSize");
    Instrument& instrument = read.instrument;
    instrument.symbol = symbol.at("symbol").get<std::string>();
    read.settles_in = symbol.value("marginAsset", std::string());
    instrument.grid = {read.tick.value(), read.lot.value()};
    instrument.kind = ContractKind::Linear;
    instrument.order_rules = {.min_qty = number(*lot, "minQty"),
                              .max_qty = number(*lot, "maxQty"),
                              .min_price = number(*price, "minPrice"),
                              .max_price = number(*price, "maxPrice")};
    if (const Json* const value = find_filter(symbol, "MIN_NOTIONAL")) {
        instrument.order_rules.min_value = number(*value, "notional");
    }
    return read;
}

/// What the account may use, where the venue says so; these are its published limits otherwise.
VenueRates read_rates(const Json& root) {
    VenueRates rates;
    rates.limits = {{2400, 60 * kSecond}, {300, 10 * kSecond}, {1200, 60 * kSecond}};
    rates.names = {"weight 1m", "orders 10s", "orders 1m"};
    for (const Json& limit : root.value("rateLimits", Json::array())) {
        const auto type = limit.value("rateLimitType", std::string());
        const auto interval = limit.value("interval", std::string());
        const int count = limit.value("intervalNum", 0);
        const auto most = limit.value("limit", 0U);
        if (most == 0) continue;
        if (type == "REQUEST_WEIGHT" && interval == "MINUTE" && count == 1) {
            rates.limits[kWeightPerMinute].most = most;
        } else if (type == "ORDERS" && interval == "SECOND" && count == 10) {
            rates.limits[kOrdersPer10s].most = most;
        } else if (type == "ORDERS" && interval == "MINUTE" && count == 1) {
            rates.limits[kOrdersPerMinute].most = most;
        }
    }
    const auto cost = [&](ActionKind kind) -> RateCost& {
        return rates.costs[static_cast<std::size_t>(kind)];
    };
    cost(ActionKind::Submit) = {0, 1, 1};
    cost(ActionKind::Modify) = {1, 1, 1};
    cost(ActionKind::Cancel) = {1, 0, 0};
    cost(ActionKind::QueryOrder) = {1, 0, 0};
    cost(ActionKind::QueryTrades) = {5, 0, 0};
    cost(ActionKind::CancelAll) = {1, 0, 0};
    rates.reconciliation = {45, 0, 0};  // open orders of all symbols 40, positions 5
    return rates;
}

}  // namespace

bool read_exchange_info(std::string_view text, std::span<const InstrumentConfig> wanted,
                        VenueFacts& facts, std::string& why_not) {
    try {
        const Json root = Json::parse(text);
        facts.instruments.clear();
        for (const InstrumentConfig& one : wanted) {
            const Json* found = nullptr;
            for (const Json& symbol : root.at("symbols")) {
                if (symbol.at("symbol").get<std::string_view>() == one.symbol) found = &symbol;
            }
            VenueInstrument idle;
            idle.instrument.symbol = one.symbol;
            if (found == nullptr) {
                idle.not_traded = fmt::format("the venue has no instrument {}", one.symbol);
                facts.instruments.push_back(idle);
                continue;
            }
            const auto status = found->value("status", std::string("TRADING"));
            if (status != "TRADING") {
                idle.not_traded =
                    fmt::format("{} is not traded now: its status is {}", one.symbol, status);
                facts.instruments.push_back(idle);
                continue;
            }
            facts.instruments.push_back(read_symbol(*found));
        }
        facts.rates = read_rates(root);
        return true;
    } catch (const std::exception& error) {
        why_not = fmt::format("the venue's description of its instruments cannot be read: {}",
                              error.what());
        return false;
    }
}

}  // namespace ringside::connectord::binance_usdm
