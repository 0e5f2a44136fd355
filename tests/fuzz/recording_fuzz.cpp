// What reads recorded messages of all venues, and what collectord looks at in them: on any bytes it
// says that they are none, or gives sane rows. Seeds are messages as the venues sent them, cut to
// a few levels.

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "collectord/message.hpp"
#include "core/check.hpp"
#include "core/net/web_socket.hpp"
#include "tests/fuzz/seeded_text.hpp"
#include "tools/ringside/binance_parser.hpp"
#include "tools/ringside/hyperliquid_parser.hpp"
#include "tools/ringside/raw_lines.hpp"

namespace {

using namespace ringside;

constexpr std::string_view kUsdm[] = {
    R"({"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,)"
    R"("T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,)"
    R"("b":[["58710.20","0.014"],["61510.90","0.000"]],"a":[["61800.30","2.510"]]}})",
    R"({"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT",)"
    R"("b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,)"
    R"("E":1723161256313}})",
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,)"
    R"("s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}})",
    R"({"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1723161257000,)"
    R"("s":"BTCUSDT","p":"61800.30000000","P":"61794.94","i":"61821.60","r":"0.00010000",)"
    R"("T":1723190400000}})",
    R"({"lastUpdateId":5123107852948,"E":1723161256501,"T":1723161256493,)"
    R"("bids":[["61800.20","2.909"],["61800.10","0.696"]],"asks":[["61800.30","2.510"]]})",
    R"({"code":-1121,"msg":"Invalid symbol."})",
    R"({"stream":"btcusdt@ringside","data":{"e":"ringside","what":"gap","expected":5,"got":7}})"};
constexpr std::string_view kCoinM[] = {
    R"({"stream":"ethusd_perp@depth@0ms","data":{"e":"depthUpdate","E":1723161257440,)"
    R"("T":1723161257434,"s":"ETHUSD_PERP","ps":"ETHUSD","U":1007198631216,"u":1007198631578,)"
    R"("pu":1007198631180,"b":[["2657.70","0"],["2680.97","4095"]],"a":[["2682.74","250"]]}})",
    R"({"stream":"ethusd_perp@bookTicker","data":{"u":1007198631825,"e":"bookTicker",)"
    R"("s":"ETHUSD_PERP","ps":"ETHUSD","b":"2682.17","B":"159","a":"2682.18","A":"3794",)"
    R"("T":1723161257450,"E":1723161257457}})",
    R"({"lastUpdateId":1007198635066,"E":1723161257838,"T":1723161257827,)"
    R"("symbol":"ETHUSD_PERP","pair":"ETHUSD","bids":[["2682.17","159"]],"asks":[["2682.18",)"
    R"("3794"]]})",
    R"({"stream":"ethusd_perp@trade","data":{"e":"trade","E":1723161258769,"T":1723161258762,)"
    R"("s":"ETHUSD_PERP","t":805376266,"p":"2682.18","q":"1","X":"MARKET","m":false}})"};
constexpr std::string_view kSpot[] = {
    R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,)"
    R"("s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"]],)"
    R"("a":[["61837.64000000","1.54698000"],["61839.85000000","0.00000000"]]}})",
    R"({"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT",)"
    R"("b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}})",
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",)"
    R"("t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,)"
    R"("M":true}})",
    R"({"lastUpdateId":50093239190,"bids":[["61837.63000000","3.78826000"],["61837.62000000",)"
    R"("0.61700000"]],"asks":[["61837.64000000","1.54698000"]]})"};
constexpr std::string_view kHyperliquid[] = {
    R"({"channel":"l2Book","data":{"coin":"BTC","levels":[[{"n":5,"px":"105055.0",)"
    R"("sz":"3.03622"},{"n":1,"px":"105054.0","sz":"0.1428"}],[{"n":2,"px":"105056.0",)"
    R"("sz":"0.16179"}]],"time":1737918843655}})",
    R"({"channel":"trades","data":[{"coin":"BTC","hash":"0xde47","px":"105056.0","side":"B",)"
    R"("sz":"0.00219","tid":121451470284048,"time":1737918794873,"users":["0xe9ed","0x6802"]},)"
    R"({"coin":"BTC","hash":"0x2b25","px":"105056.0","side":"A","sz":"0.1","tid":7,)"
    R"("time":1737918794999,"users":[]}]})",
    R"({"channel":"subscriptionResponse","data":{"method":"subscribe"}})"};

constexpr Nanos kReceived = 1737918843893903000;

void check_rows(const RowStore& rows) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < rows.run_count(); ++i) {
        const RowStore::Run& run = rows.run(i);
        RINGSIDE_CHECK(run.count > 0 && run.first_level == count);
        count += run.count;
        for (std::size_t k = 0; k < run.count; ++k) {
            const auto& level = rows.level(run.first_level + k);
            RINGSIDE_CHECK(std::isfinite(level.px) && std::isfinite(level.qty));
        }
    }
    RINGSIDE_CHECK(count == rows.row_count());
}

void parse(RawParser& parser, std::string_view message, bool stamped, RowStore& rows) {
    std::string line = stamped ? std::to_string(kReceived) + " " : std::string();
    line += message;
    const std::size_t size = line.size();
    line.append(RawLines::kPadding, '#');
    const std::size_t before = rows.row_count();
    const auto outcome = parser.parse(std::string_view(line).substr(0, size), rows);
    if (outcome != RawParser::Outcome::Rows) RINGSIDE_CHECK(rows.row_count() == before);
    if (outcome == RawParser::Outcome::Malformed) RINGSIDE_CHECK(!parser.detail().empty());
}

/// Good messages before and behind it, so that what a parser remembers meets it, too.
void between_good_ones(RawParser& parser, std::span<const std::string_view> seeds,
                       const std::uint8_t* bytes, std::size_t size) {
    RowStore rows;
    for (const std::string_view good : seeds) parse(parser, good, true, rows);
    const bool stamped = bytes[size - 1] % 8 != 0;
    parse(parser, fuzz::seeded_text(seeds, bytes, size), stamped, rows);
    for (const std::string_view good : seeds) parse(parser, good, true, rows);
    check_rows(rows);
}

void read_as_collectord_does(std::span<const std::string_view> seeds, const std::uint8_t* bytes,
                             std::size_t size) {
    static collectord::MessageReader reader;
    std::string text = fuzz::seeded_text(seeds, bytes, size);
    const std::size_t length = text.size();
    text.resize(length + net::WebSocket::kPadding);
    if (reader.begin({text.data(), length})) {
        (void)reader.stream();
        std::int64_t value = 0;
        (void)reader.read("t", value);
        for (const auto rule :
             {collectord::Sequence::PreviousLast, collectord::Sequence::NextFirst}) {
            collectord::DepthIds ids;
            (void)reader.read(rule, ids);
        }
    }
    text.resize(length);
    std::int64_t id = 0;
    (void)collectord::MessageReader::read_snapshot(text, id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 2 || size > 1 << 16) return 0;
    const std::uint8_t venue = bytes[0] % 4;
    ++bytes;
    --size;
    using Seeds = std::span<const std::string_view>;
    const Seeds all[] = {kUsdm, kCoinM, kSpot, kHyperliquid};
    const Seeds seeds = all[venue];
    if (venue == 3) {
        HyperliquidParser parser({.remove_beyond = bytes[size - 1] % 2 == 0});
        between_good_ones(parser, seeds, bytes, size);
        return 0;
    }
    BinanceParser parser({.market = venue == 2 ? BinanceMarket::Spot : BinanceMarket::Futures,
                          .mark_price = true,
                          .book_ticker = true,
                          .funding_time = bytes[size - 1] % 2 == 0,
                          .ids = bytes[size - 1] % 4 < 2});
    between_good_ones(parser, seeds, bytes, size);
    read_as_collectord_does(seeds, bytes, size);
    return 0;
}
