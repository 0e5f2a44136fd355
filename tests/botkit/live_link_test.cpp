#include "botkit/live_link.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "botkit/bus_link.hpp"
#include "botkit/context.hpp"
#include "core/steady_clock.hpp"
#include "ipc/bus_service.hpp"
#include "tests/support/unique_bus.hpp"

namespace ringside::botkit {
namespace {

constexpr std::uint64_t kSeen = kLocalEvent | kExchEvent;

/// A service on the wall clock and one bot, both on this thread.
class Live : public ::testing::Test {
  protected:
    Live() {
        info_.venue = "test";
        info_.clock = ClockMode::RealTime;
        info_.instruments = {{.symbol = "A", .grid = {0.1, 0.001}},
                             {.symbol = "B", .grid = {0.1, 0.001}}};
        ipc::BusOptions options;
        options.md_ring_bytes = 65536;
        options.gated = false;
        service_ = std::make_unique<ipc::BusService>("live", options, info_);
        std::thread attach(
            [this] { bot_ = std::make_unique<Context>(connect_bus("live", "bot")); });
        while (service_->sessions().empty()) service_->poll_sessions();
        attach.join();
    }

    void publish(AssetNo a, const std::vector<Event>& rows, std::uint8_t flags = 0) {
        std::byte* payload = service_->md().try_claim(ipc::MarketDataBuilder::bytes(rows.size()));
        ipc::MarketDataBuilder batch(payload, rows.size());
        batch.append(a, rows);
        service_->md().publish(ipc::FrameType::MarketData, batch.finish(steady_now()), flags);
    }
    static Event row(EventKind kind, std::uint64_t side, double px, double qty) {
        return {.ev = static_cast<std::uint64_t>(kind) | side | kSeen,
                .exch_ts = 5,
                .local_ts = 6,
                .px = px,
                .qty = qty};
    }
    static Event bid(double px, double qty) { return row(EventKind::Depth, kBuyEvent, px, qty); }
    void publish_book(AssetNo a, double px, double qty) {
        publish(a,
                {row(EventKind::DepthClear, 0, 0, 0),
                 row(EventKind::DepthSnapshot, kBuyEvent, px, qty)},
                ipc::kSnapshotFlag);
        notice(ipc::NoticeKind::Fresh, a);
    }
    void notice(ipc::NoticeKind kind, AssetNo a) {
        service_->publish(ipc::Notice{.kind = kind, .asset_no = a, .ts = 7, .text = {}});
    }
    /// All that is in the rings now was received before the end of it.
    Code hear() { return bot_->elapse(kMillisecond); }

    test::UniqueBusRoot root_;
    VenueInfo info_;
    std::unique_ptr<ipc::BusService> service_;
    std::unique_ptr<Context> bot_;
};

TEST_F(Live, TrustsNoBookBeforeItIsWhole) {
    publish(0, {bid(10.0, 1.0)});
    hear();
    EXPECT_FALSE(bot_->is_fresh(0));
    EXPECT_EQ(bot_->depth(0).best_bid(), kNoBid);
    publish(
        0,
        {row(EventKind::DepthClear, 0, 0, 0), row(EventKind::DepthSnapshot, kBuyEvent, 10.0, 2.0)},
        ipc::kSnapshotFlag);
    hear();
    EXPECT_EQ(bot_->depth(0).best_bid(), kNoBid);  // more of it may follow
    notice(ipc::NoticeKind::Fresh, 0);
    hear();
    EXPECT_TRUE(bot_->is_fresh(0));
    EXPECT_FALSE(bot_->is_fresh(1));
    EXPECT_EQ(bot_->depth(0).bid_qty(100), 2.0);
    publish(0, {bid(10.0, 3.0)});
    hear();
    EXPECT_EQ(bot_->depth(0).bid_qty(100), 3.0);
}

TEST_F(Live, PassesOverASnapshotOfABookThatItHas) {
    publish_book(0, 10.0, 2.0);
    publish(0, {bid(10.0, 3.0)});
    publish_book(0, 10.0, 99.0);  // for a bot that came late
    hear();
    EXPECT_EQ(bot_->depth(0).bid_qty(100), 3.0);
}

TEST_F(Live, EmptiesTheBookWhenItBreaks) {
    publish_book(0, 10.0, 2.0);
    publish_book(1, 20.0, 2.0);
    notice(ipc::NoticeKind::Stale, 0);
    publish(0, {bid(11.0, 3.0)});
    hear();
    EXPECT_FALSE(bot_->is_fresh(0));
    EXPECT_EQ(bot_->depth(0).best_bid(), kNoBid);
    EXPECT_TRUE(bot_->is_fresh(1));
    publish_book(0, 12.0, 4.0);
    hear();
    EXPECT_EQ(bot_->depth(0).bid_qty(120), 4.0);
    EXPECT_EQ(bot_->depth(0).bid_qty(100), 0.0);
    notice(ipc::NoticeKind::VenueDown, ipc::kWholeVenue);
    hear();
    EXPECT_FALSE(bot_->is_fresh(0));
    EXPECT_FALSE(bot_->is_fresh(1));
}

TEST_F(Live, HearsTradesOfAnInstrumentWhoseBookIsStale) {
    bot_->keep_last_trades(0, 10);
    publish(0, {row(EventKind::Trade, kSellEvent, 10.0, 1.0)});
    hear();
    EXPECT_EQ(bot_->last_trades(0).size(), 1U);
}

TEST_F(Live, DropsItsBooksWhenItIsOverrunAndAsksForThem) {
    publish_book(0, 10.0, 2.0);
    hear();
    ASSERT_TRUE(bot_->is_fresh(0));
    for (int i = 0; i < 2000; ++i) publish(0, {bid(9.0, 1.0 + i)});
    hear();
    EXPECT_FALSE(bot_->is_fresh(0));
    EXPECT_EQ(bot_->depth(0).best_bid(), kNoBid);
    ipc::FrameView frame;
    ASSERT_TRUE(service_->sessions()[0]->requests().poll(frame));
    ASSERT_EQ(frame.type, ipc::FrameType::Notice);
    EXPECT_EQ(ipc::decode_notice(frame.payload).kind, ipc::NoticeKind::Stale);
    publish_book(0, 11.0, 5.0);
    hear();
    EXPECT_TRUE(bot_->is_fresh(0));
    EXPECT_EQ(bot_->depth(0).bid_qty(110), 5.0);
    EXPECT_EQ(bot_->depth(0).bid_qty(90), 0.0);
}

TEST_F(Live, WakesForAMessageAndForAnAnswer) {
    publish(0, {row(EventKind::Trade, kSellEvent, 10.0, 1.0)});
    EXPECT_EQ(bot_->wait_next_feed(true, kSecond), Code::MarketFeed);
    const Nanos before = steady_now();
    ASSERT_EQ(bot_->submit_buy_order(0, 7, 9.9, 0.5, TimeInForce::Gtx, OrderType::Limit, false),
              Code::Ok);
    ipc::FrameView frame;
    ASSERT_TRUE(service_->sessions()[0]->requests().poll(frame));
    OrderRequest request;
    ASSERT_TRUE(ipc::decode(frame.payload, request));
    EXPECT_GE(request.req_ts, before);
    EXPECT_EQ(request.price_ticks, 99);
    EXPECT_EQ(request.qty_lots, 500);
    service_->sessions()[0]->send(OrderResponse{.seq = 1,
                                                .req_seq = request.seq,
                                                .order_id = 7,
                                                .req_ts = request.req_ts,
                                                .exch_ts = 8,
                                                .resp_ts = steady_now(),
                                                .price_ticks = 99,
                                                .qty_lots = 500,
                                                .leaves_lots = 500,
                                                .kind = ResponseKind::Ack,
                                                .side = Side::Buy,
                                                .status = Status::New});
    EXPECT_EQ(bot_->wait_order_response(0, 7, kSecond), Code::Ok);
    EXPECT_TRUE(bot_->orders(0).find(7)->cancellable());
    EXPECT_EQ(bot_->wait_next_feed(true, kMillisecond), Code::Ok);
}

TEST_F(Live, EndsAtItsTimeOrWhenItIsStopped) {
    std::atomic<bool> stop{false};
    bot_->stop_after(&stop, 10 * kMillisecond);
    EXPECT_EQ(bot_->elapse(60 * kSecond), Code::EndOfData);
    bot_->stop_after(&stop, kNever);
    EXPECT_EQ(bot_->elapse(kMillisecond), Code::Ok);
    stop = true;
    EXPECT_EQ(bot_->elapse(60 * kSecond), Code::EndOfData);
}

TEST_F(Live, CountsErrorsAndStopsForThemWhereAsked) {
    publish_book(0, 10.0, 2.0);
    hear();
    EXPECT_EQ(bot_->errors(), 0U);
    notice(ipc::NoticeKind::Stale, 0);
    notice(ipc::NoticeKind::Stale, 1);  // it had no book yet
    notice(ipc::NoticeKind::Info, 0);
    EXPECT_EQ(hear(), Code::Ok);
    EXPECT_EQ(bot_->errors(), 1U);
    std::vector<LiveErrorKind> heard;
    bot_->on_error(OnError::Stop, [&](Context&, const LiveError& error) {
        heard.push_back(error.kind);
        return error.kind == LiveErrorKind::Halted ? OnError::GoOn : OnError::Stop;
    });
    notice(ipc::NoticeKind::Halted, ipc::kWholeVenue);
    EXPECT_EQ(hear(), Code::Ok);
    EXPECT_EQ(bot_->stopped_by(), nullptr);
    publish_book(0, 10.0, 2.0);
    notice(ipc::NoticeKind::VenueDown, ipc::kWholeVenue);
    EXPECT_EQ(bot_->elapse(60 * kSecond), Code::EndOfData);
    EXPECT_EQ(heard, (std::vector{LiveErrorKind::Halted, LiveErrorKind::Interrupted}));
    ASSERT_NE(bot_->stopped_by(), nullptr);
    EXPECT_EQ(bot_->stopped_by()->asset_no, 0U);
    EXPECT_EQ(hear(), Code::EndOfData);
}

TEST_F(Live, TakesARefusedOrderForAnErrorButNotALostRace) {
    bot_->on_error(OnError::Stop);
    ASSERT_EQ(bot_->submit_buy_order(0, 7, 9.9, 0.5, TimeInForce::Gtx, OrderType::Limit, false),
              Code::Ok);
    OrderResponse refused{.seq = 1,
                          .req_seq = 1,
                          .order_id = 7,
                          .resp_ts = 9,
                          .kind = ResponseKind::Refused,
                          .side = Side::Buy,
                          .status = Status::Rejected,
                          .error = static_cast<std::uint8_t>(Code::OrderNotFound)};
    service_->sessions()[0]->send(refused);
    EXPECT_EQ(hear(), Code::Ok);
    refused.seq = 2;
    refused.error = static_cast<std::uint8_t>(Code::NoFunds);
    service_->sessions()[0]->send(refused);
    EXPECT_EQ(bot_->elapse(60 * kSecond), Code::EndOfData);
    ASSERT_NE(bot_->stopped_by(), nullptr);
    EXPECT_EQ(bot_->stopped_by()->code, Code::NoFunds);
    EXPECT_EQ(bot_->stopped_by()->order_id, 7U);
}

TEST_F(Live, CallsBackForEachRowOfAMessageOnceItsBookIsWhole) {
    std::vector<double> seen;
    bot_->on_book([&](Context& c, AssetNo a, const Event&) {
        seen.push_back(c.depth(a).bid_qty(100) + c.depth(a).bid_qty(101));
    });
    publish_book(0, 10.0, 2.0);
    publish(0, {bid(10.0, 1.0), bid(10.1, 5.0)});
    hear();
    EXPECT_EQ(seen, (std::vector<double>{2.0, 2.0, 6.0, 6.0}));
}

}  // namespace
}  // namespace ringside::botkit
