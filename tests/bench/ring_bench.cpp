// Ring against the raw cache line, two processes on two processors. Every figure is a multiple of
// what the bare line did in the same slice of time, because the distance between two virtual
// processors changes while a program runs.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/codec.hpp"
#include "ipc/ring.hpp"
#include "ipc/wait_strategy.hpp"

namespace {

using namespace ringside;
using namespace ringside::ipc;

constexpr std::size_t kPingBytes = std::size_t{256} << 10;
constexpr std::size_t kStreamBytes = std::size_t{4} << 20;
constexpr std::size_t kBatchEvents = 68;

double now_ns() {
    return std::chrono::duration<double, std::nano>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

struct Shared {
    alignas(128) std::atomic<std::uint64_t> command;  ///< what the other process shall do
    alignas(128) std::atomic<std::uint64_t> done;
    alignas(128) std::atomic<std::uint64_t> line;
    alignas(128) std::atomic<std::uint64_t> raw_written;  ///< blocks
    alignas(128) std::atomic<std::uint64_t> raw_read;     ///< blocks
    alignas(128) std::atomic<std::int64_t> cursor[3];
    alignas(128) layout::RingControl control[3];
    alignas(4096) std::byte ping[kPingBytes];
    alignas(4096) std::byte pong[kPingBytes];
    alignas(4096) std::byte stream[kStreamBytes];
    alignas(4096) std::byte raw[kStreamBytes];
};

enum Command : std::uint64_t { Line = 1, Small, Order, Stream, Raw };
constexpr int kTurns = 300;
constexpr int kBatches = 500;
constexpr std::size_t kRawBlock = 4096;
constexpr std::size_t kRawBlocks = kStreamBytes / kRawBlock;
constexpr std::uint64_t kRawPerSample = kBatches * kBatchEvents * sizeof(Event) / kRawBlock;

RingMap ring(Shared& s, int which) {
    std::byte* data[] = {s.ping, s.pong, s.stream};
    return {&s.control[which], data[which], which == 2 ? kStreamBytes : kPingBytes};
}

void await(std::atomic<std::uint64_t>& word, std::uint64_t value) {
    while (word.load(std::memory_order_acquire) != value) cpu_pause();
}

std::span<const std::byte> take(RingReader& reader) {
    FrameView view;
    while (!reader.poll(view)) cpu_pause();
    return view.payload;
}

void put_small(RingWriter& writer, std::uint64_t value) {
    std::byte* payload = nullptr;
    while ((payload = writer.try_claim(48)) == nullptr) cpu_pause();
    for (std::size_t i = 0; i < 6; ++i) std::memcpy(payload + 8 * i, &value, 8);
    writer.publish(FrameType::MarketData, 48);
}

std::uint64_t take_small(RingReader& reader) {
    std::uint64_t words[6];
    std::memcpy(words, take(reader).data(), sizeof(words));
    reader.release();
    return (words[0] | words[1] | words[2] | words[3] | words[4]) & words[5];
}

void put_order(RingWriter& writer, const OrderRequest& request) {
    std::byte* payload = nullptr;
    while ((payload = writer.try_claim(kOrderRequestBytes)) == nullptr) cpu_pause();
    encode(request, payload);
    writer.publish(FrameType::OrderRequest, kOrderRequestBytes);
}

OrderRequest take_order(RingReader& reader) {
    OrderRequest request;
    RINGSIDE_CHECK(decode(take(reader), request));
    reader.release();
    return request;
}

/// The other process: answers, or consumes.
class Peer {
  public:
    explicit Peer(Shared& s)
        : s_(s),
          in_(ring(s, 0), 0, 0, &s.cursor[0]),
          out_(ring(s, 1)),
          stream_(ring(s, 2), 0, 0, &s.cursor[2]) {
        out_.add_gate(&s.cursor[1]);
    }

    [[noreturn]] void serve() {
        for (std::uint64_t served = 0;;) {
            std::uint64_t command = 0;
            while ((command = s_.command.load(std::memory_order_acquire)) >> 8 != served + 1)
                cpu_pause();
            run(static_cast<Command>(command & 0xff));
            s_.done.store(++served, std::memory_order_release);
        }
    }

  private:
    void run(Command command) {
        switch (command) {
            case Line:
                for (std::uint64_t i = 1; i <= kTurns; ++i) {
                    while (s_.line.load(std::memory_order_acquire) != 2 * i - 1) {
                    }
                    s_.line.store(2 * i, std::memory_order_release);
                }
                break;
            case Small:
                for (int i = 0; i < kTurns; ++i) put_small(out_, take_small(in_));
                break;
            case Order:
                for (int i = 0; i < kTurns; ++i) put_order(out_, take_order(in_));
                break;
            case Stream:
                for (int i = 0; i < kBatches; ++i) consume_batch();
                break;
            case Raw:
                consume_raw();
                break;
        }
    }

    void consume_batch() {
        MarketDataView view;
        RINGSIDE_CHECK(decode(take(stream_), view));
        read(std::as_bytes(view.events));
        stream_.release();
    }

    void consume_raw() {
        for (std::uint64_t end = raw_read_ + kRawPerSample; raw_read_ < end;) {
            while (s_.raw_written.load(std::memory_order_acquire) <= raw_read_) cpu_pause();
            read({s_.raw + raw_read_ % kRawBlocks * kRawBlock, kRawBlock});
            s_.raw_read.store(++raw_read_, std::memory_order_release);
        }
    }

    void read(std::span<const std::byte> bytes) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < bytes.size(); i += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data() + i, 8);
            sum += word;
        }
        sum_ = sum;
    }

    Shared& s_;
    RingReader in_;
    RingWriter out_;
    RingReader stream_;
    std::uint64_t raw_read_ = 0;
    volatile std::uint64_t sum_ = 0;  ///< keeps the reads
};

/// The measuring process.
class Driver {
  public:
    explicit Driver(Shared& s)
        : s_(s), out_(ring(s, 0)), in_(ring(s, 1), 0, 0, &s.cursor[1]), stream_(ring(s, 2)) {
        out_.add_gate(&s.cursor[0]);
        stream_.add_gate(&s.cursor[2]);
    }

    /// ns of one round trip of the bare line.
    double line() {
        s_.line.store(0);
        return timed(Line,
                     [&] {
                         for (std::uint64_t i = 1; i <= kTurns; ++i) {
                             s_.line.store(2 * i - 1, std::memory_order_release);
                             while (s_.line.load(std::memory_order_acquire) != 2 * i) {
                             }
                         }
                     }) /
               kTurns;
    }
    double small() {
        return timed(Small,
                     [&] {
                         for (std::uint64_t i = 1; i <= kTurns; ++i) {
                             put_small(out_, i);
                             RINGSIDE_CHECK(take_small(in_) == i);
                         }
                     }) /
               kTurns;
    }
    double order() {
        OrderRequest request{.kind = RequestKind::Submit, .side = Side::Buy};
        return timed(Order,
                     [&] {
                         for (std::uint64_t i = 1; i <= kTurns; ++i) {
                             request.seq = i;
                             put_order(out_, request);
                             RINGSIDE_CHECK(take_order(in_).seq == i);
                         }
                     }) /
               kTurns;
    }
    /// GB/s of events in batches.
    double stream() {
        const std::vector<Event> events(kBatchEvents);
        const double ns = timed(Stream, [&] {
            for (int i = 0; i < kBatches; ++i) {
                std::byte* payload = nullptr;
                while ((payload = stream_.try_claim(MarketDataBuilder::bytes(kBatchEvents))) ==
                       nullptr) {
                    cpu_pause();
                }
                MarketDataBuilder builder(payload, kBatchEvents);
                builder.append(0, events);
                stream_.publish(FrameType::MarketData, builder.finish(i));
            }
        });
        return kBatches * kBatchEvents * sizeof(Event) / ns;
    }
    /// GB/s of bare blocks between two counters.
    double raw() {
        const std::vector<std::byte> block(kRawBlock);
        const double ns = timed(Raw, [&] {
            for (std::uint64_t end = raw_written_ + kRawPerSample; raw_written_ < end;) {
                while (raw_written_ - s_.raw_read.load(std::memory_order_acquire) >= kRawBlocks) {
                    cpu_pause();
                }
                std::memcpy(s_.raw + raw_written_ % kRawBlocks * kRawBlock, block.data(),
                            kRawBlock);
                s_.raw_written.store(++raw_written_, std::memory_order_release);
            }
        });
        return static_cast<double>(kRawPerSample * kRawBlock) / ns;
    }

  private:
    template <typename Body>
    double timed(Command command, Body body) {
        ++asked_;
        s_.command.store((asked_ << 8) | command, std::memory_order_release);
        const double begin = now_ns();
        body();
        await(s_.done, asked_);
        return now_ns() - begin;
    }

    Shared& s_;
    RingWriter out_;
    RingReader in_;
    RingWriter stream_;
    std::uint64_t asked_ = 0;
    std::uint64_t raw_written_ = 0;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0.0 : values[values.size() / 2];
}

}  // namespace

int main() {
    auto* shared = static_cast<Shared*>(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                             MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
    if (shared == MAP_FAILED) {
        fmt::print(stderr, "no memory for the rings\n");
        return 4;
    }
    for (int which = 0; which < 3; ++which) init_ring(ring(*shared, which));
    const pid_t peer = fork();
    if (peer == 0) {
        pin(1);
        Peer(*shared).serve();
    }
    pin(0);
    Driver driver(*shared);
    std::vector<double> floors, small, order, stream;
    const double end = now_ns() + 5e9;
    while (now_ns() < end) {
        const double before = driver.line();
        const double small_ns = driver.small();
        const double order_ns = driver.order();
        const double floor = driver.line();
        // The processors were moved meanwhile: the ratios would compare two places.
        if (std::abs(before - floor) > 0.1 * floor) continue;
        floors.push_back(floor);
        small.push_back(small_ns / floor);
        order.push_back(order_ns / floor);
        const double raw = driver.raw();
        stream.push_back(driver.stream() / raw);
    }
    kill(peer, SIGKILL);
    waitpid(peer, nullptr, 0);
    fmt::print("samples {}\nbare line round trip, ns      {:8.1f}\n", floors.size(),
               median(floors));
    fmt::print("one-line message round trip   {:8.2f} x the line\n", median(small));
    fmt::print("order request round trip      {:8.2f} x the line\n", median(order));
    fmt::print("market data batches of {}     {:8.2f} x bare streaming\n", kBatchEvents,
               median(stream));
    return 0;
}
