#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectord/order_events.hpp"
#include "connectord/order_journal.hpp"
#include "connectord/order_table.hpp"
#include "connectord/rate_budget.hpp"
#include "connectord/risk_limits.hpp"
#include "core/fifo.hpp"
#include "core/instrument.hpp"

namespace ringside::connectord {

enum class BotGonePolicy : std::uint8_t {
    Cancel,  ///< its orders are cancelled
    Keep,    ///< they stay, and the next bot of that name gets them
};

struct OrderManagerOptions {
    std::size_t max_orders = 4096;       ///< live ones and those remembered
    std::size_t max_executions = 65536;  ///< of the orders in the table
    BotGonePolicy on_bot_gone = BotGonePolicy::Cancel;
    /// Of orders that a journal, or a list of open orders, shows to be left from an earlier run.
    BotGonePolicy leftovers = BotGonePolicy::Cancel;
    Nanos answer_timeout = 3 * kSecond;  ///< an action without an answer is unknown then
    /// This long after a request was sent, the venue will not carry it out any more: its window for
    /// time stamps and what clocks may differ. Only then "no such order" means something.
    Nanos request_lifetime = 6 * kSecond;
    std::uint8_t not_found_needed = 2;          ///< such answers in a row that close an order
    Nanos question_first = 100 * kMillisecond;  ///< wait before asking again, doubling up to
    Nanos question_most = 2 * kSecond;          ///< two answers come within 5 s of a calm venue
    /// A missing execution, and an order that a cancel did not find, is asked about after this: by
    /// then the private stream has mostly told.
    Nanos fill_patience = 300 * kMillisecond;
    /// After a gap of the private stream, a list of open orders that comes within this time saves
    /// the question about each order that it shows.
    Nanos list_patience = kSecond;
    Nanos keep_closed = 600 * kSecond;  ///< late messages are recognised for this long
    /// What each action costs; RateBudget has the limits. Indexed by ActionKind.
    std::array<RateCost, 7> costs{};
};

struct OrderCounters {
    std::uint64_t requests = 0;  ///< of bots
    std::uint64_t refused = 0;   ///< before the wire: limits, budget, nonsense
    std::uint64_t submits = 0;   ///< put on the wire
    std::uint64_t cancels = 0;
    std::uint64_t modifies = 0;
    std::uint64_t rejected = 0;           ///< by the venue
    std::uint64_t unknown = 0;            ///< times an order became Unknown
    std::uint64_t unanswered = 0;         ///< requests without an answer in time
    std::uint64_t queries = 0;            ///< about an order
    std::uint64_t trade_queries = 0;      ///< about an order's executions
    std::uint64_t never_arrived = 0;      ///< unknown orders that the venue never had
    std::uint64_t ghosts = 0;             ///< taken for gone, and seen alive
    std::uint64_t fills = 0;              ///< executions booked
    std::uint64_t duplicate_fills = 0;    ///< executions heard again
    std::uint64_t late_fills = 0;         ///< booked after the order's end was told
    std::uint64_t orphan_fills = 0;       ///< booked for bots that had left or died
    std::uint64_t overfills = 0;          ///< orders that ended with more than their size
    std::uint64_t stale_updates = 0;      ///< older than what is known
    std::uint64_t contradictions = 0;     ///< messages that cannot both be true
    std::uint64_t stray_answers = 0;      ///< to nothing we wait for
    std::uint64_t foreign_updates = 0;    ///< of orders which are not ours; left alone
    std::uint64_t forgotten_updates = 0;  ///< of own orders that the table no longer holds
    std::uint64_t repaired = 0;           ///< orders whose state a list or a query corrected
    std::uint64_t repaired_fills = 0;     ///< executions that only a list of trades brought
    std::uint64_t adopted = 0;            ///< orders of an earlier run
    std::uint64_t throttled = 0;          ///< times an action waited for the rate budget
    std::uint64_t journal_compactions = 0;
};

/// Every instrument, where one could be named.
inline constexpr AssetNo kAllAssets = ~AssetNo{0};

/// Keeps the truth about own orders between bots and a venue that answers late, twice, out of order
/// or not at all. Pure: times come in, actions and responses go out; no clock, no socket, no file
/// but the journal's memory. Nothing is allocated per event. One thread.
///
/// After each call take what is in actions() and responses(): actions in their order and, for any
/// one order, over one connection.
class OrderManager {
  public:
    /// Adopts what `journal` says was open, and begins a new epoch there (sync it before the first
    /// order). Without a journal (nullptr) `epoch` must be unique by the caller's care. The
    /// references must outlive this.
    OrderManager(const OrderManagerOptions& options, std::span<const Instrument> instruments,
                 RiskLimits& limits, RateBudget& budget, OrderJournal* journal, Nanos wall_now,
                 std::uint32_t epoch = 1);

    Fifo<Action>& actions() noexcept { return actions_; }
    Fifo<BotResponse>& responses() noexcept { return responses_; }

    /// A session opened; only then may the bot make requests. Its number is that of its name; a
    /// second session of a name that is connected already gets "name#2". kNoBot: too many names
    /// that have orders or a position.
    BotNo bot_came(std::string_view name, Nanos now);
    void bot_gone(BotNo bot, Nanos now);
    void on_request(BotNo bot, const OrderRequest& request, Nanos now);

    void on_answer(const ActionAnswer& answer, Nanos now);
    /// From any channel, in any order, however often.
    void on_update(const OrderUpdate& update, Nanos now);
    /// One execution of a list: for QueryTrades before its answer, or of the account's latest.
    void on_trade(const TradeReport& trade, Nanos now);

    /// The complete list of open orders of one instrument, or of all (kAllAssets), asked for at
    /// `asked_at`. Own orders that it misses are asked about.
    void on_open_orders(AssetNo asset_no, std::span<const OrderUpdate> orders, Nanos asked_at,
                        Nanos now);
    /// The account's position. The first one sets what was there before us.
    void on_position(AssetNo asset_no, Lots lots, Nanos now);
    /// The private stream was interrupted and is up again: every live order is asked about, unless
    /// a list asked for from now on shows it. Get one.
    void on_stream_gap(Nanos now);

    /// Time passed: time-outs, questions, cancels that had to wait. Cheap before next_deadline().
    void on_time(Nanos now);
    Nanos next_deadline() const noexcept { return next_deadline_; }

    /// Cancels own orders: of one instrument or all, of one bot or all (kNoBot).
    void cancel_orders(AssetNo asset_no, BotNo bot, Nanos now);
    /// Kill switch: no new orders until reset_kill(), all own ones cancelled. `whole_account` also
    /// sends CancelAll for each instrument, which takes foreign orders with it. Stays pulled over a
    /// restart.
    void kill(bool whole_account, Nanos now);
    /// By the operator only.
    void reset_kill();
    /// No requests are taken from here on; cancels own orders unless they are to be kept.
    void stop(bool cancel, Nanos now);
    /// Nothing of ours is open, unknown or on its way.
    bool quiet() const noexcept { return table_.live() == 0; }

    const OrderCounters& counters() const noexcept { return counters_; }
    std::size_t live_orders() const noexcept { return table_.live(); }
    std::size_t unknown_orders() const noexcept { return unknown_; }
    /// Of all our orders; its position is the account's as far as we know.
    const Exposure& exposure(AssetNo asset_no) const noexcept {
        return account_[asset_no].exposure;
    }
    const Exposure& exposure(BotNo bot, AssetNo asset_no) const noexcept {
        return bots_[bot].exposure[asset_no];
    }
    /// What own fills of this run have brought in and cost: sales less purchases, and fees.
    double balance(AssetNo asset_no) const noexcept { return account_[asset_no].balance; }
    double fees(AssetNo asset_no) const noexcept { return account_[asset_no].fees; }
    /// The account's last reported position less what was there before us and our own fills; not 0
    /// for long: somebody else trades here, or a fill was missed.
    Lots position_drift(AssetNo asset_no) const noexcept;
    /// The operator has looked: the drift is somebody else's trading.
    void accept_position(AssetNo asset_no);
    /// Orders of others in the last lists of open orders.
    std::uint32_t foreign_open() const noexcept { return foreign_open_; }
    std::string_view bot_name(BotNo bot) const noexcept { return bots_[bot].name; }
    std::size_t bots() const noexcept { return bots_.size(); }
    std::uint32_t epoch() const noexcept { return epoch_; }
    const OrderTable& table() const noexcept { return table_; }
    OrderTable& table() noexcept { return table_; }

  private:
    struct Bot {
        std::string name;
        bool connected = false;
        std::uint32_t life = 0;          ///< times it came
        std::vector<Exposure> exposure;  ///< by instrument
    };
    struct Account {
        Exposure exposure;  ///< position: what was there before us and our own fills
        Lots before_us = 0;
        Lots reported = 0;  ///< by the venue
        double balance = 0.0;
        double fees = 0.0;
        bool is_known = false;  ///< before_us is
        bool is_reported = false;
    };

    // order_manager.cpp: bots and their requests
    void submit(BotNo bot, const OrderRequest& request, Nanos now);
    void modify(BotNo bot, const OrderRequest& request, Nanos now);
    void cancel(BotNo bot, const OrderRequest& request, Nanos now);
    Code refusal_of_submit(BotNo bot, const OrderRequest& request, Nanos now);
    Code refusal_of_modify(BotNo bot, const OrderRequest& request, const OrderRecord* order,
                           Nanos now);
    bool is_usable(const OrderRequest& request) const noexcept;
    void refuse(BotNo bot, const OrderRequest& request, Code code, Nanos now);
    void want_cancel(OrderRecord& order, Nanos now);
    void send(OrderRecord& order, ActionKind kind, Nanos now);
    Exposure& exposure_of(const OrderRecord& order) noexcept {
        return order.bot == kNoBot ? nobody_[order.asset_no]
                                   : bots_[order.bot].exposure[order.asset_no];
    }
    void expose(OrderRecord& order) noexcept;
    void add_position(const OrderRecord& order, Lots lots) noexcept;

    // order_responses.cpp: what bots are told
    bool hears(const OrderRecord& order) const noexcept;
    void tell(OrderRecord& order, ResponseKind kind, std::uint64_t req_seq, Nanos req_ts,
              Status status, Nanos now, const Execution* execution = nullptr);
    void tell_refused(OrderRecord& order, std::uint64_t req_seq, Nanos req_ts, Code code,
                      Nanos now);
    void acknowledge_submit(OrderRecord& order, Nanos now);
    void tell_end(OrderRecord& order, Nanos now);

    // order_answers.cpp: what becomes of what was sent
    void on_submit_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now);
    void on_cancel_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now);
    void on_modify_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now);
    void on_order_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now);
    void on_trades_answer(OrderRecord& order, const ActionAnswer& answer, Nanos now);
    void on_not_found(OrderRecord& order, Nanos asked_at, Nanos now);
    void resolve(OrderRecord& order, Nanos asked_at, Nanos now);
    void lose(OrderRecord& order, Nanos now);
    void doubt(OrderRecord& order, Nanos ask_at, Nanos now);
    void put_off_cancel(OrderRecord& order, Nanos now);

    // order_updates.cpp: what the venue says an order is
    void absorb(OrderRecord& order, const OrderUpdate& update, Nanos now);
    void take_price(OrderRecord& order, const OrderUpdate& update, Nanos now);
    void finish_modify(OrderRecord& order, Nanos now);
    bool book(OrderRecord& order, const Execution& execution, Nanos now);
    void take_verdict(OrderRecord& order, VenueStatus status);
    void settle(OrderRecord& order, Nanos now);
    void close(OrderRecord& order, OrderEvent event, Nanos now);
    void revive(OrderRecord& order, Nanos now);
    void apply(OrderRecord& order, OrderEvent event) noexcept;

    // order_questions.cpp: time and lists
    void ask(OrderRecord& order, Question& question, Nanos due, Nanos now);
    bool put_question(OrderRecord& order, Question& question, ActionKind kind, Nanos now);
    void put_off(Question& question, Nanos now) const noexcept;
    void attend(OrderRecord& order, Nanos now);
    void attend_now(OrderRecord& order, Nanos now);
    static Nanos due_of(const OrderRecord& order) noexcept;
    void try_cancel(OrderRecord& order, Nanos now);
    void adopt_leftover(const OrderUpdate& update, Nanos now);
    void wake_at(Nanos time) noexcept { next_deadline_ = std::min(next_deadline_, time); }

    // order_recovery.cpp: the journal
    void recover(const JournalContents& contents, Nanos now);
    void recover_order(const OpenInJournal& open, const std::vector<AssetNo>& assets, Nanos now);
    std::vector<AssetNo> match_instruments(const JournalContents& contents) const;
    void write_ahead(const JournalRecord& record);
    void write_order(const OrderRecord& order);
    void compact();
    JournalRecord submit_record(const OrderRecord& order) const noexcept;
    BotNo add_bot(std::string name);
    /// One whose name has neither orders nor a position; kNoBot if there is none.
    BotNo unused_bot() const;

    const OrderManagerOptions options_;
    const std::vector<Instrument> instruments_;
    RiskLimits& limits_;
    RateBudget& budget_;
    OrderJournal* journal_;
    std::vector<Bot> bots_;
    std::vector<Account> account_;
    std::vector<Exposure> nobody_;  ///< of orders whose bot is not known
    OrderTable table_;
    OrderCounters counters_;
    Fifo<Action> actions_;
    Fifo<BotResponse> responses_;
    std::size_t unknown_ = 0;
    std::uint64_t tickets_ = 0;
    std::uint32_t epoch_ = 0;
    std::uint32_t first_epoch_ = 0;  ///< since which the journal has every order
    std::uint32_t counter_ = 0;      ///< orders of this epoch
    std::uint32_t lists_ = 0;        ///< of open orders
    std::uint32_t foreign_open_ = 0;
    Nanos gap_at_ = 0;  ///< the last gap of the stream
    Nanos next_deadline_ = kNever;
    bool stopping_ = false;
};

}  // namespace ringside::connectord
