// What a bus's parts cost: beside Boost's queues doing the same work, by wait policy, with more
// readers and an observer, a bot's book from the md ring, and the codec. Two processes on two
// processors; what compares is measured in turns, rounds in which the processors moved are dropped.
//   queue_bench [seconds] [peers]      peers: Boost's queues only

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include "core/book/l2_book.hpp"
#include "ipc/bus_client.hpp"
#include "ipc/bus_directory.hpp"
#include "ipc/bus_service.hpp"
#include "ipc/bus_tap.hpp"
#include "ipc/codec.hpp"
#include "ipc/describe.hpp"
#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"
#include "ipc/wake_word.hpp"
#include "tests/bench/bare_lines.hpp"
#include "tests/bench/second_process.hpp"
#include "tests/bench/shared_ring.hpp"
#include "tests/support/unique_bus.hpp"

namespace {

using namespace ringside;
using namespace ringside::bench;
using namespace ringside::ipc;
namespace bip = boost::interprocess;

constexpr std::size_t kRingBytes = std::size_t{1} << 20;
constexpr std::uint64_t kTurns = 200;
constexpr std::uint64_t kMessages = 5000;

/// 64 bytes, which with a frame's header take two lines.
using Message = std::array<std::uint64_t, 8>;
constexpr Message message_of(std::uint64_t n) { return {n, n, n, n, n, n, n, n}; }

/// What the ends of any queue are to be measured by.
struct Queue {
    std::function<void(std::uint64_t)> put;
    std::function<std::uint64_t()> take;
};

using Ring = SharedRing<kRingBytes>;

std::byte* claim(RingWriter& writer, std::size_t bytes) {
    std::byte* payload = nullptr;
    while ((payload = writer.try_claim(bytes)) == nullptr) {
    }
    return payload;
}

Queue own_queue() {
    auto& ring = shared<Ring>();
    const auto writer = std::make_shared<RingWriter>(ring.writer());
    const auto reader = std::make_shared<RingReader>(ring.reader());
    return {[writer](std::uint64_t n) {
                const Message message = message_of(n);
                std::memcpy(claim(*writer, sizeof(message)), &message, sizeof(message));
                writer->publish(FrameType::MarketData, sizeof(message));
            },
            [reader] {
                FrameView view;
                while (!reader->poll(view)) {
                }
                Message message;
                std::memcpy(&message, view.payload.data(), sizeof(message));
                reader->release();
                return message[7];
            }};
}

Queue spsc_queue() {
    using Spsc =
        boost::lockfree::spsc_queue<Message,
                                    boost::lockfree::capacity<kRingBytes / sizeof(Message)>>;
    auto& queue = shared<Spsc>();
    return {[&queue](std::uint64_t n) {
                while (!queue.push(message_of(n))) {
                }
            },
            [&queue] {
                Message message;
                while (!queue.pop(message)) {
                }
                return message[7];
            }};
}

/// Boost's message queue, polled; blocking it takes a hundred times as long.
Queue message_queue() {
    static int count = 0;
    const std::string name = fmt::format("ringside-queue-bench-{}-{}", getpid(), count++);
    const auto queue =
        std::make_shared<bip::message_queue>(bip::create_only, name.c_str(), 1024, sizeof(Message));
    bip::message_queue::remove(name.c_str());  // the mappings stay
    return {[queue](std::uint64_t n) {
                const Message message = message_of(n);
                while (!queue->try_send(&message, sizeof(message), 0)) {
                }
            },
            [queue] {
                Message message;
                bip::message_queue::size_type size = 0;
                unsigned priority = 0;
                while (!queue->try_receive(&message, sizeof(message), size, priority)) {
                }
                return message[7];
            }};
}

/// Round trips and one-way messages over one kind of queue.
class Peer {
  public:
    Peer(SecondProcess& other, Queue (*make)()) : other_(other), there_(make()), back_(make()) {
        answer_ = other.learn([in = there_.take, out = back_.put] {
            for (std::uint64_t i = 0; i < kTurns; ++i) out(in());
        });
        drain_ = other.learn([in = there_.take] {
            for (std::uint64_t i = 0; i < kMessages; ++i) RINGSIDE_CHECK(in() == i);
        });
    }
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

/// The ring beside both of Boost's queues. For another program's numbers to be set beside these,
/// each is a multiple of the bare line of the same round.
void against_boost(double seconds) {
    SecondProcess other;
    BareLine line(other);
    Peer peers[] = {{other, own_queue}, {other, spsc_queue}, {other, message_queue}};
    std::vector<double> trip[3], one_way[3], floor;
    other.start();
    pin(0);
    for (const double end = now_ns() + seconds * 1e9; now_ns() < end;) {
        const double before = line.round_trip();
        std::array<double, 6> ns{};
        for (std::size_t i = 0; i < 3; ++i) ns[i] = peers[i].round_trip_ns();
        for (std::size_t i = 0; i < 3; ++i) ns[3 + i] = peers[i].message_ns();
        if (!steady(before, line.round_trip())) continue;
        floor.push_back(before);
        for (std::size_t i = 0; i < 3; ++i) {
            trip[i].push_back(ns[i] / before);
            one_way[i].push_back(ns[3 + i] / before);
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

void put_batch(RingWriter& out, std::span<const Event> events, Nanos until) {
    MarketDataBuilder builder(claim(out, MarketDataBuilder::bytes(events.size())), events.size());
    builder.append(0, events);
    out.publish(FrameType::MarketData, builder.finish(until));
}

/// A bot's book from the md ring.
void book() {
    constexpr std::size_t kBatch = 68;
    constexpr std::size_t kBatches = 1024;
    const auto market = wandering_market(kBatches, kBatch);
    auto& ring = shared<Ring>();
    RingWriter out = ring.writer();
    SecondProcess other;
    const std::size_t work = other.learn([in = ring.reader()]() mutable {
        L2Book book(Grid{0.1, 0.001}, Rules::strict());
        FrameView view;
        MarketDataView data;
        for (std::size_t n = 0; n < kBatches; ++n) {
            while (!in.poll(view)) {
            }
            RINGSIDE_CHECK(decode(view.payload, data));
            for (const Event& e : data.events) {
                e.has(kBuyEvent) ? book.set<Side::Buy>(e.px, e.qty)
                                 : book.set<Side::Sell>(e.px, e.qty);
            }
            in.release();
        }
    });
    other.start();
    pin(0);
    std::vector<double> rates;
    for (int i = 0; i < 100; ++i) {
        const double ns = other.together(work, [&] {
            for (std::size_t n = 0; n < kBatches; ++n) put_batch(out, market[n], Nanos(n));
        });
        rates.push_back(static_cast<double>(kBatch * kBatches) / ns * 1000.0);
    }
    fmt::print("md ring into a book            {:8.1f} M events/s, slowest tenth {:.1f}\n",
               median(rates), quantile(rates, 0.1));
}

/// A process beside the two that runs only when it is let go.
class Companion {
  public:
    template <typename Body>
    explicit Companion(Body body) : pid_(fork()) {
        if (pid_ != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(1);
        body();
        _exit(0);
    }
    Companion(const Companion&) = delete;
    Companion& operator=(const Companion&) = delete;
    ~Companion() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    void stop() const {
        kill(pid_, SIGSTOP);
        waitpid(pid_, nullptr, WUNTRACED);
    }
    void go() const { kill(pid_, SIGCONT); }

  private:
    pid_t pid_;
};

/// Takes market data as a live bot does, until told to stop.
class Listener {
  public:
    explicit Listener(std::string name) : name_(std::move(name)) {}
    void listen(const std::atomic<bool>& stop) {
        if (!client_) client_ = std::make_unique<BusClient>("bench", name_);
        while (!client_->admitted()) sched_yield();
        std::uint64_t sum = 0;
        while (!stop.load(std::memory_order_relaxed)) {
            FrameView view;
            MarketDataView data;
            Gap gap;
            if (client_->md().poll(view)) {
                if (decode(view.payload, data)) sum += data.events[0].order_id;
                sum += client_->md().intact(view) ? 1 : 0;
            } else if (client_->md().state() == ReadState::Lapped) {
                client_->resync_md(gap);
            }
        }
        asm volatile("" : : "r"(sum));
    }

  private:
    std::string name_;
    std::unique_ptr<BusClient> client_;
};

/// What an observer, a reader and one more reader cost the writer of a live bus in full flow. All
/// but the writer share a processor; what a third one would take cannot be seen on two.
void listeners(double seconds) {
    const test::UniqueBusRoot root;
    struct Words {
        std::atomic<bool> stop, never;
    };
    auto& words = shared<Words>();
    SecondProcess other;
    BareLine line(other);
    const auto first = std::make_shared<Listener>("first");
    const std::size_t listen = other.learn([first, &words] { first->listen(words.stop); });
    other.start();
    const auto attach = [] {
        while (live_buses().empty()) usleep(1000);
    };
    const Companion second([&] {
        attach();
        Listener("second").listen(words.never);
    });
    const Companion observer([&] {
        attach();
        BusTap tap("bench", ReadFrom::Now);
        std::uint64_t seen = 0;
        for (;;) {
            // As `ringside bus tail` does.
            const std::size_t found = tap.poll(
                [&](const BusRecord& record) { seen += to_json(frame_of(record)).size(); });
            if (found == 0) usleep(5000);
        }
    });
    pin(0);
    BusOptions options;
    options.gated = false;
    VenueInfo info;
    info.instruments.push_back({"BTCUSDT", {0.1, 0.001}, ContractKind::Linear, 1.0});
    BusService service("bench", options, info);
    const std::vector<Event> events(68);
    const auto while_first_listens = [&](auto body) {
        words.stop.store(false);
        other.call(listen);
        const double result = body();
        words.stop.store(true);
        other.await();
        return result;
    };
    // M events/s, with nobody listening but who was let go.
    const auto rate = [&] {
        std::size_t batches = 0;
        const double begin = now_ns();
        for (; now_ns() - begin < 10e6; batches += 16) {
            for (int i = 0; i < 16; ++i) put_batch(service.md(), events, 0);
        }
        return static_cast<double>(batches * events.size()) / (now_ns() - begin) * 1000.0;
    };
    while_first_listens([&] {
        while (service.sessions().size() < 2) service.poll_sessions();
        return 0.0;
    });
    second.stop();
    observer.stop();
    std::vector<double> alone, with_first, with_second, with_observer;
    for (const double end = now_ns() + seconds * 1e9; now_ns() < end;) {
        const double before = line.round_trip();
        const double nobody = rate();
        observer.go();
        const double watched = rate();
        observer.stop();
        const double one = while_first_listens(rate);
        second.go();
        const double two = while_first_listens(rate);
        second.stop();
        if (!steady(before, line.round_trip())) continue;
        alone.push_back(nobody);
        with_observer.push_back(watched / nobody);
        with_first.push_back(one / nobody);
        with_second.push_back(two / one);
    }
    fmt::print(
        "a live writer alone            {:8.1f} M events/s; with an observer x{:.3f}; with a "
        "reader x{:.3f}, one more x{:.3f} ({} rounds)\n",
        median(alone), median(with_observer), median(with_first), median(with_second),
        alone.size());
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
