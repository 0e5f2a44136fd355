#include "connectord/risk_limits.hpp"

#include <algorithm>
#include <cmath>

#include "core/check.hpp"
#include "core/error.hpp"

namespace ringside::connectord {

namespace {

Code check_exposure(const LimitSet& limits, const OrderRequest& request, Lots grown,
                    const Exposure& exposure) noexcept {
    const bool buy = request.side == Side::Buy;
    const Lots could_be = buy ? exposure.position + exposure.open_buy + grown
                              : exposure.open_sell + grown - exposure.position;
    if (limits.max_position_lots > 0 && could_be > limits.max_position_lots) {
        return Code::PositionLimit;
    }
    const Lots open = exposure.open_buy + exposure.open_sell + grown;
    if (limits.max_open_lots > 0 && open > limits.max_open_lots) return Code::OpenSizeLimit;
    const bool one_more = request.kind == RequestKind::Submit;
    if (one_more && limits.max_open_orders > 0 && exposure.open_orders >= limits.max_open_orders) {
        return Code::OpenOrdersLimit;
    }
    return Code::Ok;
}

}  // namespace

RiskLimits::RiskLimits(std::span<const Instrument> instruments,
                       std::span<const RiskOptions> options) {
    RINGSIDE_CHECK(instruments.size() == options.size());
    for (std::size_t i = 0; i < instruments.size(); ++i) {
        const RiskOptions& o = options[i];
        const bool sane = o.price_band >= 0.0 && o.price_band < 1.0 && o.order_window > 0 &&
                          o.bot.max_order_value >= 0.0 && o.account.max_order_value >= 0.0 &&
                          std::min({o.bot.max_order_lots, o.bot.max_position_lots,
                                    o.bot.max_open_lots, o.account.max_order_lots,
                                    o.account.max_position_lots, o.account.max_open_lots}) >= 0;
        if (!sane) {
            fail(ExitCode::Usage,
                 "{}: limits must not be negative, a price band must be below 1 and a window above "
                 "0",
                 instruments[i].symbol);
        }
        assets_.push_back({instruments[i], o, {}, std::vector<Nanos>(kMaxBots, 0)});
    }
}

Code RiskLimits::check(BotNo bot, const OrderRequest& request, Lots grown, const Exposure& of_bot,
                       const Exposure& of_account, Nanos now) noexcept {
    Asset& asset = assets_[request.asset_no];
    Code code = killed_ ? Code::KillSwitch : check_order(asset, request);
    if (code == Code::Ok) code = check_price(asset, request);
    if (code == Code::Ok) code = check_exposure(asset.options.bot, request, grown, of_bot);
    if (code == Code::Ok) code = check_exposure(asset.options.account, request, grown, of_account);
    if (code == Code::Ok && !within_rate(bot, asset, now)) code = Code::OrderRateLimit;
    if (code != Code::Ok) ++refused_;
    return code;
}

Code RiskLimits::check_order(const Asset& asset, const OrderRequest& request) const noexcept {
    const bool market = request.type == OrderType::Market;
    for (const LimitSet* limits : {&asset.options.bot, &asset.options.account}) {
        if (limits->max_order_lots > 0 && request.qty_lots > limits->max_order_lots) {
            return Code::OrderTooLarge;
        }
        if (limits->max_order_value <= 0.0) continue;
        if (market && !asset.touch.valid) return Code::NoTouch;
        const Ticks ticks = !market                     ? request.price_ticks
                            : request.side == Side::Buy ? asset.touch.ask
                                                        : asset.touch.bid;
        if (ticks == kNoBid || ticks == kNoAsk) return Code::NoTouch;
        const Instrument& instrument = asset.instrument;
        const double value =
            instrument.amount(instrument.grid.price(ticks), instrument.grid.qty(request.qty_lots));
        // Negated, so that what is no number is too much.
        if (!(value <= limits->max_order_value)) return Code::OrderValueTooLarge;
    }
    return Code::Ok;
}

Code RiskLimits::check_price(const Asset& asset, const OrderRequest& request) const noexcept {
    const double band = asset.options.price_band;
    if (band <= 0.0) return Code::Ok;
    const Touch& touch = asset.touch;
    if (!touch.valid || touch.bid == kNoBid || touch.ask == kNoAsk) return Code::NoTouch;
    if (request.type == OrderType::Market) return Code::Ok;
    const auto price = static_cast<double>(request.price_ticks);
    const auto bid = static_cast<double>(touch.bid);
    const auto ask = static_cast<double>(touch.ask);
    const bool inside = price >= bid - band * std::abs(bid) && price <= ask + band * std::abs(ask);
    return inside ? Code::Ok : Code::PriceOutOfBand;
}

bool RiskLimits::within_rate(BotNo bot, Asset& asset, Nanos now) noexcept {
    const RiskOptions& options = asset.options;
    if (options.max_orders == 0 || bot >= kMaxBots) return true;
    const Nanos each = options.order_window / options.max_orders;
    Nanos& earned = asset.earned[bot];
    if (earned - (options.order_window - each) > now) return false;
    earned = std::max(earned, now) + each;
    return true;
}

}  // namespace ringside::connectord
