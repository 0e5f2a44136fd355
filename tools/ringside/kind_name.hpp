#pragma once

#include <cstdint>
#include <string_view>

#include "core/event.hpp"

namespace ringside {

/// Of the low eight bits of `Event::ev`.
constexpr std::string_view kind_name(std::uint64_t ev) noexcept {
    switch (static_cast<EventKind>(ev & kKindMask)) {
        case EventKind::Depth:
            return "depth";
        case EventKind::Trade:
            return "trade";
        case EventKind::DepthClear:
            return "clear";
        case EventKind::DepthSnapshot:
            return "snapshot";
        case EventKind::DepthBbo:
            return "best level";
        case EventKind::AddOrder:
            return "add order";
        case EventKind::CancelOrder:
            return "cancel order";
        case EventKind::ModifyOrder:
            return "modify order";
        case EventKind::Fill:
            return "fill";
        case EventKind::IndexPrice:
            return "index price";
        case EventKind::MarkPrice:
            return "mark price";
        case EventKind::FundingRate:
            return "funding rate";
        case EventKind::TickerBid:
            return "ticker bid";
        case EventKind::TickerAsk:
            return "ticker ask";
        default:
            return "other";
    }
}

}  // namespace ringside
