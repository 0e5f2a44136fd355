#pragma once

#include <atomic>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "botkit/bus_link.hpp"
#include "core/book/l2_book.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

namespace ringside::test {

/// A bot that only looks: what it was told the book is, each time that it was told to be true.
/// Compared with the simulator's own log, this finds every change that was missed in silence.
class BookWitness {
  public:
    /// Ends by itself when the service does.
    explicit BookWitness(const std::string& bus)
        : link_(botkit::connect_bus(bus, "witness")),
          book_(link_->info().instruments[0].grid, Rules::strict()),
          thread_([this] { watch(); }) {}
    ~BookWitness() { stop(); }
    BookWitness(const BookWitness&) = delete;
    BookWitness& operator=(const BookWitness&) = delete;

    /// Takes what has come; then the rest may be asked for.
    void stop() {
        is_over_ = true;
        if (thread_.joinable()) thread_.join();
    }
    std::size_t sightings() const noexcept { return seen_.size(); }
    /// How often it was told not to rely on the book any more.
    std::size_t stale_periods() const noexcept { return stale_periods_; }
    std::int64_t last_millis() const noexcept { return seen_.empty() ? 0 : seen_.back().millis; }

    /// Sightings that differ from every book that the venue had at the time; lines of `log` are
    /// "SYMBOL milliseconds id hash".
    std::string differences(const std::string& log) const {
        std::map<std::int64_t, std::set<std::string>> books;
        std::istringstream lines(log);
        std::string symbol;
        std::string id;
        std::string hash;
        for (std::int64_t millis = 0; lines >> symbol >> millis >> id >> hash;) {
            books[millis].insert(hash);
        }
        std::string found;
        for (const Sighting& one : seen_) {
            // A snapshot's time may lie behind the last change in it.
            const auto after = books.upper_bound(one.millis);
            if (after == books.begin() || !std::prev(after)->second.contains(one.hash)) {
                found += fmt::format("{} at {}\n", one.hash, one.millis);
            }
        }
        return found;
    }

  private:
    static constexpr std::size_t kLevelsHashed = 100;
    struct Sighting {
        std::int64_t millis = 0;
        std::string hash;
    };

    void watch() {
        std::vector<OrderResponse> none;
        try {
            for (bool last = false; !last;) {
                last = is_over_;
                while (take()) continue;
                link_->poll(none);
                std::this_thread::sleep_for(std::chrono::microseconds(500));
            }
        } catch (const Error&) {
            return;  // the service has ended
        }
    }

    bool take() {
        const botkit::FeedRows rows = link_->next_rows();
        botkit::LiveError error;
        while (link_->take_error(error)) {
            if (error.kind == botkit::LiveErrorKind::Interrupted) ++stale_periods_;
        }
        if (rows.updates.empty()) return false;
        bool is_book = false;
        Nanos exch_ts = 0;
        for (const MarketUpdate& update : rows.updates) {
            const Event row = rows.rows.of(&update);
            is_book |= apply(row);
            exch_ts = row.exch_ts;
        }
        if (is_book && link_->is_fresh(0)) seen_.push_back({exch_ts / kMillisecond, hash()});
        return true;
    }

    bool apply(const Event& row) {
        switch (row.kind()) {
            case EventKind::DepthClear:
                book_.clear_all();
                return true;
            case EventKind::Depth:
            case EventKind::DepthSnapshot:
                book_.set(row.side(), row.px, row.qty);
                return true;
            default:
                return false;
        }
    }

    /// As the simulator makes it of its own.
    std::string hash() const {
        std::uint64_t value = 0xcbf29ce484222325U;
        const auto add = [&](char side, Ticks tick, double qty) {
            for (const char c : fmt::format("{}{}.{}:{:.3f};", side, tick / 10, tick % 10, qty)) {
                value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
            }
        };
        constexpr Ticks kLowest = std::numeric_limits<Ticks>::min() + 1;
        constexpr Ticks kHighest = std::numeric_limits<Ticks>::max() - 1;
        std::size_t left = kLevelsHashed;
        for (Ticks t = book_.best_bid(); t != kNoBid && left > 0; --left) {
            add('b', t, book_.bids().qty(t));
            t = book_.bids().find_below(t, kLowest);
        }
        left = kLevelsHashed;
        for (Ticks t = book_.best_ask(); t != kNoAsk && left > 0; --left) {
            add('a', t, book_.asks().qty(t));
            t = book_.asks().find_above(t, kHighest);
        }
        return fmt::format("{:016x}", value);
    }

    std::unique_ptr<botkit::Link> link_;
    L2Book book_;
    std::vector<Sighting> seen_;
    std::atomic<std::size_t> stale_periods_{0};
    std::atomic<bool> is_over_{false};
    std::thread thread_;
};

}  // namespace ringside::test
