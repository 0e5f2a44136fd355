#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "connectord/binance_usdm/exchange_info.hpp"
#include "connectord/binance_usdm/private_parse.hpp"
#include "connectord/binance_usdm/request.hpp"
#include "tests/support/expect_error.hpp"

namespace ringside::connectord::binance_usdm {
namespace {

VenueFacts facts() {
    VenueFacts facts;
    VenueInstrument btc;
    btc.tick = *DecimalStep::parse("0.10");
    btc.lot = *DecimalStep::parse("0.001");
    btc.instrument.symbol = "BTCUSDT";
    btc.settles_in = "USDT";
    btc.instrument.grid = {0.1, 0.001};
    facts.instruments.push_back(btc);
    return facts;
}

class UsdmPrivate : public ::testing::Test {
  protected:
    bool read_event(const std::string& text) {
        return parser_.read_event(
            text, {.order = [this](const OrderUpdate& o) { orders_.push_back(o); },
                   .position = [this](AssetNo, Lots lots) { positions_.push_back(lots); },
                   .key_expired = [this] { ++expired_; },
                   .funding = [this](const Funding& f) { payments_.push_back(f); }});
    }

    const VenueFacts facts_ = facts();
    const ClientOrderIds ids_{"rs"};
    const OrderKey key_{.epoch = 77, .counter = 12, .bot = 3};
    PrivateParser parser_{facts_, ids_};
    std::vector<OrderUpdate> orders_;
    std::vector<Lots> positions_;
    std::vector<Funding> payments_;
    int expired_ = 0;
};

TEST_F(UsdmPrivate, ReadsAnExecutionOfAnOwnOrder) {
    ASSERT_TRUE(read_event(
        R"({"e":"ORDER_TRADE_UPDATE","E":1723161256999,"T":1723161256990,"o":{"s":"BTCUSDT",)"
        R"("c":")" +
        ids_.text(key_) +
        R"(","S":"SELL","o":"LIMIT","f":"GTX","q":"0.010","p":"61800.30","ap":"61800.3",)"
        R"("sp":"0","x":"TRADE","X":"PARTIALLY_FILLED","i":8886774,"l":"0.004","z":"0.006",)"
        R"("L":"61800.30","N":"USDT","n":"0.00494402","T":1723161256990,"t":109100866,"b":"0",)"
        R"("a":"9.1","m":true,"R":false,"ps":"BOTH","rp":"0","st":1}})"));
    ASSERT_EQ(orders_.size(), 1U);
    const OrderUpdate& o = orders_[0];
    EXPECT_EQ(o.key, key_);
    EXPECT_EQ(o.venue_id, 8886774U);
    EXPECT_EQ(o.channel, Channel::Stream);
    EXPECT_EQ(o.status, VenueStatus::Working);
    EXPECT_EQ(o.side, Side::Sell);
    EXPECT_EQ(o.time_in_force, TimeInForce::Gtx);
    EXPECT_EQ(o.price_ticks, 618003);
    EXPECT_EQ(o.qty_lots, 10);
    EXPECT_EQ(o.executed_lots, 6);
    EXPECT_EQ(o.execution.trade_id, 109100866U);
    EXPECT_EQ(o.execution.lots, 4);
    EXPECT_EQ(o.execution.price_ticks, 618003);
    EXPECT_EQ(o.execution.fee, 0.00494402);
    EXPECT_TRUE(o.execution.maker);
    EXPECT_EQ(o.execution.exch_ts, 1723161256990 * kMillisecond);
}

TEST_F(UsdmPrivate, KnowsOrdersOfOthersByTheirClientIds) {
    for (const char* id : {"autoclose-1234", "web_abcdef", "rs", "adl_autoclose", ""}) {
        orders_.clear();
        ASSERT_TRUE(read_event(
            R"({"e":"ORDER_TRADE_UPDATE","E":1,"T":1,"o":{"s":"BTCUSDT","c":")" + std::string(id) +
            R"(","S":"BUY","o":"LIMIT","f":"GTC","q":"1","p":"5","x":"NEW","X":"NEW","i":1,)"
            R"("l":"0","z":"0","L":"0","T":1,"t":0}})"));
        ASSERT_EQ(orders_.size(), 1U) << id;
        EXPECT_FALSE(orders_[0].key) << id;
        EXPECT_EQ(orders_[0].execution.lots, 0);
    }
}

TEST_F(UsdmPrivate, SaysNothingOfStatusesThatItDoesNotKnow) {
    ASSERT_TRUE(read_event(
        R"({"e":"ORDER_TRADE_UPDATE","E":1,"T":1,"o":{"s":"BTCUSDT","c":"x","S":"BUY",)"
        R"("o":"TRAILING","f":"GTD","q":"1","p":"5","x":"NEW","X":"NEW_ADL","i":1,"l":"0",)"
        R"("z":"0","T":1}})"));
    ASSERT_EQ(orders_.size(), 1U);
    EXPECT_EQ(orders_[0].status, VenueStatus::Unset);
    EXPECT_EQ(orders_[0].type, OrderType::Unsupported);
    EXPECT_EQ(orders_[0].time_in_force, TimeInForce::Unsupported);
}

TEST_F(UsdmPrivate, PassesOverEventsAndInstrumentsOfNoInterest) {
    EXPECT_TRUE(read_event(R"({"e":"TRADE_LITE","E":1,"T":1,"s":"BTCUSDT"})"));
    EXPECT_TRUE(read_event(R"({"e":"NEVER_HEARD_OF"})"));
    EXPECT_TRUE(read_event(R"({"e":"ORDER_TRADE_UPDATE","o":{"s":"ETHUSDT"}})"));
    EXPECT_TRUE(read_event(R"({"e":"listenKeyExpired","E":1,"listenKey":"k"})"));
    EXPECT_EQ(expired_, 1);
    EXPECT_TRUE(read_event(
        R"({"e":"ACCOUNT_UPDATE","E":1,"T":1,"a":{"m":"ORDER","B":[],"P":[)"
        R"({"s":"ETHUSDT","pa":"5","ps":"BOTH"},{"s":"BTCUSDT","pa":"-0.250","ps":"BOTH"},)"
        R"({"s":"BTCUSDT","pa":"9","ps":"LONG"}]}})"));
    EXPECT_EQ(positions_, std::vector<Lots>{-250});
    EXPECT_TRUE(orders_.empty());
    for (const char* bad : {"", "{", "[]", "{}", R"({"e":7})", R"({"e":"ORDER_TRADE_UPDATE"})",
                            R"({"e":"ORDER_TRADE_UPDATE","o":{"s":"BTCUSDT","i":"x"}})"}) {
        EXPECT_FALSE(read_event(bad)) << bad;
    }
}

TEST_F(UsdmPrivate, ReadsFundingInTheCurrencyThatInstrumentsSettleIn) {
    // Of cross margin the venue tells the balance only, of isolated margin the position too.
    ASSERT_TRUE(
        read_event(R"({"e":"ACCOUNT_UPDATE","E":5,"T":4,"a":{"m":"FUNDING_FEE","B":[)"
                   R"({"a":"USDT","wb":"122624.12345678","cw":"100.12345678","bc":"-0.25000000"},)"
                   R"({"a":"BNB","wb":"1","cw":"1","bc":"7"}]}})"));
    ASSERT_TRUE(read_event(R"({"e":"ACCOUNT_UPDATE","E":5,"T":6,"a":{"m":"FUNDING_FEE","B":[)"
                           R"({"a":"USDT","wb":"122625.12345678","cw":"100.1","bc":"1"}],)"
                           R"("P":[{"s":"BTCUSDT","pa":"0.250","ps":"BOTH"}]}})"));
    const std::vector<Funding> expected{
        {.exch_ts = 4 * kMillisecond, .amount = -0.25, .wallet = 122624.12345678},
        {.exch_ts = 6 * kMillisecond, .amount = 1.0, .wallet = 122625.12345678}};
    EXPECT_EQ(payments_, expected);
    EXPECT_EQ(positions_, std::vector<Lots>{250});
    // Balances that change for another reason, and what is none.
    for (const char* other :
         {R"({"e":"ACCOUNT_UPDATE","T":4,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"1","bc":"0"}]}})",
          R"({"e":"ACCOUNT_UPDATE","T":4,"a":{"m":"FUNDING_FEE","B":[{"a":"USDT","bc":"nan"}]}})",
          R"({"e":"ACCOUNT_UPDATE","T":4,"a":{"m":"FUNDING_FEE","B":[7,{"a":"USDT"}]}})"}) {
        EXPECT_TRUE(read_event(other)) << other;
    }
    EXPECT_EQ(payments_.size(), 2U);
}

TEST_F(UsdmPrivate, ReadsAnAnswerWithItsOrderAndLimits) {
    WsAnswer answer;
    ASSERT_TRUE(parser_.read_answer(
        R"({"id":"42","status":200,"result":{"orderId":325078477,"symbol":"BTCUSDT",)"
        R"("status":"NEW","clientOrderId":")" +
            ids_.text(key_) +
            R"(","price":"61800.30","origQty":"0.010","executedQty":"0.000","cumQty":"0.000",)"
            R"("timeInForce":"GTX","type":"LIMIT","side":"BUY","updateTime":1723161256500},)"
            R"("rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE",)"
            R"("intervalNum":1,"limit":2400,"count":21},{"rateLimitType":"ORDERS",)"
            R"("interval":"SECOND","intervalNum":10,"limit":300,"count":4}]})",
        answer));
    EXPECT_EQ(answer.id, 42U);
    EXPECT_EQ(answer.status, 200);
    ASSERT_TRUE(answer.has_order);
    EXPECT_EQ(answer.order.key, key_);
    EXPECT_EQ(answer.order.status, VenueStatus::Working);
    EXPECT_EQ(answer.order.exch_ts, 1723161256500 * kMillisecond);
    ASSERT_EQ(answer.used.size(), 2U);
    EXPECT_EQ(answer.used[0].used, 21U);
    EXPECT_EQ(answer.used[1].used, 4U);
}

TEST_F(UsdmPrivate, ReadsARefusal) {
    WsAnswer answer;
    ASSERT_TRUE(parser_.read_answer(
        R"({"id":"43","status":400,"error":{"code":-5022,"msg":"Post Only order will be )"
        R"(rejected."}})",
        answer));
    EXPECT_EQ(answer.code, -5022);
    EXPECT_FALSE(answer.has_order);
    // The next answer knows nothing of it.
    ASSERT_TRUE(parser_.read_answer(R"({"id":"44","status":200,"result":{}})", answer));
    EXPECT_EQ(answer.code, 0);
    EXPECT_EQ(answer.message, "");
    EXPECT_FALSE(parser_.read_answer(R"({"id":"x1","status":200})", answer));
    EXPECT_FALSE(parser_.read_answer(R"({"status":200})", answer));
}

TEST_F(UsdmPrivate, ReadsHowLongTheVenueWantsToBeLeftAlone) {
    WsAnswer answer;
    ASSERT_TRUE(parser_.read_answer(
        R"({"id":"45","status":418,"error":{"code":-1003,"msg":"IP banned","data":)"
        R"({"serverTime":1659142907531,"retryAfter":1659142910031}}})",
        answer));
    EXPECT_EQ(answer.status, 418);
    EXPECT_EQ(answer.retry_after, 2500 * kMillisecond);
    for (const char* const data : {"{}", "7", R"({"retryAfter":1659142910031})",
                                   R"({"serverTime":1659142910031,"retryAfter":1659142907531})",
                                   R"({"serverTime":1,"retryAfter":9223372036854775807})"}) {
        ASSERT_TRUE(parser_.read_answer(
            fmt::format(R"({{"id":"46","status":429,"error":{{"code":-1003,"data":{}}}}})", data),
            answer));
        EXPECT_EQ(answer.retry_after, 0) << data;
    }
}

TEST_F(UsdmPrivate, RefusesAListWithAnEntryThatCannotBeRead) {
    std::vector<OrderUpdate> orders;
    EXPECT_TRUE(parser_.read_orders("[]", orders));
    EXPECT_FALSE(parser_.read_orders(R"([{"symbol":"BTCUSDT","orderId":"text"}])", orders));
    EXPECT_FALSE(parser_.read_orders("{}", orders));
    std::vector<TradeReport> trades;
    ASSERT_TRUE(parser_.read_trades(
        R"([{"symbol":"BTCUSDT","id":7,"orderId":9,"side":"BUY","price":"61800.3","qty":"0.002",)"
        R"("commission":"0.01","commissionAsset":"USDT","time":1723161256500,"maker":true}])",
        0, trades));
    ASSERT_EQ(trades.size(), 1U);
    EXPECT_EQ(trades[0].execution.lots, 2);
    EXPECT_EQ(trades[0].venue_id, 9U);
}

TEST(UsdmVerdict, TakesNoAnswerForNoRefusal) {
    for (const auto& [status, code] : {std::pair{503, 0},
                                       {500, 0},
                                       {400, -1007},
                                       {400, -1006},
                                       {400, -1001},
                                       {408, 0},
                                       {503, -1000}}) {
        EXPECT_EQ(verdict(status, code).outcome, Outcome::Unknown) << status << " " << code;
    }
    EXPECT_EQ(verdict(200, 0).outcome, Outcome::Done);
    EXPECT_EQ(verdict(400, -2011).refusal, Refusal::UnknownOrder);
    EXPECT_EQ(verdict(400, -2013).refusal, Refusal::UnknownOrder);
    EXPECT_EQ(verdict(400, -5022).refusal, Refusal::PostOnly);
    EXPECT_EQ(verdict(400, -1021).refusal, Refusal::Clock);
    EXPECT_EQ(verdict(400, -5028).refusal, Refusal::Clock);  // by the matching engine
    // An id that was used already is our own order: whether it is there must be asked.
    EXPECT_EQ(verdict(400, -4116).outcome, Outcome::Unknown);
    EXPECT_EQ(verdict(400, -2020).refusal, Refusal::Unfillable);
    EXPECT_EQ(verdict(503, -1016).refusal, Refusal::RateLimited);
    // Conditional orders moved elsewhere; modifies of what is no limit order, too often, too small,
    // or on top of one that is under way: the order stays as it was.
    for (const int code : {-4120, -5024, -5025, -5026, -5029, -5043}) {
        EXPECT_EQ(verdict(400, code).outcome, Outcome::Refused) << code;
        EXPECT_EQ(verdict(400, code).refusal, Refusal::Rule) << code;
    }
    EXPECT_EQ(verdict(401, -2015).refusal, Refusal::Auth);
    EXPECT_EQ(verdict(429, -1003).refusal, Refusal::RateLimited);
    EXPECT_EQ(verdict(418, 0).refusal, Refusal::RateLimited);
    EXPECT_EQ(verdict(400, -4014).refusal, Refusal::Rule);
}

TEST(UsdmRequest, SpellsAnOrderInWholeTicksAndLots) {
    const VenueFacts venue = facts();
    const ClientOrderIds ids("rs");
    const OrderKey key{.epoch = 1, .counter = 2, .bot = 0};
    const auto wire = wire_action({.ticket = 5,
                                   .key = key,
                                   .price_ticks = 618003,
                                   .qty_lots = 6,
                                   .kind = ActionKind::Submit,
                                   .side = Side::Sell,
                                   .time_in_force = TimeInForce::Gtx},
                                  venue.instruments[0], ids);
    EXPECT_STREQ(wire.ws_method, "order.place");
    EXPECT_STREQ(wire.http_method, "POST");
    EXPECT_EQ(wire.parameters.query(),
              "symbol=BTCUSDT&side=SELL&type=LIMIT&quantity=0.006&timeInForce=GTX&price=61800.3&"
              "newClientOrderId=" +
                  ids.text(key));
    const auto market = wire_action({.key = key,
                                     .qty_lots = 6,
                                     .kind = ActionKind::Submit,
                                     .side = Side::Buy,
                                     .type = OrderType::Market},
                                    venue.instruments[0], ids);
    EXPECT_EQ(market.parameters.query().find("price"), std::string::npos);
    EXPECT_EQ(market.parameters.query().find("timeInForce"), std::string::npos);
    const auto cancel = wire_action({.key = key, .venue_id = 9, .kind = ActionKind::Cancel},
                                    venue.instruments[0], ids);
    EXPECT_EQ(cancel.parameters.query(), "symbol=BTCUSDT&orderId=9");
}

TEST(UsdmRequest, SignsAsTheVenueDocumentsIt) {
    setenv("RINGSIDE_TEST_KEY", "the-key", 1);
    setenv("RINGSIDE_TEST_SECRET",
           "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j", 1);
    TradingConfig config;
    config.key.environment = "RINGSIDE_TEST_KEY";
    config.secret.environment = "RINGSIDE_TEST_SECRET";
    const Credentials credentials(config);
    EXPECT_EQ(credentials.sign_query("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&"
                                     "price=0.1&recvWindow=5000&timestamp=1499827319559"),
              "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&"
              "recvWindow=5000&timestamp=1499827319559&signature="
              "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71");
    Parameters parameters;
    parameters.add("timestamp", std::int64_t{5}).add("symbol", "BTCUSDT");
    EXPECT_EQ(parameters.sorted_query(), "symbol=BTCUSDT&timestamp=5");
    credentials.sign(parameters);
    const std::string text = ws_request(7, "order.place", parameters);
    EXPECT_NE(text.find(R"("apiKey":"the-key")"), std::string::npos);
    EXPECT_EQ(text.rfind(R"({"id":"7","method":"order.place","params":{"timestamp":5,"symbol":)"
                         R"("BTCUSDT",)",
                         0),
              0U);
    EXPECT_EQ(text.substr(text.size() - 3), "\"}}");
    unsetenv("RINGSIDE_TEST_SECRET");
    EXPECT_THROW(Credentials{config}, Error);
}

TEST(UsdmExchangeInfo, FindsTicksLotsAndLimits) {
    const std::string text =
        R"({"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,)"
        R"("limit":1200},{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,)"
        R"("limit":100}],"symbols":[{"symbol":"BTCUSDT","status":"TRADING","filters":[)"
        R"({"filterType":"PRICE_FILTER","tickSize":"0.10","minPrice":"556.80",)"
        R"("maxPrice":"4529764"},{"filterType":"LOT_SIZE","stepSize":"0.001","minQty":"0.001",)"
        R"("maxQty":"1000"},{"filterType":"MIN_NOTIONAL","notional":"100"}]},)"
        R"({"symbol":"OLDUSDT","status":"SETTLING","filters":[]}]})";
    VenueFacts found;
    std::string why;
    ASSERT_TRUE(
        read_exchange_info(text, std::vector<InstrumentConfig>{{.symbol = "BTCUSDT"}}, found, why))
        << why;
    ASSERT_EQ(found.instruments.size(), 1U);
    const Instrument& btc = found.instruments[0].instrument;
    EXPECT_EQ(btc.grid.tick_size, 0.1);
    EXPECT_EQ(btc.grid.lot_size, 0.001);
    EXPECT_EQ(btc.order_rules.min_value, 100.0);
    EXPECT_EQ(btc.order_rules.max_price, 4529764.0);
    EXPECT_EQ(found.rates.limits[0].most, 1200U);
    EXPECT_EQ(found.rates.limits[1].most, 100U);
    EXPECT_EQ(found.rates.limits[2].most, 1200U);  // not told: the published one
    for (const auto& [symbol, words] :
         {std::pair{"NONEUSDT", "no instrument NONEUSDT"}, {"OLDUSDT", "its status is SETTLING"}}) {
        ASSERT_TRUE(read_exchange_info(text, std::vector<InstrumentConfig>{{.symbol = symbol}},
                                       found, why));
        const std::string& idle = found.instruments[0].not_traded;
        EXPECT_NE(idle.find(words), std::string::npos) << idle;
    }
    EXPECT_FALSE(read_exchange_info("<html>", {}, found, why));
}

}  // namespace
}  // namespace ringside::connectord::binance_usdm
