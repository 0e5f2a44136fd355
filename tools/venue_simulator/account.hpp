#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/instrument.hpp"
#include "core/order.hpp"

namespace ringside::venue_simulator {

/// Hundred-millionths of the margin asset.
using Money = std::int64_t;
inline constexpr double kMoneyPerUnit = 1e8;
inline constexpr int kMoneyDigits = 8;

Money to_money(double amount) noexcept;

/// A net position in one instrument.
struct Position {
    Lots lots = 0;      ///< short below 0
    double cost = 0.0;  ///< of the open lots, in ticks times lots; as signed as they are
    Money realized = 0;
    std::int64_t updated_ms = 0;
    int leverage = 20;

    /// Average price in ticks; 0 when flat.
    double entry_ticks() const noexcept {
        return lots == 0 ? 0.0 : cost / static_cast<double>(lots);
    }
};

/// One account of the venue: a wallet of one asset, and a net position in each instrument.
class Account {
  public:
    Account(std::string name, double balance, std::vector<Instrument> instruments, int leverage);

    const std::string& name() const noexcept { return name_; }
    Money wallet() const noexcept { return wallet_; }
    const Position& position(AssetNo asset) const { return positions_[asset]; }
    void set_leverage(AssetNo asset, int leverage) { positions_[asset].leverage = leverage; }

    /// Books an execution; returns the profit that it realized.
    Money book(AssetNo asset, Side side, Ticks price, Lots lots, Money fee, std::int64_t now_ms);

    Money unrealized(AssetNo asset, double mark_price) const;
    /// Margin that the position takes at a price.
    Money position_margin(AssetNo asset, double mark_price) const;

  private:
    std::string name_;
    std::vector<Instrument> instruments_;
    Money wallet_;
    std::vector<Position> positions_;
};

}  // namespace ringside::venue_simulator
