// What reads a venue's messages, on any bytes: it says that they are none, or tells sane events.

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectord/binance_usdm/exchange_info.hpp"
#include "connectord/binance_usdm/parse.hpp"
#include "connectord/binance_usdm/private_parse.hpp"
#include "core/check.hpp"
#include "core/net/web_socket.hpp"
#include "tests/fuzz/seeded_text.hpp"

namespace {

using namespace ringside;
using namespace ringside::connectord;
using namespace ringside::connectord::binance_usdm;

const std::vector<StreamName>& streams() {
    static const std::vector<StreamName> names{{"d", StreamKind::Depth, 0},
                                               {"t", StreamKind::Trade, 0},
                                               {"a", StreamKind::AggTrade, 0},
                                               {"b", StreamKind::BookTicker, 0},
                                               {"m", StreamKind::MarkPrice, 0}};
    return names;
}

const VenueFacts& facts() {
    static const VenueFacts venue = [] {
        VenueFacts made;
        VenueInstrument one;
        one.tick = *DecimalStep::parse("0.10");
        one.lot = *DecimalStep::parse("0.001");
        one.instrument.symbol = "BTCUSDT";
        one.settles_in = "USDT";
        made.instruments.push_back(one);
        return made;
    }();
    return venue;
}

/// Messages that are good but for what is changed in them.
constexpr std::string_view kSeeds[] = {
    R"({"stream":"d","data":{"e":"depthUpdate","E":9,"T":8,"s":"BTCUSDT","U":1,"u":5,"pu":0,)"
    R"("b":[["61800.20","0.014"],["61500.10","0.000"]],"a":[["61800.30","2.510"]]}})",
    R"({"stream":"t","data":{"e":"trade","E":9,"T":8,"s":"BTCUSDT","t":5,"p":"61800.30",)"
    R"("q":"0.006","X":"MARKET","m":false}})",
    R"({"stream":"a","data":{"e":"aggTrade","E":9,"a":7,"s":"BTCUSDT","p":"1.5","q":"2","f":1,)"
    R"("l":3,"T":8,"m":true,"st":1}})",
    R"({"stream":"b","data":{"e":"bookTicker","u":5,"s":"BTCUSDT","b":"1.1","B":"2","a":"1.2",)"
    R"("A":"3","T":8,"E":9}})",
    R"({"stream":"m","data":{"e":"markPriceUpdate","E":9,"s":"BTCUSDT","p":"1.5","P":"1.4",)"
    R"("i":"1.6","r":"-0.0001","T":99}})",
    R"({"lastUpdateId":5,"E":9,"T":8,"bids":[["1.1","2"]],"asks":[["1.2","3"]]})",
    R"({"e":"ORDER_TRADE_UPDATE","E":9,"T":8,"o":{"s":"BTCUSDT","c":"rs00Aa0100042","S":"SELL",)"
    R"("o":"LIMIT","f":"GTX","q":"0.010","p":"1.5","x":"TRADE","X":"FILLED","i":7,"l":"0.010",)"
    R"("z":"0.010","L":"1.5","N":"USDT","n":"0.01","T":8,"t":3,"m":true}})",
    R"({"e":"ACCOUNT_UPDATE","E":9,"T":8,"a":{"m":"ORDER","B":[],"P":[{"s":"BTCUSDT",)"
    R"("pa":"-0.010","ps":"BOTH"}]}})",
    R"({"e":"ACCOUNT_UPDATE","E":9,"T":8,"a":{"m":"FUNDING_FEE","B":[{"a":"USDT",)"
    R"("wb":"122624.12345678","cw":"100.12345678","bc":"-0.25000000"}]}})",
    R"({"e":"listenKeyExpired","E":9,"listenKey":"k"})",
    R"({"id":"43","status":400,"error":{"code":-5022,"msg":"Post Only order will be )"
    R"(rejected."},"rateLimits":[]})",
    R"([{"orderId":7,"symbol":"BTCUSDT","status":"PARTIALLY_FILLED","clientOrderId":"x",)"
    R"("price":"1.5","origQty":"0.01","executedQty":"0.001","timeInForce":"GTC","type":"LIMIT",)"
    R"("side":"BUY","time":7,"updateTime":8}])",
    R"([{"symbol":"BTCUSDT","id":698759,"orderId":25851813,"side":"SELL","price":"7819.01",)"
    R"("qty":"0.002","realizedPnl":"-0.9","quoteQty":"15.6","commission":"-0.0078",)"
    R"("commissionAsset":"USDT","time":1569514978020,"buyer":false,"maker":true}])",
    R"([{"symbol":"BTCUSDT","positionAmt":"-0.010","entryPrice":"1.5","positionSide":"BOTH"}])",
    R"({"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."})",
    R"({"rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,)"
    R"("limit":300}],"symbols":[{"symbol":"BTCUSDT","status":"TRADING","marginAsset":"USDT",)"
    R"("filters":[{"filterType":"PRICE_FILTER","minPrice":"556.80","maxPrice":"4529764",)"
    R"("tickSize":"0.10"},{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"1000",)"
    R"("stepSize":"0.001"},{"filterType":"MIN_NOTIONAL","notional":"100"}]}]})",
    R"({"id":"42","status":200,"result":{"orderId":7,"symbol":"BTCUSDT","status":"NEW",)"
    R"("clientOrderId":"x","price":"1.5","origQty":"0.01","executedQty":"0","timeInForce":"GTC",)"
    R"("type":"LIMIT","side":"BUY","updateTime":8},"rateLimits":[{"rateLimitType":"ORDERS",)"
    R"("interval":"SECOND","intervalNum":10,"limit":300,"count":4}]})",
};

void check_rows(std::span<const Event> rows) {
    for (const Event& row : rows) {
        RINGSIDE_CHECK(std::isfinite(row.px) && std::isfinite(row.qty));
        RINGSIDE_CHECK(row.qty >= 0.0 && row.exch_ts >= 0 && row.local_ts == 77);
    }
}

void read_private(const std::string& text) {
    static const ClientOrderIds ids("rs");
    PrivateParser parser(facts(), ids);
    parser.read_event(text, {.order = [](const OrderUpdate& o) { RINGSIDE_CHECK(o.asset_no == 0); },
                             .position = [](AssetNo a, Lots) { RINGSIDE_CHECK(a == 0); },
                             .key_expired = [] {},
                             .funding =
                                 [](const Funding& f) {
                                     RINGSIDE_CHECK(std::isfinite(f.amount) && f.exch_ts >= 0);
                                 }});
    WsAnswer answer;
    std::vector<OrderUpdate> orders;
    std::vector<TradeReport> trades;
    std::vector<PrivateParser::Position> positions;
    std::int64_t code = 0;
    std::string words;
    (void)parser.read_answer(text, answer);
    (void)parser.read_orders(text, orders);
    (void)parser.read_trades(text, 0, trades);
    (void)parser.read_positions(text, positions);
    (void)parser.read_error(text, code, words);
    VenueFacts found;
    (void)read_exchange_info(text, std::vector<InstrumentConfig>{{.symbol = "BTCUSDT"}}, found,
                             words);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0 || size > 1 << 16) return 0;
    std::string text = fuzz::seeded_text(kSeeds, bytes, size);
    const std::size_t length = text.size();
    static MarketParser parser(streams());
    text.resize(length + net::WebSocket::kPadding);
    const MarketMessage message = parser.parse({text.data(), length}, 77);
    if (message.kind == MarketMessage::Kind::Rows || message.kind == MarketMessage::Kind::Change) {
        RINGSIDE_CHECK(message.stream < streams().size());
        check_rows(message.rows);
    }
    text.resize(length);
    BookSnapshot snapshot;
    if (parser.parse_snapshot(text, 77, snapshot)) check_rows(snapshot.rows);
    read_private(text);
    return 0;
}
