#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "connectord/order_events.hpp"

namespace ringside::connectord {

/// Where an order is in its life. Requests in flight lie over it (`InFlight`).
enum class OrderState : std::uint8_t {
    Free = 0,         ///< the slot holds no order
    Submitting,       ///< on the wire, nothing heard
    Working,          ///< resting or being matched at the venue, nothing executed yet
    PartiallyFilled,  ///< the same with something executed
    Unknown,          ///< something was not answered or does not fit: being asked, never assumed
    Filled,
    Cancelled,
    Rejected,
    Expired,
};
inline constexpr std::size_t kOrderStates = 9;

constexpr bool is_closed(OrderState s) noexcept { return s >= OrderState::Filled; }
/// At the venue for all we know, so a cancel can do something.
constexpr bool is_open(OrderState s) noexcept {
    return s == OrderState::Working || s == OrderState::PartiallyFilled;
}

/// What can happen to an order, whatever channel says so.
enum class OrderEvent : std::uint8_t {
    SeenWorking = 0,  ///< the venue has it and it is open
    SeenFilled,
    SeenCancelled,
    SeenExpired,
    SeenRejected,  ///< the venue's word: refused, never worked
    NoAnswer,      ///< to a submit, cancel or modify; or what we hear does not fit
    NeverThere,    ///< asked often and late enough: the venue never had it
    Vanished,      ///< the same of an order that it once had
    NotSent,       ///< our submit did not leave the machine
};
inline constexpr std::size_t kOrderEvents = 9;

/// The state after an event. Nothing leaves a closed state. `Working` stands for Working and
/// PartiallyFilled, which differ by what is booked.
OrderState after(OrderState state, OrderEvent event) noexcept;

/// A request on the wire whose answer is awaited, over the order's state.
enum class InFlight : std::uint8_t { None = 0, Submitting, Cancelling, Replacing };

std::string_view name(OrderState state) noexcept;
std::string_view name(OrderEvent event) noexcept;

/// What a bot is told an order is.
constexpr Status bot_status(OrderState state, bool executed) noexcept {
    switch (state) {
        case OrderState::Filled:
            return Status::Filled;
        case OrderState::Cancelled:
            return Status::Canceled;
        case OrderState::Expired:
        case OrderState::Rejected:
            return Status::Expired;
        case OrderState::Working:
        case OrderState::PartiallyFilled:
        case OrderState::Unknown:
            return executed ? Status::PartiallyFilled : Status::New;
        case OrderState::Submitting:
        case OrderState::Free:
            return Status::None;
    }
    return Status::None;
}

constexpr OrderEvent event_of(VenueStatus status) noexcept {
    switch (status) {
        case VenueStatus::Filled:
            return OrderEvent::SeenFilled;
        case VenueStatus::Cancelled:
            return OrderEvent::SeenCancelled;
        case VenueStatus::Expired:
            return OrderEvent::SeenExpired;
        case VenueStatus::Rejected:
            return OrderEvent::SeenRejected;
        case VenueStatus::Unset:
        case VenueStatus::Working:
            return OrderEvent::SeenWorking;
    }
    return OrderEvent::SeenWorking;
}

}  // namespace ringside::connectord
