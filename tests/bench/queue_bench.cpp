// What a bus's parts cost: beside Boost's queues doing the same work, by wait policy, with more
// readers and an observer, a bot's book from the md ring, and the codec. Two processes on two
// processors; what compares is measured in turns, rounds in which the processors moved are dropped.
//   queue_bench [seconds] [peers]      peers: Boost's queues only

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "core/book/l2_book.hpp"
#include "ipc/codec.hpp"
#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"
#include "ipc/wake_word.hpp"
#include "tests/bench/bare_lines.hpp"
#include "tests/bench/listeners.hpp"
#include "tests/bench/queues.hpp"
#include "tests/bench/second_process.hpp"
#include "tests/bench/shared_ring.hpp"
#include "tests/bench/small_message.hpp"
#include "tests/bench/streams.hpp"

namespace {

using namespace ringside;
using namespace ringside::bench;
using namespace ringside::ipc;

constexpr std::size_t kRingBytes = std::size_t{1} << 20;

using Ring = SharedRing<kRingBytes>;

/// The ring beside both of Boost's queues. For another program's numbers to be set beside these,
/// each is a multiple of the bare line of the same round.
void against_boost(double seconds) {
    SecondProcess other;
    BareLine line(other);
    Peer<RingQueue> ring(other);
    Peer<SpscQueue> spsc(other);
    Peer<MessageQueue> queue(other);
    Streams market(other, Stores::Plain);
    std::vector<double> trip[3], one_way[3], batched, floor;
    other.start();
    pin(0);
    for (const double end = now_ns() + seconds * 1e9; now_ns() < end;) {
        const double before = line.round_trip();
        const std::array trips{ring.round_trip_ns(), spsc.round_trip_ns(), queue.round_trip_ns()};
        const std::array ways{ring.message_ns(), spsc.message_ns(), queue.message_ns()};
        const double event_ns = static_cast<double>(sizeof(Event)) / market.own();
        if (!steady(before, line.round_trip())) continue;
        floor.push_back(before);
        batched.push_back(event_ns / before);
        for (std::size_t i = 0; i < 3; ++i) {
            trip[i].push_back(trips[i] / before);
            one_way[i].push_back(ways[i] / before);
        }
    }
    constexpr const char* kNames[] = {"this ring", "boost spsc_queue", "boost message_queue"};
    fmt::print("64 bytes, in round trips of a bare line ({:.0f} ns, {} rounds)\n", median(floor),
               floor.size());
    for (std::size_t i = 0; i < 3; ++i) {
        fmt::print("  {:<20} there and back {:7.2f}, x{:.2f}; one way {:8.4f}, x{:.2f}\n",
                   kNames[i], median(trip[i]), median(trip[i]) / median(trip[0]),
                   median(one_way[i]), median(one_way[i]) / median(one_way[0]));
    }
    fmt::print("  {:<20} one way {:8.4f}, x{:.2f}\n", fmt::format("events by {}", kBatchEvents),
               median(batched), median(batched) / median(one_way[0]));
}

/// Orders there and back; `make` makes each side's policy from its wake word.
template <typename Make>
double order_round_trip(Make make, bool wakes, std::uint64_t turns) {
    struct Ends {
        Ring rings[2];
        alignas(128) std::atomic<std::uint32_t> wake[2];
    };
    auto& ends = shared<Ends>();
    const auto pass = [&ends, make, wakes, turns](int from, bool first) {
        RingReader in = ends.rings[from].reader();
        RingWriter out(ends.rings[1 - from].map());
        out.add_gate(&ends.rings[1 - from].cursor);
        auto wait = make(&ends.wake[1 - from]);
        const auto send = [&](std::uint64_t seq) {
            encode(OrderRequest{.seq = seq, .kind = RequestKind::Submit},
                   claim(out, kOrderRequestBytes));
            out.publish(FrameType::OrderRequest, kOrderRequestBytes);
            if (wakes) WakeWord::wake(ends.wake[from]);
        };
        if (first) send(0);
        FrameView view;
        for (std::uint64_t n = 0; n < turns; ++n) {
            while (!in.poll(view)) wait.idle();
            wait.reset();
            OrderRequest request;
            RINGSIDE_CHECK(decode(view.payload, request));
            in.release();
            if (!first || n + 1 < turns) send(request.seq + 1);
        }
    };
    SecondProcess other;
    const std::size_t work = other.learn([pass] { pass(0, false); });
    other.start();
    pin(0);
    double ns = 0.0;
    // A processor that slept is slow at first, and so is memory.
    for (int warm = 0; warm < 2; ++warm) {
        for (Ring& ring : ends.rings) {
            std::memset(ring.data, 0, sizeof(ring.data));
            init_ring(ring.map());
            ring.cursor.store(0);
        }
        ns = other.together(work, [&] { pass(1, true); }) / static_cast<double>(turns);
    }
    munmap(&ends, sizeof(ends));
    return ns;
}

void policies() {
    using Word = std::atomic<std::uint32_t>*;
    std::array<std::vector<double>, 4> ns;
    for (int i = 0; i < 9; ++i) {
        ns[0].push_back(order_round_trip([](Word) { return BusySpin(); }, false, 5000));
        ns[1].push_back(order_round_trip([](Word) { return SpinThenYield(); }, false, 5000));
        ns[2].push_back(order_round_trip([](Word w) { return SpinThenFutex(w); }, true, 5000));
        ns[3].push_back(order_round_trip([](Word w) { return SpinThenFutex(w, 0); }, true, 300));
    }
    fmt::print(
        "order there and back           {:8.0f} ns spinning; then yield x{:.2f}, spin then "
        "futex x{:.2f}, futex x{:.0f}\n",
        median(ns[0]), median(ns[1]) / median(ns[0]), median(ns[2]) / median(ns[0]),
        median(ns[3]) / median(ns[0]));
}

/// Batches of a market that wanders, as a connector would send them.
std::vector<std::vector<Event>> wandering_market(std::size_t batches, std::size_t batch) {
    std::vector<std::vector<Event>> market(batches, std::vector<Event>(batch));
    std::uint64_t dice = 1;
    double mid = 60'000.0;
    for (auto& events : market) {
        for (Event& event : events) {
            dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
            const auto away = static_cast<double>(dice >> 57);
            const bool buy = (dice >> 40 & 1) != 0;
            event.ev =
                static_cast<std::uint64_t>(EventKind::Depth) | (buy ? kBuyEvent : kSellEvent);
            event.px = buy ? mid - away / 10 : mid + 0.1 + away / 10;
            event.qty = static_cast<double>(dice >> 50 & 7);
        }
        mid += 0.1 * (static_cast<double>(dice >> 62) - 1.5);
    }
    return market;
}

/// A bot's book from the md ring.
void book() {
    constexpr std::size_t kMarketBatches = 1024;
    const auto market = wandering_market(kMarketBatches, kBatchEvents);
    auto& ring = shared<Ring>();
    RingWriter out = ring.writer();
    SecondProcess other;
    const std::size_t work = other.learn([in = ring.reader()]() mutable {
        L2Book book(Grid{0.1, 0.001}, Rules::strict());
        FrameView view;
        MarketDataView data;
        for (std::size_t n = 0; n < kMarketBatches; ++n) {
            while (!in.poll(view)) {
            }
            RINGSIDE_CHECK(decode(view.payload, data));
            for (const Event& e : data.events) book.set(e.side(), e.px, e.qty);
            in.release();
        }
    });
    other.start();
    pin(0);
    std::vector<double> rates;
    for (int i = 0; i < 100; ++i) {
        const double ns = other.together(work, [&] {
            for (std::size_t n = 0; n < kMarketBatches; ++n) put_batch(out, market[n], Nanos(n));
        });
        rates.push_back(static_cast<double>(kBatchEvents * kMarketBatches) / ns * 1000.0);
    }
    fmt::print("md ring into a book            {:8.1f} M events/s, slowest tenth {:.1f}\n",
               median(rates), quantile(rates, 0.1));
}

/// Places for messages that stay in the nearest cache.
constexpr std::size_t kPlaces = 64;
alignas(64) std::byte g_places[kPlaces][256];

/// ns for `body(place)`, place by place.
template <typename Body>
double each_ns(Body body) {
    constexpr int kLaps = 2000;
    std::vector<double> laps;
    for (int round = 0; round < 9; ++round) {
        const double begin = now_ns();
        for (int lap = 0; lap < kLaps; ++lap) {
            for (auto& place : g_places) body(place + layout::kFrameHeaderBytes);
        }
        laps.push_back((now_ns() - begin) / (kLaps * static_cast<double>(kPlaces)));
    }
    return median(laps);
}

void codec() {
    OrderRequest request{.order_id = 7, .kind = RequestKind::Submit, .side = Side::Buy};
    OrderResponse response{.order_id = 7, .kind = ResponseKind::Ack, .side = Side::Sell};
    std::uint64_t sum = 0;
    const auto read = [&](auto& out, std::size_t bytes) {
        return [&sum, &out, bytes](const std::byte* at) {
            RINGSIDE_CHECK(decode({at, bytes}, out));
            sum += out.seq;
        };
    };
    const auto write = [](auto& message) {
        return [&message](std::byte* at) {
            ++message.seq;
            encode(message, at);
        };
    };
    const double request_write = each_ns(write(request));
    const double request_read = each_ns(read(request, kOrderRequestBytes));
    const double response_write = each_ns(write(response));
    const double response_read = each_ns(read(response, kOrderResponseBytes));
    fmt::print("order request                  {:8.1f} ns to write, {:.1f} ns to read\n",
               request_write, request_read);
    fmt::print("order response                 {:8.1f} ns to write, {:.1f} ns to read\n",
               response_write, response_read);
    for (const std::size_t batch : {16, 68, 256}) {
        const std::vector<Event> events(batch);
        std::vector<std::byte> frame(MarketDataBuilder::bytes(batch) + 64);
        std::byte* payload = frame.data() + layout::kFrameHeaderBytes;
        std::size_t size = 0;
        const auto count = static_cast<double>(batch);
        const double to_write = each_ns([&](std::byte*) {
            MarketDataBuilder builder(payload, batch);
            builder.append(0, events);
            size = builder.finish(0);
            asm volatile("" : : "r"(payload) : "memory");
        });
        const double to_read = each_ns([&](std::byte*) {
            MarketDataView view;
            RINGSIDE_CHECK(decode({payload, size}, view));
            for (const Event& e : view.events) {
                sum += e.ev + e.order_id + static_cast<std::uint64_t>(e.exch_ts + e.local_ts);
            }
            asm volatile("" : : "r"(sum) : "memory");
        });
        fmt::print("market data, batches of {:<4}   {:8.2f} ns an event to write, {:.2f} to read\n",
                   batch, to_write / count, to_read / count);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 10.0;
    const bool peers_only = argc > 2 && std::string_view(argv[2]) == "peers";
    against_boost(peers_only ? seconds : seconds * 0.4);
    if (peers_only) return 0;
    listeners(seconds * 0.4);
    policies();
    book();
    codec();
    return 0;
}
