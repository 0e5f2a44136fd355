#include "botkit/order_log.hpp"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "tests/support/scripted_market.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside {
namespace {

using botkit::OrderLogRow;
using test::ScriptedMarket;
using test::ScriptedVenue;

/// Rows behind the header of a .npy file, whose length stands in bytes 8 and 9.
std::vector<OrderLogRow> rows_of(const std::filesystem::path& file) {
    const std::string bytes = test::read_file(file);
    std::uint16_t header = 0;
    std::memcpy(&header, bytes.data() + 8, sizeof(header));
    const std::string body = bytes.substr(10u + header);
    std::vector<OrderLogRow> rows(body.size() / sizeof(OrderLogRow));
    std::memcpy(rows.data(), body.data(), rows.size() * sizeof(OrderLogRow));
    return rows;
}

TEST(OrderLog, TellsEachRequestResponseAndFillWithItsTimesAndQueue) {
    const test::TempDir dir;
    botkit::OrderLog log(dir / "orders.npy");
    ScriptedVenue venue(ScriptedMarket().bid(1000, 100, 5).ask(1000, 105, 2).quiet(9000),
                        {.fee = {.maker = 1.0, .taker = 2.0, .kind = engine::FeeKind::Flat},
                         .exchange = engine::ExchangeKind::PartialFill});
    venue->set_order_log(&log);
    venue->elapse(500);
    venue.buy(1, 105, 3);  // takes 2, rests with 1 behind nobody
    venue.buy(2, 100, 4, TimeInForce::Gtc, true);
    venue->modify(0, 2, 100, 3, true);
    venue->cancel(0, 2, false);  // answered after the end of what is logged
    log.finish();

    const std::vector<OrderLogRow> rows = rows_of(dir / "orders.npy");
    struct Expected {
        int kind;
        std::uint64_t order_id, req_seq;
        Nanos req_ts, exch_ts, resp_ts;
        double qty, queue_ahead;
    };
    const std::vector<Expected> expected{
        {11, 1, 1, 1500, 0, 0, 3, 0},      {11, 2, 2, 1500, 0, 0, 4, 0},
        {1, 1, 1, 1500, 1510, 1520, 3, 0}, {1, 2, 2, 1500, 1510, 1520, 4, 5},
        {12, 2, 3, 1520, 0, 0, 3, 0},      {1, 2, 3, 1520, 1530, 1540, 3, 5},
        {13, 2, 4, 1540, 0, 0, 3, 0}};
    ASSERT_EQ(rows.size(), expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(rows[i].kind, expected[i].kind);
        EXPECT_EQ(rows[i].order_id, expected[i].order_id);
        EXPECT_EQ(rows[i].req_seq, expected[i].req_seq);
        EXPECT_EQ(rows[i].req_ts, expected[i].req_ts);
        EXPECT_EQ(rows[i].exch_ts, expected[i].exch_ts);
        EXPECT_EQ(rows[i].resp_ts, expected[i].resp_ts);
        EXPECT_EQ(rows[i].qty, expected[i].qty);
        EXPECT_EQ(rows[i].queue_ahead, expected[i].queue_ahead);
        EXPECT_EQ(rows[i].executed, i == 2);
        EXPECT_EQ(std::isnan(rows[i].exec_price), i != 2);
    }
    EXPECT_EQ(rows[2].exec_qty, 2.0);
    EXPECT_EQ(rows[2].exec_price, 105.0);
    EXPECT_EQ(rows[2].fee, 2.0);
    EXPECT_FALSE(rows[2].maker);
}

}  // namespace
}  // namespace ringside
