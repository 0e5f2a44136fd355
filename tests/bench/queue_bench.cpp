// What a bus's parts take beside bare ones that do the same work in the same slice of time: single
// messages one way, orders there and back by each wait policy, a bot's book from the md ring, and
// encoding. Two processes on two processors; read the ratios.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include <boost/lockfree/spsc_queue.hpp>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/book/l2_book.hpp"
#include "ipc/codec.hpp"
#include "ipc/ring.hpp"
#include "ipc/wake_word.hpp"

namespace {

using namespace ringside;
using namespace ringside::ipc;

constexpr std::size_t kRingBytes = std::size_t{1} << 20;
constexpr std::size_t kSlots = kRingBytes / 64;
constexpr std::uint64_t kMessages = 200'000;
constexpr int kSamples = 5;

/// 48 bytes: what shares a cache line with a frame's header.
using Small = std::array<std::uint64_t, 6>;

/// The least a single-producer ring can be: one line a message, its sequence stored last.
struct BareSlot {
    alignas(64) std::atomic<std::uint64_t> sequence;
    Small words;
};

struct Shared {
    alignas(128) std::atomic<int> ready;
    alignas(128) std::atomic<std::uint64_t> bare_read;
    alignas(128) std::atomic<std::int64_t> cursors[2];
    alignas(128) std::atomic<std::uint32_t> wake[2];
    alignas(128) layout::RingControl controls[2];
    alignas(4096) std::byte data[2][kRingBytes];
    alignas(4096) BareSlot bare[kSlots];
    alignas(128) boost::lockfree::spsc_queue<Small, boost::lockfree::capacity<kSlots>> boost_queue;
};

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

RingMap ring(Shared& s, int which) { return {&s.controls[which], s.data[which], kRingBytes}; }

/// Time of `drive` here while `serve` runs in another process, both from a fresh start.
double timed(Shared& s, const std::function<void()>& drive, const std::function<void()>& serve) {
    for (int i = 0; i < 2; ++i) {
        std::memset(s.data[i], 0, kRingBytes);
        init_ring(ring(s, i));
        s.cursors[i].store(0);
    }
    for (BareSlot& slot : s.bare) slot.sequence.store(0, std::memory_order_relaxed);
    s.bare_read.store(0);
    s.ready.store(0);
    const pid_t child = fork();
    if (child == 0) {
        pin(1);
        s.ready.store(1);
        serve();
        _exit(0);
    }
    while (s.ready.load() == 0) cpu_pause();
    const double begin = now_ns();
    drive();
    waitpid(child, nullptr, 0);
    return now_ns() - begin;
}

void check(const Small& words, std::uint64_t n) { RINGSIDE_CHECK(words[0] == n && words[5] == n); }

double own_ring(Shared& s) {
    return timed(
        s,
        [&] {
            RingWriter writer(ring(s, 0));
            writer.add_gate(&s.cursors[0]);
            for (std::uint64_t n = 0; n < kMessages; ++n) {
                std::byte* payload = nullptr;
                while ((payload = writer.try_claim(sizeof(Small))) == nullptr) cpu_pause();
                const Small words{n, n, n, n, n, n};
                std::memcpy(payload, &words, sizeof(words));
                writer.publish(FrameType::MarketData, sizeof(words));
            }
        },
        [&] {
            RingReader reader(ring(s, 0), 0, 0, &s.cursors[0]);
            FrameView view;
            for (std::uint64_t n = 0; n < kMessages; ++n) {
                while (!reader.poll(view)) cpu_pause();
                Small words;
                std::memcpy(&words, view.payload.data(), sizeof(words));
                check(words, n);
                reader.release();
            }
        });
}

double bare_ring(Shared& s) {
    return timed(
        s,
        [&] {
            std::uint64_t read = 0;
            for (std::uint64_t n = 0; n < kMessages; ++n) {
                while (n - read >= kSlots) read = s.bare_read.load(std::memory_order_acquire);
                BareSlot& slot = s.bare[n % kSlots];
                slot.words = {n, n, n, n, n, n};
                slot.sequence.store(n + 1, std::memory_order_release);
            }
        },
        [&] {
            for (std::uint64_t n = 0; n < kMessages; ++n) {
                const BareSlot& slot = s.bare[n % kSlots];
                while (slot.sequence.load(std::memory_order_acquire) != n + 1) cpu_pause();
                check(slot.words, n);
                if (n % (kSlots / 8) == 0) s.bare_read.store(n, std::memory_order_release);
            }
        });
}

double boost_ring(Shared& s) {
    return timed(
        s,
        [&] {
            for (std::uint64_t n = 0; n < kMessages; ++n) {
                while (!s.boost_queue.push({n, n, n, n, n, n})) cpu_pause();
            }
        },
        [&] {
            Small words;
            for (std::uint64_t n = 0; n < kMessages; ++n) {
                while (!s.boost_queue.pop(words)) cpu_pause();
                check(words, n);
            }
        });
}

constexpr std::uint64_t kOrders = 500;

/// Orders there and back; `Wait` makes the policy of one side from its wake word.
template <typename Wait>
double round_trips(Shared& s, Wait make, bool wakes) {
    const auto pass = [&s, make, wakes](int from, int to, bool first) {
        RingReader in(ring(s, from), 0, 0, &s.cursors[from]);
        RingWriter out(ring(s, to));
        out.add_gate(&s.cursors[to]);
        auto wait = make(&s.wake[to]);
        const auto send = [&](std::uint64_t seq) {
            std::byte* payload = out.try_claim(kOrderRequestBytes);
            RINGSIDE_CHECK(payload != nullptr);
            encode(OrderRequest{.seq = seq, .kind = RequestKind::Submit}, payload);
            out.publish(FrameType::OrderRequest, kOrderRequestBytes);
            if (wakes) WakeWord::wake(s.wake[from]);
        };
        if (first) send(0);
        FrameView view;
        for (std::uint64_t n = 0; n < kOrders; ++n) {
            while (!in.poll(view)) wait.idle();
            wait.reset();
            OrderRequest request;
            RINGSIDE_CHECK(decode(view.payload, request));
            in.release();
            if (!first || n + 1 < kOrders) send(request.seq + 1);
        }
    };
    s.wake[0].store(0);
    s.wake[1].store(0);
    return timed(
               s, [&] { pass(1, 0, true); }, [&] { pass(0, 1, false); }) /
           kOrders;
}

/// Events a second that a bot takes from the md ring and applies to its book, in millions.
double book_rate(Shared& s) {
    constexpr std::size_t kBatch = 68;
    constexpr std::uint64_t kBatches = 10'000;
    std::vector<Event> events(kBatch);
    std::uint64_t dice = 1;
    for (Event& event : events) {
        dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto away = static_cast<double>(dice >> 58);
        const bool buy = (dice >> 40 & 1) != 0;
        event.ev = static_cast<std::uint64_t>(EventKind::Depth) | (buy ? kBuyEvent : kSellEvent);
        event.px = buy ? 60'000.0 - away / 10 : 60'000.1 + away / 10;
        event.qty = static_cast<double>(dice >> 50 & 7);
    }
    const double ns = timed(
        s,
        [&] {
            RingWriter writer(ring(s, 0));
            writer.add_gate(&s.cursors[0]);
            for (std::uint64_t n = 0; n < kBatches; ++n) {
                std::byte* payload = nullptr;
                while ((payload = writer.try_claim(MarketDataBuilder::bytes(kBatch))) == nullptr) {
                    cpu_pause();
                }
                MarketDataBuilder builder(payload, kBatch);
                builder.append(0, events);
                writer.publish(FrameType::MarketData, builder.finish(static_cast<Nanos>(n)));
            }
        },
        [&] {
            RingReader reader(ring(s, 0), 0, 0, &s.cursors[0]);
            L2Book book(Grid{0.1, 0.001}, Rules::strict());
            FrameView view;
            MarketDataView data;
            for (std::uint64_t n = 0; n < kBatches; ++n) {
                while (!reader.poll(view)) cpu_pause();
                RINGSIDE_CHECK(decode(view.payload, data));
                for (const Event& e : data.events) {
                    e.has(kBuyEvent) ? book.set<Side::Buy>(e.px, e.qty)
                                     : book.set<Side::Sell>(e.px, e.qty);
                }
                reader.release();
            }
        });
    return static_cast<double>(kBatch * kBatches) / ns * 1000.0;
}

/// ns to write and to read one order request, in a ring's worth of places.
std::pair<double, double> codec_ns() {
    constexpr std::size_t kPlaces = 512;
    constexpr int kLaps = 200;
    alignas(64) static std::byte memory[kPlaces][128];
    OrderRequest request{.order_id = 7, .kind = RequestKind::Submit, .side = Side::Buy};
    const double begin = now_ns();
    for (int lap = 0; lap < kLaps; ++lap) {
        for (auto& place : memory) {
            ++request.seq;
            encode(request, place + 16);
        }
    }
    const double middle = now_ns();
    std::uint64_t sum = 0;
    for (int lap = 0; lap < kLaps; ++lap) {
        for (auto& place : memory) {
            RINGSIDE_CHECK(decode(std::span(place).subspan(16, kOrderRequestBytes), request));
            sum += request.seq;
        }
    }
    const double end = now_ns();
    RINGSIDE_CHECK(sum > 0);
    constexpr double kCount = kLaps * static_cast<double>(kPlaces);
    return {(middle - begin) / kCount, (end - middle) / kCount};
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main() {
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        fmt::print(stderr, "no memory for the rings\n");
        return 4;
    }
    auto& s = *new (memory) Shared();
    pin(0);
    std::vector<double> to_bare;
    std::vector<double> to_boost;
    std::vector<double> rates;
    std::vector<double> spin;
    std::vector<double> yield;
    std::vector<double> spin_futex;
    std::vector<double> futex;
    for (int i = 0; i < kSamples; ++i) {
        const double own = own_ring(s);
        to_bare.push_back(bare_ring(s) / own);
        to_boost.push_back(boost_ring(s) / own);
        rates.push_back(book_rate(s));
        using Word = std::atomic<std::uint32_t>*;
        spin.push_back(round_trips(
            s, [](Word) { return BusySpin(); }, false));
        yield.push_back(round_trips(
            s, [](Word) { return SpinThenYield(); }, false));
        spin_futex.push_back(round_trips(
            s, [](Word w) { return SpinThenFutex(w); }, true));
        futex.push_back(round_trips(
            s, [](Word w) { return SpinThenFutex(w, 0); }, true));
    }
    const auto [encode_ns, decode_ns] = codec_ns();
    fmt::print("single messages, one way      {:8.2f} x a bare ring's rate\n", median(to_bare));
    fmt::print("                              {:8.2f} x boost::lockfree::spsc_queue's\n",
               median(to_boost));
    fmt::print("md ring into a book           {:8.1f} M events/s\n", median(rates));
    fmt::print("order there and back, spin    {:8.0f} ns\n", median(spin));
    fmt::print("  spin then yield             {:8.2f} x that\n", median(yield) / median(spin));
    fmt::print("  spin then futex             {:8.2f} x that\n", median(spin_futex) / median(spin));
    fmt::print("  futex                       {:8.2f} x that\n", median(futex) / median(spin));
    fmt::print("order request                 {:8.1f} ns to write, {:.1f} ns to read\n", encode_ns,
               decode_ns);
    return 0;
}
