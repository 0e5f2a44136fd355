#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "connectord/order_events.hpp"
#include "core/code.hpp"
#include "core/instrument.hpp"

namespace ringside::connectord {

/// Limits on one instrument; 0: none. They hold for each bot and, in a second set, for all bots
/// together.
struct LimitSet {
    Lots max_order_lots = 0;
    double max_order_value = 0.0;  ///< settlement currency
    /// Largest position, either way, that could come about if every open and in-flight order of
    /// the order's side were filled.
    Lots max_position_lots = 0;
    Lots max_open_lots = 0;  ///< open and in flight, both sides
    std::uint32_t max_open_orders = 0;
};

struct RiskOptions {
    LimitSet bot{};
    LimitSet account{};
    /// Limit prices must lie in [bid - share * bid, ask + share * ask]; 0: anywhere. With a band,
    /// an instrument whose touch is not known takes no orders.
    double price_band = 0.0;
    /// Submits and modifies of one bot: so many at once, and one more each order_window /
    /// max_orders.
    std::uint32_t max_orders = 0;
    Nanos order_window = kSecond;
};

/// The best prices, as of now. Not valid while the book is stale.
struct Touch {
    Ticks bid = kNoBid;
    Ticks ask = kNoAsk;
    bool valid = false;
};

/// What some orders add up to. Unknown orders count as open.
struct Exposure {
    Lots position = 0;   ///< signed
    Lots open_buy = 0;   ///< open and in flight
    Lots open_sell = 0;  ///< open and in flight
    std::uint32_t open_orders = 0;
};

/// Looks at each submit and modify before it may go on the wire. Keeps no orders: the manager keeps
/// the exposures up to date.
class RiskLimits {
  public:
    /// One entry of `options` for each instrument.
    RiskLimits(std::span<const Instrument> instruments, std::span<const RiskOptions> options);

    void set_touch(AssetNo asset_no, const Touch& touch) noexcept {
        assets_[asset_no].touch = touch;
    }

    /// Code::Ok, or why not. `grown` is what the request adds to the open size (a submit's size; a
    /// modify's new open size less the old one, at least 0).
    [[nodiscard]] Code check(BotNo bot, const OrderRequest& request, Lots grown,
                             const Exposure& of_bot, const Exposure& of_account,
                             Nanos now) noexcept;

    /// Latched: only an operator's reset() lets orders through again.
    void kill() noexcept { killed_ = true; }
    void reset() noexcept { killed_ = false; }
    bool killed() const noexcept { return killed_; }
    std::uint64_t refused() const noexcept { return refused_; }

  private:
    struct Asset {
        Instrument instrument;
        RiskOptions options;
        Touch touch;
        std::vector<Nanos> earned;  ///< by bot: when all that it has sent will have been earned
    };
    Code check_order(const Asset& asset, const OrderRequest& request) const noexcept;
    Code check_price(const Asset& asset, const OrderRequest& request) const noexcept;
    bool within_rate(BotNo bot, Asset& asset, Nanos now) noexcept;

    std::vector<Asset> assets_;
    bool killed_ = false;
    std::uint64_t refused_ = 0;
};

}  // namespace ringside::connectord
