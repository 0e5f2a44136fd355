#include "connectord/order_state.hpp"

namespace ringside::connectord {

namespace {

using enum OrderState;
using Row = std::array<OrderState, kOrderEvents>;

// clang-format off
constexpr std::array<Row, kOrderStates> kAfter{{
    //                   SeenWorking      SeenFilled SeenCancelled SeenExpired SeenRejected NoAnswer   NeverThere       Vanished         NotSent
    /* Free */            {Free,            Free,      Free,         Free,       Free,        Free,      Free,            Free,            Free},
    /* Submitting */      {Working,         Filled,    Cancelled,    Expired,    Rejected,    Unknown,   Submitting,      Submitting,      Rejected},
    /* Working */         {Working,         Filled,    Cancelled,    Expired,    Rejected,    Unknown,   Working,         Working,         Working},
    /* PartiallyFilled */ {PartiallyFilled, Filled,    Cancelled,    Expired,    Rejected,    Unknown,   PartiallyFilled, PartiallyFilled, PartiallyFilled},
    /* Unknown */         {Working,         Filled,    Cancelled,    Expired,    Rejected,    Unknown,   Rejected,        Expired,         Rejected},
    /* Filled */          {Filled,          Filled,    Filled,       Filled,     Filled,      Filled,    Filled,          Filled,          Filled},
    /* Cancelled */       {Cancelled,       Cancelled, Cancelled,    Cancelled,  Cancelled,   Cancelled, Cancelled,       Cancelled,       Cancelled},
    /* Rejected */        {Rejected,        Rejected,  Rejected,     Rejected,   Rejected,    Rejected,  Rejected,        Rejected,        Rejected},
    /* Expired */         {Expired,         Expired,   Expired,      Expired,    Expired,     Expired,   Expired,         Expired,         Expired},
}};
// clang-format on

constexpr std::array<std::string_view, kOrderStates> kStateNames{
    "free",   "submitting", "working",  "partially filled", "unknown",
    "filled", "cancelled",  "rejected", "expired"};
constexpr std::array<std::string_view, kOrderEvents> kEventNames{
    "seen working", "seen filled", "seen cancelled", "seen expired", "seen rejected",
    "no answer",    "never there", "vanished",       "not sent"};

}  // namespace

OrderState after(OrderState state, OrderEvent event) noexcept {
    return kAfter[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

std::string_view name(OrderState state) noexcept {
    return kStateNames[static_cast<std::size_t>(state)];
}
std::string_view name(OrderEvent event) noexcept {
    return kEventNames[static_cast<std::size_t>(event)];
}

}  // namespace ringside::connectord
