#pragma once

#include "core/event.hpp"
#include "core/order.hpp"

/// Enumerators as people and filters spell them.
namespace ringside {

constexpr const char* word(EventKind kind) noexcept {
    switch (kind) {
        case EventKind::Depth:
            return "depth";
        case EventKind::Trade:
            return "trade";
        case EventKind::DepthClear:
            return "clear";
        case EventKind::DepthSnapshot:
            return "snapshot";
        case EventKind::DepthBbo:
            return "bbo";
        case EventKind::AddOrder:
            return "add";
        case EventKind::CancelOrder:
            return "cancel_order";
        case EventKind::ModifyOrder:
            return "modify_order";
        case EventKind::Fill:
            return "fill_order";
        case EventKind::IndexPrice:
            return "index_price";
        case EventKind::MarkPrice:
            return "mark_price";
        case EventKind::FundingRate:
            return "funding_rate";
        case EventKind::TickerBid:
            return "ticker_bid";
        case EventKind::TickerAsk:
            return "ticker_ask";
        case EventKind::Unset:
            break;
    }
    return "event";
}

constexpr const char* word(RequestKind kind) noexcept {
    switch (kind) {
        case RequestKind::Submit:
            return "submit";
        case RequestKind::Modify:
            return "modify";
        case RequestKind::Cancel:
            return "cancel";
        case RequestKind::Unset:
            break;
    }
    return "request";
}

constexpr const char* word(ResponseKind kind) noexcept {
    switch (kind) {
        case ResponseKind::Ack:
            return "ack";
        case ResponseKind::Refused:
            return "refused";
        case ResponseKind::Fill:
            return "fill";
        case ResponseKind::Update:
            return "update";
        case ResponseKind::Failed:
            return "failed";
        case ResponseKind::Unset:
            break;
    }
    return "response";
}

constexpr const char* word(Side side) noexcept {
    return side == Side::Buy ? "buy" : side == Side::Sell ? "sell" : "-";
}

constexpr const char* word(TimeInForce tif) noexcept {
    switch (tif) {
        case TimeInForce::Gtc:
            return "gtc";
        case TimeInForce::Gtx:
            return "gtx";
        case TimeInForce::Fok:
            return "fok";
        case TimeInForce::Ioc:
            return "ioc";
        case TimeInForce::Unsupported:
            break;
    }
    return "unsupported";
}

constexpr const char* word(OrderType type) noexcept {
    return type == OrderType::Limit    ? "limit"
           : type == OrderType::Market ? "market"
                                       : "unsupported";
}

constexpr const char* word(Status status) noexcept {
    switch (status) {
        case Status::None:
            return "none";
        case Status::New:
            return "new";
        case Status::Expired:
            return "expired";
        case Status::Filled:
            return "filled";
        case Status::Canceled:
            return "canceled";
        case Status::PartiallyFilled:
            return "partially_filled";
        case Status::Rejected:
            return "rejected";
        case Status::Replaced:
            return "replaced";
        case Status::Unsupported:
            break;
    }
    return "unsupported";
}

}  // namespace ringside
