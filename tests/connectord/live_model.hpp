#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <new>

#include "connectord/order_manager.hpp"
#include "tests/connectord/model_bot.hpp"
#include "tests/connectord/model_venue.hpp"

namespace ringside::connectord::test {

/// A journal's memory, which outlives the manager that writes to it.
class JournalMemory {
  public:
    explicit JournalMemory(std::size_t records)
        : size_(OrderJournal::bytes(records)),
          bytes_(static_cast<std::byte*>(::operator new[](size_, std::align_val_t{64}))) {
        std::memset(bytes_.get(), 0, size_);
    }
    std::span<std::byte> bytes() noexcept { return {bytes_.get(), size_}; }

    /// Leaves what a writer leaves that is killed within a record.
    void tear() {
        const std::vector<std::byte> before(bytes_.get(), bytes_.get() + size_);
        OrderJournal journal(bytes());
        if (journal.room() == 0) return;
        journal.append({.kind = JournalKind::Submit, .key = 77, .id = 88, .lots = 99});
        for (std::size_t at = 0; at < size_; at += 64) {
            if (std::memcmp(before.data() + at, bytes_.get() + at, 64) == 0) continue;
            std::memcpy(bytes_.get() + at, before.data() + at, 4);  // the check was not stored
        }
    }
    /// Leaves what a writer leaves that is killed while it compacts.
    void break_compaction() {
        OrderJournal journal(bytes());
        journal.begin_compaction();
        journal.append({.kind = JournalKind::Submit, .key = 77, .id = 88, .lots = 99});
    }

  private:
    struct Free {
        void operator()(std::byte* bytes) const noexcept {
            ::operator delete[](bytes, std::align_val_t{64});
        }
    };
    std::size_t size_;
    std::unique_ptr<std::byte[], Free> bytes_;
};

/// Bots, a manager and a venue, and between them a wire that loses, delays, doubles and reorders.
class LiveModel {
  public:
    static constexpr std::size_t kAssets = 2;
    static constexpr std::array<const char*, 3> kNames{"alpha", "beta", "gamma"};

    explicit LiveModel(std::uint64_t seed)
        : dice_(seed),
          venue_(agenda_, dice_, [this](const OrderUpdate& update) { stream(update); }),
          journal_memory_(kJournalRecords) {
        options_.max_orders = 512;
        options_.max_executions = 4096;
        options_.answer_timeout = 300 * kMillisecond;
        options_.request_lifetime = 700 * kMillisecond;
        options_.question_first = 20 * kMillisecond;
        options_.question_most = 200 * kMillisecond;
        options_.fill_patience = 50 * kMillisecond;
        options_.list_patience = 100 * kMillisecond;
        options_.keep_closed = 20 * kSecond;
        options_.costs[static_cast<std::size_t>(ActionKind::Submit)] = {0, 1};
        options_.costs[static_cast<std::size_t>(ActionKind::Modify)] = {1, 1};
        options_.costs[static_cast<std::size_t>(ActionKind::Cancel)] = {1, 0};
        options_.costs[static_cast<std::size_t>(ActionKind::QueryOrder)] = {1, 0};
        options_.costs[static_cast<std::size_t>(ActionKind::QueryTrades)] = {5, 0};
        tight_ = dice_.chance(30);
        if (dice_.chance(20)) options_.leftovers = BotGonePolicy::Keep;
        if (dice_.chance(20)) options_.on_bot_gone = BotGonePolicy::Keep;
        start();
    }

    /// Trades under faults for so long.
    void storm(Nanos length) {
        const Nanos end = agenda_.now() + length;
        schedule_storm();
        run_until(end);
        calm_ = true;
    }
    /// No faults and nothing new: everything must come to rest.
    void calm(Nanos length) {
        const Nanos end = agenda_.now() + length;
        stream_up_ = true;
        manager_->on_stream_gap(agenda_.now());
        pump();
        ask_for_list();
        run_until(end);
    }

    OrderManager& manager() noexcept { return *manager_; }
    ModelVenue& venue() noexcept { return venue_; }
    struct BotLife {
        ModelBot bot;
        BotNo number = kNoBot;
        std::uint64_t life = 0;
        bool alive = false;
        Lots inherited = 0;  ///< executed of its orders before it came
    };
    std::array<BotLife, kNames.size()>& bots() noexcept { return bots_; }
    /// Which life of which bot sent an order.
    const std::map<std::uint64_t, std::uint64_t>& sender() const noexcept { return sender_; }
    std::uint64_t restarts() const noexcept { return incarnation_ - 1; }

  private:
    static constexpr std::size_t kJournalRecords = 16384;

    void start() {
        ++incarnation_;
        ++stream_no_;
        stream_up_ = true;
        const Instrument one{.symbol = "ONE", .grid = {0.1, 0.001}};
        const Instrument two{.symbol = "TWO", .grid = {0.1, 0.001}};
        const std::array instruments{one, two};
        RiskOptions limits;
        limits.bot.max_open_orders = 12;
        limits.account.max_position_lots = 200;
        limits_.emplace(instruments, std::array{limits, limits});
        const std::array rates{RateLimit{tight_ ? 60U : 6000U, kSecond},
                               RateLimit{tight_ ? 30U : 3000U, kSecond}};
        budget_.emplace(rates, RateBudgetOptions{});
        journal_.emplace(journal_memory_.bytes());
        manager_.emplace(options_, instruments, *limits_, *budget_, &*journal_, agenda_.now());
        for (BotLife& life : bots_) come(life);
        for (AssetNo a = 0; a < kAssets; ++a) {
            if (incarnation_ == 1) manager_->on_position(a, venue_.position(a), agenda_.now());
        }
        pump();
    }
    void come(BotLife& life) {
        const auto i = static_cast<std::size_t>(&life - bots_.data());
        life.bot = {};
        life.life = ++lives_;
        life.alive = true;
        life.number = manager_->bot_came(kNames[i], agenda_.now());
        life.inherited = 0;
        for (const auto& [key, sender] : sender_) inherit(life, OrderKey::unpack(key));
        pump();
    }
    /// An order that was kept for the name belongs to the new life from here on.
    void inherit(BotLife& life, const OrderKey& key) {
        const OrderRecord* record = manager_->table().find(key);
        if (key.bot != life.number || record == nullptr || !record->has_bot_id) return;
        sender_[key.packed()] = life.life;
        life.inherited += record->side == Side::Buy ? record->booked_lots : -record->booked_lots;
    }

    void kill_manager() {
        manager_.reset();
        if (dice_.chance(30)) journal_memory_.tear();
        if (dice_.chance(15)) journal_memory_.break_compaction();
        start();
        ask_for_list();
    }

    void pump() {
        while (!manager_->actions().empty()) {
            const Action action = manager_->actions().front();
            manager_->actions().pop();
            send(action);
        }
        while (!manager_->responses().empty()) {
            const BotResponse r = manager_->responses().front();
            manager_->responses().pop();
            for (BotLife& life : bots_) {
                if (life.number != r.bot) continue;
                EXPECT_TRUE(life.alive);
                life.bot.hear(r.response);
            }
        }
    }

    Nanos latency() {
        if (calm_) return dice_.between(1, 5) * kMillisecond;
        if (dice_.chance(3)) return dice_.between(200, 600) * kMillisecond;
        return dice_.between(100, 50'000) * kMicrosecond;
    }
    bool fault(int percent) { return !calm_ && dice_.chance(percent); }

    void send(const Action& action) {
        EXPECT_TRUE(action.key) << "an action on no order of ours";
        if (action.kind == ActionKind::Submit) {
            for (const BotLife& life : bots_) {
                if (life.number == action.key.bot) sender_[action.key.packed()] = life.life;
            }
        }
        if (action.kind == ActionKind::Cancel || action.kind == ActionKind::Modify) {
            EXPECT_TRUE(venue_.knows(action.key)) << "overtook its own submit";
        }
        ActionAnswer nothing{.ticket = action.ticket, .key = action.key, .kind = action.kind};
        if (fault(2)) {
            nothing.outcome = Outcome::NotSent;
            give(nothing, {}, 0);
            return;
        }
        if (fault(4)) {  // lost on the way there
            if (dice_.chance(50)) give(nothing, {}, latency());
            return;
        }
        const Nanos sent_at = agenda_.now();
        agenda_.in(latency(), [this, action, sent_at, nothing, incarnation = incarnation_] {
            const Nanos lag = calm_ ? 0 : dice_.between(0, 60) * kMillisecond;
            const ActionAnswer answer = venue_.serve(action, sent_at, lag);
            if (incarnation != incarnation_) return;
            if (fault(6)) {  // lost on the way back
                if (dice_.chance(50)) give(nothing, {}, latency());
                return;
            }
            std::vector<TradeReport> trades;
            if (action.kind == ActionKind::QueryTrades) {
                trades = venue_.trades(action.asset_no, action.venue_id, lag);
            }
            give(answer, std::move(trades), latency());
        });
    }
    void give(const ActionAnswer& answer, std::vector<TradeReport> trades, Nanos delay) {
        agenda_.in(delay, [this, answer, trades = std::move(trades), incarnation = incarnation_] {
            if (incarnation != incarnation_) return;
            for (const TradeReport& trade : trades) manager_->on_trade(trade, agenda_.now());
            manager_->on_answer(answer, agenda_.now());
            pump();
        });
    }

    void stream(const OrderUpdate& update) {
        if (!stream_up_) return;
        for (int copies = fault(10) ? 2 : 1; copies > 0; --copies) {
            agenda_.in(latency(), [this, update, connection = stream_no_] {
                if (connection != stream_no_) return;
                manager_->on_update(update, agenda_.now());
                pump();
            });
        }
    }
    void ask_for_list() {
        const Nanos asked_at = agenda_.now();
        agenda_.in(latency(), [this, asked_at, incarnation = incarnation_] {
            const Nanos lag = calm_ ? 0 : dice_.between(0, 60) * kMillisecond;
            agenda_.in(latency(), [this, asked_at, incarnation, list = venue_.open_orders(lag)] {
                if (incarnation != incarnation_) return;
                manager_->on_open_orders(kAllAssets, list, asked_at, agenda_.now());
                pump();
            });
        });
    }

    void schedule_storm() {
        every(5, 30, [this] { act(bots_[static_cast<std::size_t>(dice_.between(0, 2))]); });
        every(5, 60, [this] { venue_.fill_some(); });
        every(100, 1500, [this] { venue_.end_some(); });
        every(300, 1500, [this] { ask_for_list(); });
        every(500, 3000, [this] { drop_stream(); });
        every(1000, 6000,
              [this] { bot_dies(bots_[static_cast<std::size_t>(dice_.between(0, 2))]); });
        every(1500, 8000, [this] { kill_manager(); });
    }
    void every(int least_ms, int most_ms, std::function<void()> what) {
        agenda_.in(dice_.between(least_ms, most_ms) * kMillisecond, [=, this] {
            if (calm_) return;
            what();
            every(least_ms, most_ms, what);
        });
    }
    void drop_stream() {
        stream_up_ = false;
        ++stream_no_;
        agenda_.in(dice_.between(20, 400) * kMillisecond, [this, connection = stream_no_] {
            if (connection != stream_no_) return;
            stream_up_ = true;
            manager_->on_stream_gap(agenda_.now());
            pump();
            ask_for_list();
        });
    }
    void bot_dies(BotLife& life) {
        if (!life.alive) return;
        manager_->bot_gone(life.number, agenda_.now());
        life.alive = false;
        pump();
        come(life);
    }

    void act(BotLife& life) {
        if (!life.alive) return;
        const auto id = static_cast<OrderId>(dice_.between(1, 10));
        const auto it = life.bot.held().find(id);
        const bool free = it == life.bot.held().end() ||
                          (it->second.ended && it->second.order.req == Status::None);
        OrderRequest request;
        if (free) {
            const TimeInForce tif = dice_.chance(10) ? TimeInForce::Ioc : TimeInForce::Gtc;
            request =
                life.bot.submit(id, dice_.chance(50) ? Side::Buy : Side::Sell,
                                dice_.between(1000, 1010), dice_.between(1, 9), tif, agenda_.now());
        } else if (it->second.order.req != Status::None || it->second.ended) {
            return;
        } else if (dice_.chance(50)) {
            request = life.bot.cancel(id, agenda_.now());
        } else {
            request =
                life.bot.modify(id, dice_.between(1000, 1010), dice_.between(1, 9), agenda_.now());
        }
        request.asset_no = static_cast<AssetNo>(id % kAssets);
        manager_->on_request(life.number, request, agenda_.now());
        pump();
    }

    void run_until(Nanos end) {
        for (int steps = 0;; ++steps) {
            ASSERT_LT(steps, 1'000'000) << "does not come to rest";
            const Nanos due = manager_->next_deadline();
            if (std::min(due, agenda_.next()) > end) break;
            if (due < agenda_.next()) {
                agenda_.advance(due);
                manager_->on_time(agenda_.now());
                pump();
            } else {
                agenda_.step();
            }
        }
        agenda_.advance(end);
    }

    Agenda agenda_;
    Dice dice_;
    ModelVenue venue_;
    JournalMemory journal_memory_;
    OrderManagerOptions options_;
    bool tight_ = false;
    std::optional<RiskLimits> limits_;
    std::optional<RateBudget> budget_;
    std::optional<OrderJournal> journal_;
    std::optional<OrderManager> manager_;
    std::array<BotLife, kNames.size()> bots_;
    std::map<std::uint64_t, std::uint64_t> sender_;
    std::uint64_t lives_ = 0;
    std::uint64_t incarnation_ = 0;
    std::uint64_t stream_no_ = 0;
    bool stream_up_ = true;
    bool calm_ = false;
};

}  // namespace ringside::connectord::test
