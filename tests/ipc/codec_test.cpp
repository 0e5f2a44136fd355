#include "ipc/codec.hpp"

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <control.capnp.h>
#include <gtest/gtest.h>
#include <market_data.capnp.h>
#include <nlohmann/json.hpp>
#include <order.capnp.h>

#include "ipc/describe.hpp"
#include "tests/support/expect_error.hpp"

namespace ringside::ipc {
namespace {

using Bytes = std::vector<std::byte>;

Bytes library_bytes(capnp::MessageBuilder& message) {
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    const auto* first = reinterpret_cast<const std::byte*>(bytes.begin());
    return {first, first + bytes.size()};
}

template <typename T>
Bytes encoded(const T& value, std::size_t size) {
    Bytes bytes(size);
    encode(value, bytes.data());
    return bytes;
}

OrderRequest full_request() {
    return {.seq = 0x8000000000000001,
            .order_id = 0x1122334455667788,
            .req_ts = -5,
            .price_ticks = -77,
            .qty_lots = 12,
            .leaves_lots = 13,
            .asset_no = 0xfffffffe,
            .kind = RequestKind::Modify,
            .side = Side::Sell,
            .time_in_force = TimeInForce::Fok,
            .type = OrderType::Market,
            .status = Status::PartiallyFilled};
}

OrderResponse full_response() {
    return {.seq = 1,
            .req_seq = 2,
            .order_id = 3,
            .req_ts = 4,
            .exch_ts = 5,
            .resp_ts = 6,
            .price_ticks = -7,
            .qty_lots = 8,
            .leaves_lots = 9,
            .exec_price_ticks = -10,
            .exec_lots = 11,
            .fee = -0.25,
            .queue_ahead = 1.5,
            .asset_no = 12,
            .kind = ResponseKind::Fill,
            .side = Side::Buy,
            .time_in_force = TimeInForce::Ioc,
            .type = OrderType::Limit,
            .status = Status::Filled,
            .req = Status::Rejected,
            .maker = true,
            .executed = true,
            .error = 200};
}

void fill(schema::OrderRequest::Builder to) {
    to.setSeq(0x8000000000000001);
    to.setOrderId(0x1122334455667788);
    to.setReqTs(-5);
    to.setPriceTicks(-77);
    to.setQtyLots(12);
    to.setLeavesLots(13);
    to.setAssetNo(0xfffffffe);
    to.setKind(schema::RequestKind::MODIFY);
    to.setSide(schema::Side::SELL);
    to.setTimeInForce(schema::TimeInForce::FOK);
    to.setType(schema::OrderType::MARKET);
    to.setStatus(schema::OrderStatus::PARTIALLY_FILLED);
}

void fill(schema::OrderResponse::Builder to) {
    to.setSeq(1);
    to.setReqSeq(2);
    to.setOrderId(3);
    to.setReqTs(4);
    to.setExchTs(5);
    to.setRespTs(6);
    to.setPriceTicks(-7);
    to.setQtyLots(8);
    to.setLeavesLots(9);
    to.setExecPriceTicks(-10);
    to.setExecLots(11);
    to.setFee(-0.25);
    to.setQueueAhead(1.5);
    to.setAssetNo(12);
    to.setKind(schema::ResponseKind::FILL);
    to.setSide(schema::Side::BUY);
    to.setTimeInForce(schema::TimeInForce::IOC);
    to.setType(schema::OrderType::LIMIT);
    to.setStatus(schema::OrderStatus::FILLED);
    to.setReq(schema::OrderStatus::REJECTED);
    to.setMaker(true);
    to.setExecuted(true);
    to.setError(200);
}

template <typename T>
void expect_same_bytes_both_ways(const T& value, std::size_t size) {
    const Bytes ours = encoded(value, size);
    T back;
    ASSERT_TRUE(decode(ours, back));
    EXPECT_EQ(encoded(back, size), ours);
}

TEST(Codec, WritesARequestAsTheLibraryDoes) {
    capnp::MallocMessageBuilder message;
    fill(message.initRoot<schema::OrderRequest>());
    EXPECT_EQ(encoded(full_request(), kOrderRequestBytes), library_bytes(message));
    expect_same_bytes_both_ways(full_request(), kOrderRequestBytes);
}

TEST(Codec, WritesAResponseAsTheLibraryDoes) {
    capnp::MallocMessageBuilder message;
    fill(message.initRoot<schema::OrderResponse>());
    EXPECT_EQ(encoded(full_response(), kOrderResponseBytes), library_bytes(message));
    expect_same_bytes_both_ways(full_response(), kOrderResponseBytes);
}

TEST(Codec, ReadsBackEveryFieldOfARequest) {
    const OrderRequest in = full_request();
    OrderRequest out;
    ASSERT_TRUE(decode(encoded(in, kOrderRequestBytes), out));
    EXPECT_EQ(out.seq, in.seq);
    EXPECT_EQ(out.order_id, in.order_id);
    EXPECT_EQ(out.req_ts, in.req_ts);
    EXPECT_EQ(out.price_ticks, in.price_ticks);
    EXPECT_EQ(out.qty_lots, in.qty_lots);
    EXPECT_EQ(out.leaves_lots, in.leaves_lots);
    EXPECT_EQ(out.asset_no, in.asset_no);
    EXPECT_EQ(out.kind, in.kind);
    EXPECT_EQ(out.side, in.side);
    EXPECT_EQ(out.time_in_force, in.time_in_force);
    EXPECT_EQ(out.type, in.type);
    EXPECT_EQ(out.status, in.status);
}

TEST(Codec, ReadsBackEveryFieldOfAResponse) {
    const OrderResponse in = full_response();
    OrderResponse out;
    ASSERT_TRUE(decode(encoded(in, kOrderResponseBytes), out));
    EXPECT_EQ(out.seq, in.seq);
    EXPECT_EQ(out.req_seq, in.req_seq);
    EXPECT_EQ(out.order_id, in.order_id);
    EXPECT_EQ(out.req_ts, in.req_ts);
    EXPECT_EQ(out.exch_ts, in.exch_ts);
    EXPECT_EQ(out.resp_ts, in.resp_ts);
    EXPECT_EQ(out.price_ticks, in.price_ticks);
    EXPECT_EQ(out.qty_lots, in.qty_lots);
    EXPECT_EQ(out.leaves_lots, in.leaves_lots);
    EXPECT_EQ(out.exec_price_ticks, in.exec_price_ticks);
    EXPECT_EQ(out.exec_lots, in.exec_lots);
    EXPECT_EQ(out.fee, in.fee);
    EXPECT_EQ(out.queue_ahead, in.queue_ahead);
    EXPECT_EQ(out.asset_no, in.asset_no);
    EXPECT_EQ(out.kind, in.kind);
    EXPECT_EQ(out.side, in.side);
    EXPECT_EQ(out.time_in_force, in.time_in_force);
    EXPECT_EQ(out.type, in.type);
    EXPECT_EQ(out.status, in.status);
    EXPECT_EQ(out.req, in.req);
    EXPECT_EQ(out.maker, in.maker);
    EXPECT_EQ(out.executed, in.executed);
    EXPECT_EQ(out.error, in.error);
}

TEST(Codec, CarriesEveryValueOfEveryEnumeration) {
    OrderRequest r = full_request();
    const auto carried = [&r] {
        OrderRequest out;
        return decode(encoded(r, kOrderRequestBytes), out) && out.kind == r.kind &&
               out.side == r.side && out.time_in_force == r.time_in_force && out.type == r.type &&
               out.status == r.status;
    };
    for (const Side side : {Side::Unset, Side::Buy, Side::Sell}) {
        r.side = side;
        EXPECT_TRUE(carried());
    }
    for (const TimeInForce tif : {TimeInForce::Gtc, TimeInForce::Gtx, TimeInForce::Fok,
                                  TimeInForce::Ioc, TimeInForce::Unsupported}) {
        r.time_in_force = tif;
        EXPECT_TRUE(carried());
    }
    for (const OrderType type : {OrderType::Limit, OrderType::Market, OrderType::Unsupported}) {
        r.type = type;
        EXPECT_TRUE(carried());
    }
    for (const Status status :
         {Status::None, Status::New, Status::Expired, Status::Filled, Status::Canceled,
          Status::PartiallyFilled, Status::Rejected, Status::Replaced, Status::Unsupported}) {
        r.status = status;
        EXPECT_TRUE(carried());
    }
    for (const RequestKind kind :
         {RequestKind::Unset, RequestKind::Submit, RequestKind::Modify, RequestKind::Cancel}) {
        r.kind = kind;
        EXPECT_TRUE(carried());
    }
}

TEST(Codec, RefusesEnumeratorsItDoesNotKnow) {
    // kind, side, timeInForce, type, status follow assetNo, the 12th 32-bit word of the data
    // section.
    for (std::size_t at = 16 + 52; at < 16 + 62; at += 2) {
        Bytes bytes = encoded(full_request(), kOrderRequestBytes);
        bytes[at] = std::byte{9};
        OrderRequest out;
        EXPECT_FALSE(decode(bytes, out)) << at;
    }
}

/// The library's message with its root grown by one data word, as a newer schema would.
Bytes grown(const Bytes& message) {
    const std::size_t data_words = message.size() / 8 - 2;
    Bytes bytes = message;
    bytes.resize(bytes.size() + 8, std::byte{0x5a});
    const std::uint64_t head[] = {std::uint64_t{data_words + 2} << 32,
                                  std::uint64_t{data_words + 1} << 32};
    std::memcpy(bytes.data(), head, sizeof(head));
    return bytes;
}

TEST(Codec, ReadsAMessageFromANewerSchema) {
    OrderRequest request;
    ASSERT_TRUE(decode(grown(encoded(full_request(), kOrderRequestBytes)), request));
    EXPECT_EQ(encoded(request, kOrderRequestBytes), encoded(full_request(), kOrderRequestBytes));
    OrderResponse response;
    ASSERT_TRUE(decode(grown(encoded(full_response(), kOrderResponseBytes)), response));
    EXPECT_EQ(encoded(response, kOrderResponseBytes),
              encoded(full_response(), kOrderResponseBytes));
}

std::vector<Event> some_events(std::size_t count) {
    std::vector<Event> events(count);
    std::mt19937_64 random(7);
    for (Event& event : events) {
        event = {.ev = random(),
                 .exch_ts = static_cast<Nanos>(random()),
                 .local_ts = static_cast<Nanos>(random()),
                 .px = static_cast<double>(random()) / 3,
                 .qty = -0.0,
                 .order_id = random(),
                 .ival = static_cast<std::int64_t>(random()),
                 .fval = std::nan("")};
    }
    return events;
}

struct Batch {
    Nanos complete_until;
    std::vector<Event> events;
    std::vector<Run> runs;
};

Bytes built(const Batch& batch) {
    Bytes payload(MarketDataBuilder::bytes(batch.events.size()), std::byte{0xee});
    MarketDataBuilder builder(payload.data(), batch.events.size());
    std::size_t next = 0;
    for (const Run& run : batch.runs) {
        EXPECT_EQ(builder.append(run.instrument, {&batch.events[next], run.count}), run.count);
        next += run.count;
    }
    payload.resize(builder.finish(batch.complete_until));
    return payload;
}

Bytes built_by_library(const Batch& batch) {
    capnp::MallocMessageBuilder message(4096);  // words of one segment: more than any batch here
    auto root = message.initRoot<schema::MarketData>();
    root.setCompleteUntil(batch.complete_until);
    auto events = root.initEvents(static_cast<unsigned>(batch.events.size()));
    for (unsigned i = 0; i < events.size(); ++i) {
        events[i].setEv(batch.events[i].ev);
        events[i].setExchTs(batch.events[i].exch_ts);
        events[i].setLocalTs(batch.events[i].local_ts);
        events[i].setPx(batch.events[i].px);
        events[i].setQty(batch.events[i].qty);
        events[i].setOrderId(batch.events[i].order_id);
        events[i].setIval(batch.events[i].ival);
        events[i].setFval(batch.events[i].fval);
    }
    auto runs = root.initRuns(static_cast<unsigned>(batch.runs.size()));
    for (unsigned i = 0; i < runs.size(); ++i) {
        runs[i].setInstrument(batch.runs[i].instrument);
        runs[i].setCount(batch.runs[i].count);
    }
    return library_bytes(message);
}

TEST(Codec, WritesMarketDataAsTheLibraryDoes) {
    for (const Batch& batch : {Batch{5, some_events(1), {{3, 1}}}, Batch{kNever, {}, {}},
                               Batch{-1, some_events(300), {{0, 100}, {7, 150}, {0, 50}}}}) {
        EXPECT_EQ(built(batch), built_by_library(batch)) << batch.events.size() << " events";
    }
}

TEST(Codec, ReadsMarketDataInPlace) {
    const Batch batch{99, some_events(5), {{0, 2}, {1, 3}}};
    const Bytes bytes = built(batch);
    MarketDataView view;
    ASSERT_TRUE(decode(bytes, view));
    EXPECT_EQ(view.complete_until, 99);
    ASSERT_EQ(view.events.size(), 5U);
    EXPECT_EQ(reinterpret_cast<const std::byte*>(view.events.data()), bytes.data() + 48);
    EXPECT_EQ(std::memcmp(view.events.data(), batch.events.data(), 5 * sizeof(Event)), 0);
    ASSERT_EQ(view.runs.size(), 2U);
    EXPECT_EQ(view.runs[1].instrument, 1U);
    EXPECT_EQ(view.runs[1].count, 3U);
}

TEST(Codec, JoinsEventsOfOneInstrumentIntoOneRun) {
    Bytes payload(MarketDataBuilder::bytes(4));
    MarketDataBuilder builder(payload.data(), 4);
    const Event event;
    for (const AssetNo instrument : {2U, 2U, 1U, 1U})
        EXPECT_TRUE(builder.append(instrument, event));
    EXPECT_FALSE(builder.append(1, event)) << "full";
    payload.resize(builder.finish(0));
    MarketDataView view;
    ASSERT_TRUE(decode(payload, view));
    EXPECT_EQ(view.runs.size(), 2U);
}

TEST(Codec, TakesNoMoreRunsThanItHasRoomFor) {
    Bytes payload(MarketDataBuilder::bytes(100));
    MarketDataBuilder builder(payload.data(), 100);
    AssetNo instrument = 0;
    while (builder.append(instrument, Event{})) ++instrument;
    EXPECT_EQ(instrument, MarketDataBuilder::kMaxRuns);
    payload.resize(builder.finish(0));
    MarketDataView view;
    EXPECT_TRUE(decode(payload, view));
}

TEST(Codec, FillsAClaimOfAnySize) {
    for (std::size_t events = 0; events < 70; ++events) {
        EXPECT_EQ(MarketDataBuilder::max_events(MarketDataBuilder::bytes(events)), events);
        EXPECT_EQ(MarketDataBuilder::max_events(MarketDataBuilder::bytes(events) + 63), events);
    }
    EXPECT_EQ(MarketDataBuilder::max_events(10), 0U);
}

TEST(Codec, RefusesMarketDataWhoseRunsDoNotAddUp) {
    Batch batch{0, some_events(4), {{0, 4}}};
    Bytes bytes = built(batch);
    bytes[bytes.size() - 4] = std::byte{5};
    MarketDataView view;
    EXPECT_FALSE(decode(bytes, view));
}

TEST(Codec, RefusesEveryCutMessage) {
    const Bytes request = encoded(full_request(), kOrderRequestBytes);
    const Bytes data = built({1, some_events(3), {{0, 3}}});
    OrderRequest out;
    MarketDataView view;
    for (std::size_t size = 0; size < request.size(); ++size) {
        EXPECT_FALSE(decode({request.data(), size}, out)) << size;
    }
    for (std::size_t size = 0; size < data.size(); ++size) {
        EXPECT_FALSE(decode({data.data(), size}, view)) << size;
    }
}

TEST(Codec, SurvivesDamagedBytes) {
    std::mt19937_64 random(20240601);
    const Bytes originals[] = {encoded(full_request(), kOrderRequestBytes),
                               encoded(full_response(), kOrderResponseBytes),
                               built({1, some_events(3), {{0, 1}, {1, 2}}}),
                               encode_notice({NoticeKind::Error, 1, 2, "text"})};
    for (int round = 0; round < 20000; ++round) {
        Bytes bytes = originals[random() % 4];
        // Mostly in the pointers at the front, where it hurts.
        for (std::uint64_t n = random() % 4 + 1; n > 0; --n) {
            bytes[random() % (random() % 2 == 0 ? 48 : bytes.size())] =
                static_cast<std::byte>(random());
        }
        OrderRequest request;
        OrderResponse response;
        MarketDataView view;
        (void)decode(bytes, request);
        (void)decode(bytes, response);
        if (decode(bytes, view)) {
            EXPECT_LE(view.events.size_bytes(), bytes.size());
            EXPECT_LE(view.runs.size_bytes(), bytes.size());
        }
        for (const FrameType type : {FrameType::MarketData, FrameType::OrderRequest,
                                     FrameType::OrderResponse, FrameType::Notice}) {
            if (round % 16 != 0) break;  // refusals throw inside the library, which is slow
            const FrameView frame{type, 0, 0, 0, bytes};
            EXPECT_FALSE(to_text(frame).empty());
            EXPECT_FALSE(to_json(frame).empty());
        }
    }
}

TEST(Codec, CarriesNotices) {
    const Bytes bytes = encode_notice({NoticeKind::Stale, 4, 17, "gap of 3 updates"});
    const Notice notice = decode_notice(bytes);
    EXPECT_EQ(notice.kind, NoticeKind::Stale);
    EXPECT_EQ(notice.asset_no, 4U);
    EXPECT_EQ(notice.ts, 17);
    EXPECT_EQ(notice.text, "gap of 3 updates");
    test::expect_error([] { decode_notice(Bytes(24)); }, ExitCode::Bus, "damaged");
}

TEST(Describe, WritesEveryFieldAsJson) {
    const Bytes bytes = encoded(full_response(), kOrderResponseBytes);
    const auto json = nlohmann::json::parse(to_json({FrameType::OrderResponse, 0, 7, 0, bytes}));
    EXPECT_EQ(json["frame"], "order_response");
    EXPECT_EQ(json["sequence"], 7);
    const auto& message = json["message"];
    EXPECT_EQ(message.size(), 23U);
    EXPECT_EQ(message["priceTicks"], -7);
    EXPECT_EQ(message["kind"], "fill");
    EXPECT_EQ(message["fee"], -0.25);
    EXPECT_EQ(message["maker"], true);
    EXPECT_EQ(message["error"], 200);
}

TEST(Describe, WritesMarketDataAndQuotesText) {
    const Bytes data = built({kNever, some_events(2), {{0, 2}}});
    const auto json = nlohmann::json::parse(to_json({FrameType::MarketData, 0, 0, 0, data}));
    EXPECT_EQ(json["message"]["completeUntil"], kNever);
    EXPECT_EQ(json["message"]["events"].size(), 2U);
    EXPECT_TRUE(json["message"]["events"][0]["fval"].is_null()) << "NaN has no JSON";
    const Bytes notice = encode_notice({NoticeKind::Info, 0, 0, "a \"quoted\"\n\\line"});
    EXPECT_EQ(
        nlohmann::json::parse(to_json({FrameType::Notice, 0, 0, 0, notice}))["message"]["text"],
        "a \"quoted\"\n\\line");
}

TEST(Describe, WritesOneLineOfText) {
    const Bytes bytes = encoded(full_request(), kOrderRequestBytes);
    const std::string text = to_text({FrameType::OrderRequest, 0, 3, 0, bytes});
    EXPECT_EQ(text.find("order_request #3 (seq = 9223372036854775809, orderId = "), 0U) << text;
    EXPECT_NE(text.find("side = sell"), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace ringside::ipc
