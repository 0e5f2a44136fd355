#include "tools/venue_simulator/account_api.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "tools/venue_simulator/json_text.hpp"
#include "tools/venue_simulator/refusal.hpp"
#include "tools/venue_simulator/words.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::int64_t kTradesAnswered = 500;
constexpr double kMaintenanceRate = 0.004;
constexpr int kLeverageMax = 125;

std::string money(Money amount) { return decimal_text(amount, kMoneyDigits); }

Money maintenance(Money margin, int leverage) {
    return to_money(static_cast<double>(margin) / kMoneyPerUnit * leverage * kMaintenanceRate);
}

}  // namespace

std::string AccountApi::asset_text(AccountNo account) {
    const Money wallet = exchange_.account(account).wallet();
    const Money unrealized = exchange_.unrealized(account);
    const Money position = exchange_.position_margin(account);
    const Money order = exchange_.order_margin(account);
    const std::string available = money(exchange_.available(account));
    return fmt::format(
        R"("walletBalance":"{0}","unrealizedProfit":"{1}","marginBalance":"{2}",)"
        R"("maintMargin":"0.00000000","initialMargin":"{3}","positionInitialMargin":"{4}",)"
        R"("openOrderInitialMargin":"{5}","crossWalletBalance":"{0}","crossUnPnl":"{1}",)"
        R"("availableBalance":"{6}","maxWithdrawAmount":"{6}")",
        money(wallet), money(unrealized), money(wallet + unrealized), money(position + order),
        money(position), money(order), available);
}

std::string AccountApi::position_text(AccountNo account, AssetNo asset) {
    const Market& market = exchange_.market(asset);
    const Instrument& instrument = market.instrument();
    const Filters& filters = exchange_.filters(asset);
    const Account& owner = exchange_.account(account);
    const Position& position = owner.position(asset);
    const double mark = market.mid_price();
    const double value = instrument.amount(mark, instrument.grid.qty(position.lots));
    const Money margin = owner.position_margin(asset, mark);
    const std::string entry =
        filters.fine_price(position.entry_ticks() * instrument.grid.tick_size);
    const std::string unrealized = money(owner.unrealized(asset, mark));
    return fmt::format(
        R"({{"symbol":"{0}","positionSide":"BOTH","positionAmt":"{1}","entryPrice":"{2}",)"
        R"("breakEvenPrice":"{2}","markPrice":"{3}","unRealizedProfit":"{4}",)"
        R"("unrealizedProfit":"{4}","liquidationPrice":"0","isolatedMargin":"0.00000000",)"
        R"("isolated":false,"marginType":"cross","notional":"{5}","marginAsset":"{6}",)"
        R"("isolatedWallet":"0","initialMargin":"{7}","maintMargin":"{8}",)"
        R"("positionInitialMargin":"{7}","openOrderInitialMargin":"0","adl":0,"bidNotional":"0",)"
        R"("askNotional":"0","leverage":"{9}","maxNotionalValue":"100000000",)"
        R"("isAutoAddMargin":"false","updateTime":{10}}})",
        instrument.symbol, filters.qty(position.lots), entry, filters.fine_price(mark), unrealized,
        decimal_text(value, kMoneyDigits), quote_asset(instrument.symbol), money(margin),
        money(maintenance(margin, position.leverage)), position.leverage, position.updated_ms);
}

std::string AccountApi::account(const Call& call, int version) {
    const AccountNo no = call.account;
    const Money wallet = exchange_.account(no).wallet();
    const Money unrealized = exchange_.unrealized(no);
    const Money position = exchange_.position_margin(no);
    const Money order = exchange_.order_margin(no);
    const std::string available = money(exchange_.available(no));
    std::vector<std::string> positions;
    for (AssetNo asset = 0; asset < exchange_.market_count(); ++asset) {
        if (version >= 3 && exchange_.account(no).position(asset).lots == 0) continue;
        positions.push_back(position_text(no, asset));
    }
    return fmt::format(
        R"({{"feeTier":0,"canTrade":true,"canDeposit":true,"canWithdraw":false,"updateTime":0,)"
        R"("multiAssetsMargin":false,"tradeGroupId":-1,"totalInitialMargin":"{0}",)"
        R"("totalMaintMargin":"0.00000000","totalWalletBalance":"{1}",)"
        R"("totalUnrealizedProfit":"{2}","totalMarginBalance":"{3}",)"
        R"("totalPositionInitialMargin":"{4}","totalOpenOrderInitialMargin":"{5}",)"
        R"("totalCrossWalletBalance":"{1}","totalCrossUnPnl":"{2}","availableBalance":"{6}",)"
        R"("maxWithdrawAmount":"{6}","assets":[{{"asset":"USDT",{7},"marginAvailable":true,)"
        R"("updateTime":{8}}}],"positions":{9}}})",
        money(position + order), money(wallet), money(unrealized), money(wallet + unrealized),
        money(position), money(order), available, asset_text(no), call.wall / kMillisecond,
        list_of(positions));
}

std::string AccountApi::balance(const Call& call) {
    const Money wallet = exchange_.account(call.account).wallet();
    const Money unrealized = exchange_.unrealized(call.account);
    const std::string available = money(exchange_.available(call.account));
    return fmt::format(
        R"([{{"accountAlias":"{0}","asset":"USDT","balance":"{1}","crossWalletBalance":"{1}",)"
        R"("crossUnPnl":"{2}","availableBalance":"{3}","maxWithdrawAmount":"{3}",)"
        R"("marginAvailable":true,"updateTime":{4}}}])",
        exchange_.account(call.account).name(), money(wallet), money(unrealized), available,
        call.wall / kMillisecond);
}

std::string AccountApi::positions(const Call& call, int version) {
    const auto symbol = call.parameters.get("symbol");
    const AssetNo wanted = symbol ? exchange_.find_symbol(*symbol) : 0;
    const auto open = exchange_.orders().open(call.account);
    std::vector<std::string> list;
    for (AssetNo asset = 0; asset < exchange_.market_count(); ++asset) {
        if (symbol && asset != wanted) continue;
        const bool is_used = exchange_.account(call.account).position(asset).lots != 0 ||
                             std::any_of(open.begin(), open.end(), [&](const VenueOrder* order) {
                                 return order->asset == asset;
                             });
        if (version < 3 || is_used) list.push_back(position_text(call.account, asset));
    }
    return list_of(list);
}

std::string AccountApi::user_trades(const Call& call) {
    const AssetNo asset = exchange_.find_symbol(call.parameters.require("symbol"));
    const auto from_id = call.parameters.integer("fromId");
    const auto from_ms = call.parameters.integer("startTime").value_or(0);
    const auto until_ms = call.parameters.integer("endTime").value_or(kNever);
    const auto order_id = call.parameters.integer("orderId");
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(
        call.parameters.integer("limit").value_or(kTradesAnswered), 1, 2 * kTradesAnswered));
    const Instrument& instrument = exchange_.market(asset).instrument();
    const Filters& filters = exchange_.filters(asset);
    std::vector<std::string> list;
    for (const VenueFill& fill : exchange_.fills()) {
        const bool is_asked = fill.account == call.account && fill.asset == asset &&
                              fill.time_ms >= from_ms && fill.time_ms <= until_ms &&
                              fill.trade_id >= from_id.value_or(0) &&
                              (!order_id || fill.order_id == static_cast<OrderId>(*order_id));
        if (!is_asked) continue;
        const double value =
            instrument.amount(instrument.grid.price(fill.price), instrument.grid.qty(fill.lots));
        list.push_back(fmt::format(
            R"({{"symbol":"{}","id":{},"orderId":{},"side":"{}","price":"{}","qty":"{}",)"
            R"("realizedPnl":"{}","quoteQty":"{}","commission":"{}","commissionAsset":"{}",)"
            R"("time":{},"positionSide":"BOTH","buyer":{},"maker":{}}})",
            instrument.symbol, fill.trade_id, fill.order_id, word_of(fill.side),
            filters.price(fill.price), filters.qty(fill.lots), money(fill.profit),
            decimal_text(value, kMoneyDigits), money(fill.fee), quote_asset(instrument.symbol),
            fill.time_ms, fill.side == Side::Buy, fill.maker));
    }
    if (list.size() <= limit) return list_of(list);
    const auto most = static_cast<std::ptrdiff_t>(limit);
    return from_id ? list_of({list.begin(), list.begin() + most})
                   : list_of({list.end() - most, list.end()});
}

std::string AccountApi::set_leverage(const Call& call) {
    const std::string symbol = call.parameters.require("symbol");
    const AssetNo asset = exchange_.find_symbol(symbol);
    const std::int64_t leverage = call.parameters.require_integer("leverage");
    if (leverage < 1 || leverage > kLeverageMax) {
        throw Refusal(-4028, fmt::format("Leverage {} is not valid", leverage));
    }
    exchange_.account(call.account).set_leverage(asset, static_cast<int>(leverage));
    return fmt::format(R"({{"leverage":{},"maxNotionalValue":"100000000","symbol":"{}"}})",
                       leverage, symbol);
}

std::string AccountApi::set_margin_type(const Call& call) {
    exchange_.find_symbol(call.parameters.require("symbol"));
    if (call.parameters.require("marginType") == "CROSSED") {
        throw Refusal(-4046, "No need to change margin type.");
    }
    throw Refusal(-4047, "Margin type cannot be changed: the simulator has cross margin only.");
}

std::string AccountApi::set_position_mode(const Call& call) {
    if (!call.parameters.flag("dualSidePosition")) {
        throw Refusal(-4059, "No need to change position side.");
    }
    throw Refusal(-4068, "Position side cannot be changed: the simulator has net positions only.");
}

std::string AccountApi::leverage_brackets(const Call& call) {
    const auto symbol = call.parameters.get("symbol");
    std::vector<std::string> list;
    for (AssetNo asset = 0; asset < exchange_.market_count(); ++asset) {
        const std::string& name = exchange_.market(asset).instrument().symbol;
        if (symbol && *symbol != name) continue;
        list.push_back(
            fmt::format(R"({{"symbol":"{}","notionalCoef":1,"brackets":[{{"bracket":1,)"
                        R"("initialLeverage":{},"notionalCap":100000000,"notionalFloor":0,)"
                        R"("maintMarginRatio":{},"cum":0}}]}})",
                        name, kLeverageMax, kMaintenanceRate));
    }
    return list_of(list);
}

std::string AccountApi::commission_rate(const Call& call) {
    const std::string symbol = call.parameters.require("symbol");
    const engine::FeeModel& fee = exchange_.market(exchange_.find_symbol(symbol)).fee();
    return fmt::format(R"({{"symbol":"{}","makerCommissionRate":"{}","takerCommissionRate":"{}"}})",
                       symbol, decimal_text(fee.maker, 6), decimal_text(fee.taker, 6));
}

std::string AccountApi::account_config(const Call& /*call*/) {
    return R"({"feeTier":0,"canTrade":true,"canDeposit":true,"canWithdraw":false,)"
           R"("dualSidePosition":false,"updateTime":0,"multiAssetsMargin":false,)"
           R"("tradeGroupId":-1})";
}

std::string AccountApi::symbol_config(const Call& call) {
    const auto symbol = call.parameters.get("symbol");
    std::vector<std::string> list;
    for (AssetNo asset = 0; asset < exchange_.market_count(); ++asset) {
        const std::string& name = exchange_.market(asset).instrument().symbol;
        if (symbol && *symbol != name) continue;
        list.push_back(fmt::format(
            R"({{"symbol":"{}","marginType":"CROSSED","isAutoAddMargin":false,"leverage":{},)"
            R"("maxNotionalValue":"100000000"}})",
            name, exchange_.account(call.account).position(asset).leverage));
    }
    return list_of(list);
}

std::string AccountApi::order_limits(const Call& /*call*/) {
    return fmt::format(
        R"([{{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":{}}},)"
        R"({{"rateLimitType":"ORDERS","interval":"MINUTE","intervalNum":1,"limit":{}}}])",
        limits_.limits().orders_per_10s, limits_.limits().orders_per_minute);
}

}  // namespace ringside::venue_simulator
