#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

#include "core/event.hpp"
#include "tools/ringside/event_order.hpp"

namespace ringside {

/// correct_event_order() for a stream without end. Rows must come in order of exch_ts and never
/// have a local_ts before their exch_ts; held are those younger than the longest feed latency.
class FeedOrder {
  public:
    explicit FeedOrder(EventSink sink) : sink_(std::move(sink)) {}

    void push(const Event& row);
    /// Hands over what is held; the stream is over.
    void finish();

  private:
    struct Held {
        Event row;
        bool exch_done = false;
        bool local_done = false;
    };
    /// A row that the bot has yet to see; equal times keep the order of arrival.
    struct Unseen {
        Nanos local_ts = 0;
        std::uint64_t number = 0;
        bool operator>(const Unseen& other) const noexcept {
            return local_ts != other.local_ts ? local_ts > other.local_ts : number > other.number;
        }
    };

    Held& held(std::uint64_t number) noexcept { return held_[number - first_]; }
    void step();
    void emit(std::uint64_t number, std::uint64_t flags);

    EventSink sink_;
    std::deque<Held> held_;
    std::uint64_t first_ = 0;      // number of the first row held
    std::uint64_t next_exch_ = 0;  // first row that the exchange's timeline still lacks
    std::priority_queue<Unseen, std::vector<Unseen>, std::greater<>> unseen_;
    std::vector<Event> block_;
};

}  // namespace ringside
