#include "connectord/order_state.hpp"

#include <gtest/gtest.h>

namespace ringside::connectord {
namespace {

constexpr auto kClosed = {OrderState::Filled, OrderState::Cancelled, OrderState::Rejected,
                          OrderState::Expired};
constexpr auto kLive = {OrderState::Submitting, OrderState::Working, OrderState::PartiallyFilled,
                        OrderState::Unknown};

OrderEvent event(std::size_t i) { return static_cast<OrderEvent>(i); }

TEST(OrderState, NothingLeavesAClosedState) {
    for (const OrderState state : kClosed) {
        for (std::size_t i = 0; i < kOrderEvents; ++i) {
            EXPECT_EQ(after(state, event(i)), state) << name(state) << ", " << name(event(i));
        }
    }
}

TEST(OrderState, TheVenuesFinalWordClosesFromEveryLiveState) {
    for (const OrderState state : kLive) {
        EXPECT_EQ(after(state, OrderEvent::SeenFilled), OrderState::Filled);
        EXPECT_EQ(after(state, OrderEvent::SeenCancelled), OrderState::Cancelled);
        EXPECT_EQ(after(state, OrderEvent::SeenExpired), OrderState::Expired);
        EXPECT_EQ(after(state, OrderEvent::SeenRejected), OrderState::Rejected);
    }
}

TEST(OrderState, NoAnswerNeverClosesAnOrder) {
    for (const OrderState state : kLive) {
        EXPECT_EQ(after(state, OrderEvent::NoAnswer), OrderState::Unknown);
    }
}

TEST(OrderState, OnlyAnUnknownOrderIsTakenForGone) {
    for (const OrderState state :
         {OrderState::Submitting, OrderState::Working, OrderState::PartiallyFilled}) {
        EXPECT_EQ(after(state, OrderEvent::NeverThere), state);
        EXPECT_EQ(after(state, OrderEvent::Vanished), state);
    }
    EXPECT_EQ(after(OrderState::Unknown, OrderEvent::NeverThere), OrderState::Rejected);
    EXPECT_EQ(after(OrderState::Unknown, OrderEvent::Vanished), OrderState::Expired);
}

}  // namespace
}  // namespace ringside::connectord
