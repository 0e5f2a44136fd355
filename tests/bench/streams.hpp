#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/rows.hpp"
#include "core/streaming_store.hpp"
#include "ipc/codec.hpp"
#include "ipc/wait_strategy.hpp"
#include "tests/bench/second_process.hpp"
#include "tests/bench/shared_ring.hpp"
#include "tests/bench/small_message.hpp"

namespace ringside::bench {

inline constexpr std::size_t kStreamBytes = std::size_t{4} << 20;
inline constexpr std::uint64_t kBatches = 500;
inline constexpr std::size_t kBatchEvents = 68;

inline void put_batch(ipc::RingWriter& out, std::span<const Event> events, Nanos until) {
    ipc::MarketDataBuilder builder(claim(out, ipc::MarketDataBuilder::bytes(events.size())),
                                   events.size());
    builder.append(0, events);
    out.publish(ipc::FrameType::MarketData, builder.finish(until));
}

inline std::uint64_t sum_of(std::span<const std::byte> bytes) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, 8);
        sum += word;
    }
    return sum;
}

/// How lines are written: as a live service does, for the first of them to be read soon, or past
/// the caches as a replay does, which is far ahead of its readers.
enum class Stores { Plain, Streamed };

/// Market data in batches one way, and bare blocks of cache lines between two counters, written in
/// the same way. Readers pause while they wait, as those of a service and a bot do.
class Streams {
  public:
    Streams(SecondProcess& other, Stores stores)
        : other_(other), stores_(stores), out_(ring_.writer()) {
        constexpr std::array<std::uint64_t, sizeof(Event) / 8> kOnes{1, 1, 1, 1, 1, 1, 1, 1};
        static_assert(kBatchEvents * sizeof(Event) > kBlock);
        for (Event& event : events_) event = std::bit_cast<Event>(kOnes);
        for (MarketUpdate& update : updates_) update.seen = MarketUpdate::kAtLocal;
        own_ = other.learn([in = ring_.reader()]() mutable {
            std::uint64_t sum = 0;
            for (std::uint64_t i = 0; i < kBatches; ++i) {
                ipc::FrameView frame;
                while (!in.poll(frame)) ipc::cpu_pause();
                ipc::MarketDataView view;
                RINGSIDE_CHECK(ipc::decode(frame.payload, view));
                sum += sum_of(std::as_bytes(view.events));
                in.release();
            }
            RINGSIDE_CHECK(sum == kBatches * kBatchEvents * 8);
        });
        bare_work_ = other.learn([&bare = bare_, next = std::uint64_t{0}]() mutable {
            std::uint64_t sum = 0;
            for (std::uint64_t end = next + kBlocks; next < end;) {
                while (bare.written.load(std::memory_order_acquire) <= next) ipc::cpu_pause();
                sum += sum_of({bare.data + next % kPlaces * kBlock, kBlock});
                bare.read.store(++next, std::memory_order_release);
            }
            RINGSIDE_CHECK(sum == kBlocks * kBlock / 8);
        });
    }

    /// Both: GB/s.
    double own() {
        const double ns = other_.together(own_, [&] {
            for (std::uint64_t i = 0; i < kBatches; ++i) {
                ipc::MarketDataBuilder batch(
                    claim(out_, ipc::MarketDataBuilder::bytes(kBatchEvents)), kBatchEvents);
                if (stores_ == Stores::Plain) {
                    batch.append(0, events_);
                } else {
                    batch.stream(0, updates_, Rows(events_.data(), updates_.data()));
                }
                out_.publish(ipc::FrameType::MarketData, batch.finish(static_cast<Nanos>(i)));
            }
        });
        return static_cast<double>(kBatches * kBatchEvents * sizeof(Event)) / ns;
    }
    double bare() {
        const double ns = other_.together(bare_work_, [&] {
            for (std::uint64_t end = written_ + kBlocks; written_ < end;) {
                while (written_ - bare_.read.load(std::memory_order_acquire) >= kPlaces) {
                }
                write_block(bare_.data + written_ % kPlaces * kBlock);
                bare_.written.store(++written_, std::memory_order_release);
            }
        });
        return static_cast<double>(kBlocks * kBlock) / ns;
    }

  private:
    static constexpr std::size_t kBlock = 4096;
    static constexpr std::uint64_t kPlaces = kStreamBytes / kBlock;
    static constexpr std::uint64_t kBlocks = kBatches * kBatchEvents * sizeof(Event) / kBlock;
    struct Bare {
        alignas(128) std::atomic<std::uint64_t> written;  ///< blocks
        alignas(128) std::atomic<std::uint64_t> read;     ///< blocks
        alignas(4096) std::byte data[kStreamBytes];
    };

    void write_block(std::byte* to) const {
        if (stores_ == Stores::Plain) {
            std::memcpy(to, events_.data(), kBlock);
            return;
        }
        for (std::size_t i = 0; i < kBlock / sizeof(Event); ++i) {
            streaming_store(to + i * sizeof(Event), events_[i]);
        }
        streaming_done();
    }

    SecondProcess& other_;
    const Stores stores_;
    std::vector<Event> events_{kBatchEvents};
    std::vector<MarketUpdate> updates_{kBatchEvents};
    SharedRing<kStreamBytes>& ring_ = shared<SharedRing<kStreamBytes>>();
    Bare& bare_ = shared<Bare>();
    ipc::RingWriter out_;
    std::uint64_t written_ = 0;
    std::size_t own_ = 0;
    std::size_t bare_work_ = 0;
};

}  // namespace ringside::bench
