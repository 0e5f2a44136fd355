#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/book/l2_book.hpp"
#include "core/read_ahead.hpp"
#include "engine/asset_venue.hpp"
#include "engine/event_stream.hpp"
#include "tools/ringside/random.hpp"

namespace ringside::venue_simulator {

/// Ids of book updates, shared by all instruments of the venue, so those of one of them jump.
class UpdateIds {
  public:
    explicit UpdateIds(std::uint64_t seed) : random_(seed) {}

    /// Takes `count` ids in a row, some after those taken before; returns the last.
    std::int64_t take(std::int64_t count) {
        last_ += random_.below(60) + count;
        return last_;
    }

  private:
    Random random_;
    std::int64_t last_ = 5'000'000'000'000;
};

struct BookLevel {
    Ticks tick = 0;
    Lots lots = 0;
};

/// Levels whose quantity has changed, with the quantities they have now.
struct DepthUpdate {
    std::int64_t first_id = 0;
    std::int64_t last_id = 0;
    std::int64_t previous_id = 0;  ///< last id of the update before
    std::vector<BookLevel> bids;   ///< lowest price first
    std::vector<BookLevel> asks;
};

struct PublicTrade {
    Ticks tick = 0;
    Lots lots = 0;
    Side aggressor = Side::Unset;
};

class Market;

/// Hears what happens at the venue, at market time.
class MarketListener {
  public:
    MarketListener() = default;
    MarketListener(const MarketListener&) = delete;
    MarketListener& operator=(const MarketListener&) = delete;
    virtual ~MarketListener() = default;

    virtual void on_depth(const Market& market, const DepthUpdate& update, Nanos ts) = 0;
    virtual void on_trade(const Market& market, const PublicTrade& trade, Nanos ts) = 0;
    /// The best price of a side, or what there is at it, has changed.
    virtual void on_top(const Market& market, Nanos ts) = 0;
};

/// One instrument: the engine's simulated venue, which matches orders, and beside it the book as
/// the venue publishes it. Both walk the same recorded rows and meet at every time.
class Market {
  public:
    Market(const engine::AssetConfig& config, AssetNo asset_no, std::unique_ptr<RowReader> rows,
           UpdateIds& ids);

    const Instrument& instrument() const noexcept { return instrument_; }
    const engine::FeeModel& fee() const noexcept { return fee_; }
    AssetNo asset_no() const noexcept { return asset_no_; }
    engine::AssetVenue& engine() noexcept { return *engine_; }
    const L2Book& book() const noexcept { return book_; }
    std::int64_t last_update_id() const noexcept { return last_id_; }
    /// Market time of that update.
    Nanos last_update_ts() const noexcept { return last_ts_; }
    /// Price of the last trade; the middle of the book before the first.
    double last_price() const noexcept;
    /// The middle of the book: mark and index price. 0 while a side is empty.
    double mid_price() const noexcept;

    /// Time of the next row; kNever at the end of the data.
    Nanos next_ts();
    /// Lets the rows of next_ts() happen, first to the orders, then to the public.
    void step(MarketListener* listener);

    /// The best levels of a side, best first.
    std::vector<BookLevel> levels(Side side, std::size_t most) const;

  private:
    /// A level before this step touched it.
    struct Touched {
        Ticks tick = 0;
        Lots before = 0;
    };

    void apply(const MarketUpdate& update, const Event& row, MarketListener* listener);
    void apply_row(const Event& row, MarketListener* listener);
    template <Side kSide>
    void set(Ticks tick, double qty);
    template <Side kSide>
    void clear(double price);
    template <Side kSide>
    void touch_from_best_to(Ticks last);
    template <Side kSide>
    void touch(Ticks tick);
    void trade(Ticks tick, double qty, Side aggressor, Nanos ts, MarketListener* listener);
    void publish(Nanos ts, MarketListener* listener);
    template <Side kSide>
    void collect(std::vector<BookLevel>& changed);

    const Instrument instrument_;
    const engine::FeeModel fee_;
    const AssetNo asset_no_;
    engine::RecordedMarket recorded_;
    engine::EventCursor published_;
    std::unique_ptr<engine::AssetVenue> engine_;
    L2Book book_;
    UpdateIds& ids_;
    std::int64_t last_id_;
    Nanos last_ts_ = 0;
    Ticks last_trade_ = 0;
    std::vector<Touched> touched_bids_;
    std::vector<Touched> touched_asks_;
    DepthUpdate update_;
    BookLevel top_bid_;
    BookLevel top_ask_;
};

}  // namespace ringside::venue_simulator
