#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "connectord/fixed_index.hpp"
#include "connectord/order_state.hpp"
#include "core/code.hpp"

namespace ringside::connectord {

inline constexpr std::uint32_t kNoSlot = FixedIndex::kNone;

/// A question to the venue about one order, and when to ask it again.
struct Question {
    bool needed = false;
    std::uint64_t ticket = 0;  ///< on the wire; 0: not asked now
    Nanos asked_at = 0;        ///< last time
    Nanos due = kNever;        ///< to be asked, or its answer to be given up
    Nanos wait = 0;            ///< before the next time; doubles
};

/// One of our orders, from its submission until some time after its end.
struct OrderRecord {
    OrderKey key{};
    VenueOrderId venue_id = 0;
    OrderId order_id = 0;  ///< the bot's
    AssetNo asset_no = 0;
    BotNo bot = kNoBot;
    std::uint32_t life = 0;  ///< of the bot that sent it; another life of its name hears nothing
    Side side = Side::Unset;
    TimeInForce time_in_force = TimeInForce::Gtc;
    OrderType type = OrderType::Limit;
    OrderState state = OrderState::Free;
    InFlight in_flight = InFlight::None;
    VenueStatus verdict = VenueStatus::Unset;  ///< final, not told yet: executions are missing
    bool lost = false;                         ///< the request in flight was not answered
    bool doubted = false;   ///< may be gone: a list did not show it, or a cancel did not find it
    bool seen = false;      ///< the venue has named it
    bool inferred = false;  ///< closed because the venue does not know it, not by its word
    bool cancel_wanted = false;  ///< cancel as soon as that can be done
    bool cancel_ours = false;    ///< nobody but us wants that cancel, and we do until it is done
    bool has_bot_id = false;     ///< found by the bot's id, which no other order can have yet
    std::uint8_t not_found = 0;  ///< conclusive answers of this kind in a row

    Ticks price_ticks = 0;   ///< the venue's, or as submitted
    Lots qty_lots = 0;       ///< whole size
    Lots base_lots = 0;      ///< executed before the last modify: the bot's size counts from there
    Lots executed_lots = 0;  ///< highest cumulative size heard
    Lots booked_lots = 0;    ///< sum of the executions booked
    Nanos known_until = 0;   ///< executions up to this venue time were booked by an earlier run
    Ticks wanted_ticks = 0;  ///< of the modify in flight
    Lots wanted_lots = 0;    ///< of the modify in flight; whole size
    Lots wanted_base = 0;    ///< base_lots after the modify in flight
    Lots exposed_lots = 0;   ///< counted in the exposures
    bool exposed = false;    ///< counted in the exposures as an open order
    Nanos priced_ts = 0;     ///< venue time of price_ticks and qty_lots
    Nanos exch_ts = 0;       ///< latest venue time heard
    std::uint64_t req_seq = 0;     ///< submit or modify to be answered; 0: none
    Nanos req_ts = 0;              ///< of that
    Nanos submit_ts = 0;           ///< bot's time of the submit
    std::uint64_t cancel_seq = 0;  ///< bot's cancel to be answered; 0: none
    Nanos cancel_ts = 0;

    Nanos seen_at = kNever;      ///< local time of the first sign that the venue has it
    std::uint32_t list_no = 0;   ///< of the last list of open orders that had it
    Code code = Code::Ok;        ///< why it was rejected
    Status told = Status::None;  ///< what the bot thinks it is
    std::uint64_t ticket = 0;    ///< of the request in flight
    Nanos sent_at = 0;           ///< of the request in flight
    Nanos answer_due = kNever;   ///< of the request in flight
    Nanos cancel_due = 0;        ///< a wanted cancel is not sent before
    Nanos cancel_wait = 0;       ///< doubles
    Question state_question;     ///< what is the order?
    Question trades_question;    ///< which executions did it have?

    std::uint32_t first_booked = kNoSlot;  ///< list of booked trade ids
    TradeId highest_booked = 0;
    Nanos closed_at = 0;

    bool live() const noexcept { return state != OrderState::Free && !is_closed(state); }
    Lots leaves() const noexcept { return qty_lots - booked_lots; }
    Lots missing_lots() const noexcept { return executed_lots - booked_lots; }
};

/// All orders, in slots of a fixed number, and the ways to find them. Closed ones stay to recognise
/// what comes late, until they are old or their slots are needed.
class OrderTable {
  public:
    OrderTable(std::size_t most_orders, std::size_t most_executions);

    OrderRecord& operator[](std::uint32_t slot) noexcept { return slots_[slot]; }
    const OrderRecord& operator[](std::uint32_t slot) const noexcept { return slots_[slot]; }
    std::uint32_t slot_of(const OrderRecord& order) const noexcept {
        return static_cast<std::uint32_t>(&order - slots_.data());
    }
    std::size_t capacity() const noexcept { return slots_.size(); }
    bool full() const noexcept { return live() == slots_.size(); }
    std::size_t live() const noexcept { return in_use_ - closed_.size; }
    std::size_t closed() const noexcept { return closed_.size; }

    OrderRecord* find(const OrderKey& key) noexcept { return at(by_key_.find({key.packed(), 0})); }
    OrderRecord* find(AssetNo asset_no, VenueOrderId id) noexcept {
        return at(by_venue_id_.find({id, asset_no}));
    }
    /// Live orders and those whose end the bot has not heard of.
    OrderRecord* find(BotNo bot, OrderId id) noexcept { return at(by_bot_id_.find({id, bot})); }

    /// A slot for a new order, found by its key; the oldest closed order goes if there is no other.
    /// Must not be full().
    OrderRecord& add(const OrderKey& key) noexcept;
    /// Finds the order by its bot's id, too; no other order of the bot may have it.
    void set_bot_id(OrderRecord& order, BotNo bot, OrderId order_id) noexcept;
    void set_venue_id(OrderRecord& order, VenueOrderId id) noexcept;
    /// From now on the bot may use the id for another order.
    void release_id(OrderRecord& order) noexcept;

    /// Adds the execution to the order's; false: it is there already.
    bool note_execution(OrderRecord& order, TradeId trade, Lots lots) noexcept;
    template <typename F>
    void for_each_execution(const OrderRecord& order, F&& f) const {
        for (std::uint32_t i = order.first_booked; i != kNoSlot; i = executions_[i].next)
            f(executions_[i].trade, executions_[i].lots);
    }

    /// The order is closed; it may go when it is older than any closed before it.
    void close(OrderRecord& order, Nanos now) noexcept;
    /// A closed order turned out to be alive.
    void reopen(OrderRecord& order) noexcept;
    /// Frees orders closed before `time`.
    void forget_closed(Nanos time) noexcept;
    /// When the oldest closed order was closed; kNever if there is none.
    Nanos oldest_closed() const noexcept;

    /// Orders that wait for something: an answer, a question to be asked, a cancel to be sent.
    void attend(OrderRecord& order) noexcept;
    void leave_attended(OrderRecord& order) noexcept;
    template <typename F>
    void for_each_attended(F&& f) {
        for (std::uint32_t i = attended_.first; i != kNoSlot;) {
            const std::uint32_t next = attended_links_[i].next;
            f(slots_[i]);
            i = next;
        }
    }
    std::size_t attended() const noexcept { return attended_.size; }

    template <typename F>
    void for_each(F&& f) {
        for (OrderRecord& order : slots_) {
            if (order.state != OrderState::Free) f(order);
        }
    }
    template <typename F>
    void for_each(F&& f) const {
        for (const OrderRecord& order : slots_) {
            if (order.state != OrderState::Free) f(order);
        }
    }

  private:
    struct Link {
        std::uint32_t previous = kNoSlot;
        std::uint32_t next = kNoSlot;
        bool in = false;
    };
    struct List {
        std::uint32_t first = kNoSlot;
        std::uint32_t last = kNoSlot;
        std::size_t size = 0;
    };
    struct Booked {
        TradeId trade = 0;
        Lots lots = 0;
        std::uint32_t next = kNoSlot;
    };
    OrderRecord* at(std::uint32_t slot) noexcept {
        return slot == kNoSlot ? nullptr : &slots_[slot];
    }
    std::uint32_t take_execution() noexcept;
    static void push(List& list, std::vector<Link>& links, std::uint32_t slot) noexcept;
    static void unlink(List& list, std::vector<Link>& links, std::uint32_t slot) noexcept;
    void free(std::uint32_t slot) noexcept;

    std::vector<OrderRecord> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<Link> attended_links_;
    std::vector<Link> closed_links_;
    List attended_;
    List closed_;  ///< oldest first
    std::vector<Booked> executions_;
    std::uint32_t first_free_execution_ = kNoSlot;
    FixedIndex by_key_;
    FixedIndex by_venue_id_;
    FixedIndex by_bot_id_;
    std::size_t in_use_ = 0;
};

}  // namespace ringside::connectord
