#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "botkit/order_log.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/ringside/order_comparison.hpp"

namespace ringside {
namespace {

using test::TempDir;

constexpr Nanos kStart = 1'700'000'000 * kSecond;

/// A run of a bot, as its log has it.
class BotRun {
  public:
    explicit BotRun(Nanos shift = 0) : shift_(shift) {
        instrument_.grid = {.tick_size = 0.1, .lot_size = 0.001};
    }

    BotRun& submit(OrderId id, Nanos at, Side side, Ticks price, Lots qty = 10) {
        OrderRequest request = made(id, at, RequestKind::Submit);
        request.side = side;
        request.price_ticks = price;
        request.qty_lots = qty;
        last_ = request;
        log_.add(request, instrument_);
        return *this;
    }
    BotRun& cancel(OrderId id, Nanos at) {
        log_.add(made(id, at, RequestKind::Cancel), instrument_);
        return *this;
    }
    BotRun& fill(OrderId id, Nanos at, Lots lots) {
        OrderResponse response;
        response.order_id = id;
        response.resp_ts = kStart + shift_ + at;
        response.kind = ResponseKind::Fill;
        response.status = Status::PartiallyFilled;
        response.executed = true;
        response.exec_lots = lots;
        log_.add(response, instrument_);
        return *this;
    }
    BotRun& refuse(Nanos at) {
        log_.add(refusal_of(last_, kStart + shift_ + at), instrument_);
        return *this;
    }
    LoggedOrders orders() {
        log_.finish();
        return read_logged_orders(dir_ / "orders.npy");
    }

  private:
    OrderRequest made(OrderId id, Nanos at, RequestKind kind) {
        OrderRequest request;
        request.seq = ++seq_;
        request.order_id = id;
        request.req_ts = kStart + shift_ + at;
        request.kind = kind;
        return request;
    }

    Nanos shift_;
    Instrument instrument_{};
    TempDir dir_;
    botkit::OrderLog log_{dir_ / "orders.npy"};
    std::uint64_t seq_ = 0;
    OrderRequest last_{};
};

std::vector<Cause> causes(const OrderComparison& comparison) {
    std::vector<Cause> list;
    for (const ComparedOrder& order : comparison.orders) list.push_back(order.cause);
    return list;
}

TEST(LoggedOrders, KeepOrdersThatUseAnIdAgainApart) {
    const auto log = BotRun()
                         .submit(7, 1, Side::Buy, 100)
                         .fill(7, 5, 4)
                         .cancel(7, 6)
                         .fill(7, 8, 2)
                         .submit(7, 9, Side::Buy, 101)
                         .refuse(10)
                         .orders();
    ASSERT_EQ(log.orders.size(), 2u);
    EXPECT_DOUBLE_EQ(log.orders[0].filled_qty, 0.006);
    EXPECT_EQ(log.orders[0].first_fill_ts, kStart + 5);
    EXPECT_EQ(log.orders[0].cancel_ts, kStart + 6);
    EXPECT_FALSE(log.orders[0].refused);
    EXPECT_TRUE(log.orders[1].refused);
    EXPECT_EQ(log.first_ts, kStart + 1);
    EXPECT_EQ(log.last_ts, kStart + 10);
}

TEST(OrderComparison, EqualRunsHaveNoDifferenceWhateverTheirIds) {
    const auto live = BotRun().submit(1, 0, Side::Buy, 10).submit(2, 0, Side::Sell, 12).orders();
    const auto replay =
        BotRun(500).submit(11, 30, Side::Buy, 10).submit(5, 30, Side::Sell, 12).orders();
    const auto comparison = compare_orders(live, replay, {.shift = 500});
    EXPECT_EQ(comparison.matched, 2u);
    EXPECT_EQ(comparison.identical_share(), 1.0);
    EXPECT_EQ(comparison.orders[0].submit_diff(500), 30);
    EXPECT_EQ(causes(comparison), (std::vector<Cause>{Cause::None, Cause::None}));
}

TEST(OrderComparison, NamesTheFirstDifferenceOfEachDecision) {
    const Nanos s = kSecond;
    auto live = BotRun()
                    .submit(1, 0 * s, Side::Buy, 10)
                    .submit(2, 10 * s, Side::Buy, 10)
                    .submit(3, 20 * s, Side::Buy, 10, 5)
                    .submit(4, 30 * s, Side::Buy, 10)
                    .submit(5, 40 * s, Side::Buy, 10)
                    .fill(5, 41 * s, 10)
                    .submit(6, 50 * s, Side::Buy, 10)
                    .fill(6, 51 * s, 10)
                    .submit(7, 60 * s, Side::Buy, 10)
                    .fill(7, 61 * s, 10)
                    .submit(8, 70 * s, Side::Buy, 10)
                    .cancel(8, 71 * s)
                    .submit(9, 80 * s, Side::Buy, 10)
                    .orders();
    auto replay = BotRun()
                      .submit(1, 0 * s, Side::Sell, 10)
                      .submit(2, 10 * s, Side::Buy, 11)
                      .submit(3, 20 * s, Side::Buy, 10, 6)
                      .submit(4, 30 * s, Side::Buy, 10)
                      .refuse(31 * s)
                      .submit(5, 40 * s, Side::Buy, 10)
                      .submit(6, 50 * s, Side::Buy, 10)
                      .fill(6, 51 * s, 9)
                      .submit(7, 60 * s, Side::Buy, 10)
                      .fill(7, 62 * s, 10)
                      .submit(8, 70 * s, Side::Buy, 10)
                      .submit(9, 80 * s, Side::Buy, 10)
                      .orders();
    const auto comparison = compare_orders(live, replay, {});
    EXPECT_EQ(causes(comparison),
              (std::vector<Cause>{Cause::OnlyLive, Cause::OnlyReplay, Cause::Price, Cause::Qty,
                                  Cause::Refused, Cause::Filled, Cause::FilledQty, Cause::FillTime,
                                  Cause::Canceled, Cause::None}));
    EXPECT_EQ(comparison.matched, 8u);
    EXPECT_EQ(comparison.identical, 6u);
    EXPECT_EQ(comparison.orders[7].fill_diff(0), s);
}

TEST(OrderComparison, MatchesTheNearestAndNoneAcrossAnother) {
    const Nanos ms = kMillisecond;
    // The first one of the live run has no counterpart.
    const auto live = BotRun()
                          .submit(1, 0, Side::Buy, 10)
                          .submit(2, 400 * ms, Side::Buy, 10)
                          .submit(3, 800 * ms, Side::Buy, 10)
                          .orders();
    const auto replay =
        BotRun().submit(1, 410 * ms, Side::Buy, 10).submit(2, 820 * ms, Side::Buy, 10).orders();
    const auto comparison = compare_orders(live, replay, {.window = 500 * ms});
    ASSERT_EQ(comparison.orders.size(), 2u);
    EXPECT_EQ(comparison.orders[0].submit_diff(0), 10 * ms);
    EXPECT_EQ(comparison.orders[1].submit_diff(0), 20 * ms);
    // It was submitted before the other run had begun.
    EXPECT_EQ(comparison.outside, 1u);
}

TEST(OrderComparison, LeavesOutWhatTheOtherRunWasNotThereFor) {
    const auto live =
        BotRun().submit(1, 100 * kSecond, Side::Buy, 10).cancel(1, 200 * kSecond).orders();
    const auto replay = BotRun()
                            .submit(1, 0, Side::Buy, 10)
                            .submit(2, 100 * kSecond, Side::Buy, 10)
                            .cancel(2, 200 * kSecond)
                            .submit(3, 200 * kSecond + 1, Side::Buy, 10)
                            .submit(4, 300 * kSecond, Side::Buy, 10)
                            .orders();
    const auto comparison = compare_orders(live, replay, {});
    EXPECT_EQ(comparison.orders.size(), 1u);
    EXPECT_EQ(comparison.outside, 3u);
}

TEST(LoggedOrders, RefuseAFileOfAnotherKind) {
    const TempDir dir;
    const auto path = dir.write("a.npy", "no array");
    test::expect_error([&] { read_logged_orders(path); }, ExitCode::Data, "a.npy");
}

}  // namespace
}  // namespace ringside
