#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "tests/bench/second_process.hpp"
#include "tests/bench/shared_ring.hpp"
#include "tests/bench/small_message.hpp"

/// Kinds of queues between two processes, each with put() and take(), which wait spinning.
namespace ringside::bench {

inline constexpr std::size_t kQueueBytes = std::size_t{1} << 20;

/// 64 bytes, which with a frame's header take two lines.
using Message = std::array<std::uint64_t, 8>;
constexpr Message message_of(std::uint64_t n) { return {n, n, n, n, n, n, n, n}; }

class RingQueue {
  public:
    void put(std::uint64_t n) {
        *new (claim(writer_, sizeof(Message))) Message = message_of(n);
        writer_.publish(ipc::FrameType::MarketData, sizeof(Message));
    }
    std::uint64_t take() {
        std::uint64_t last = 0;
        std::memcpy(&last, bench::take(reader_).data() + 56, sizeof(last));
        reader_.release();
        return last;
    }

  private:
    SharedRing<kQueueBytes>& ring_ = shared<SharedRing<kQueueBytes>>();
    ipc::RingWriter writer_ = ring_.writer();
    ipc::RingReader reader_ = ring_.reader();
};

class SpscQueue {
  public:
    void put(std::uint64_t n) {
        while (!queue_.push(message_of(n))) {
        }
    }
    std::uint64_t take() {
        Message message;
        while (!queue_.pop(message)) {
        }
        return message[7];
    }

  private:
    using Spsc =
        boost::lockfree::spsc_queue<Message,
                                    boost::lockfree::capacity<kQueueBytes / sizeof(Message)>>;
    Spsc& queue_ = shared<Spsc>();
};

/// Boost's message queue, polled; blocking it takes a hundred times as long.
class MessageQueue {
  public:
    MessageQueue() {
        static int count = 0;
        const std::string name = fmt::format("ringside-queue-bench-{}-{}", getpid(), count++);
        queue_ = std::make_unique<Queue>(boost::interprocess::create_only, name.c_str(), 1024,
                                         sizeof(Message));
        Queue::remove(name.c_str());  // the mappings stay
    }
    void put(std::uint64_t n) {
        const Message message = message_of(n);
        while (!queue_->try_send(&message, sizeof(message), 0)) {
        }
    }
    std::uint64_t take() {
        Message message;
        Queue::size_type size = 0;
        unsigned priority = 0;
        while (!queue_->try_receive(&message, sizeof(message), size, priority)) {
        }
        return message[7];
    }

  private:
    using Queue = boost::interprocess::message_queue;
    std::unique_ptr<Queue> queue_;
};

/// Round trips and one-way messages over one kind of queue, whose ends each process has its own
/// copies of.
template <typename Queue>
class Peer {
  public:
    static constexpr std::uint64_t kTurns = 200;
    static constexpr std::uint64_t kMessages = 5000;

    explicit Peer(SecondProcess& other) : other_(other) {
        answer_ = other.learn([this] {
            for (std::uint64_t i = 0; i < kTurns; ++i) back_.put(there_.take());
        });
        drain_ = other.learn([this] {
            for (std::uint64_t i = 0; i < kMessages; ++i) RINGSIDE_CHECK(there_.take() == i);
        });
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    double round_trip_ns() {
        return other_.together(answer_, [&] {
            for (std::uint64_t i = 0; i < kTurns; ++i) {
                there_.put(i);
                RINGSIDE_CHECK(back_.take() == i);
            }
        }) / kTurns;
    }
    double message_ns() {
        return other_.together(drain_, [&] {
            for (std::uint64_t i = 0; i < kMessages; ++i) there_.put(i);
        }) / kMessages;
    }

  private:
    SecondProcess& other_;
    Queue there_, back_;
    std::size_t answer_ = 0;
    std::size_t drain_ = 0;
};

}  // namespace ringside::bench
