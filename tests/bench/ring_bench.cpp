// The ring against the bare hardware: two processes on two processors, and every figure a multiple
// of what bare cache lines did in the same slice of time, because the distance between two virtual
// processors changes while a program runs. A round in which it changed is dropped.
//   ring_bench [seconds]

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "ipc/codec.hpp"
#include "ipc/ring.hpp"
#include "ipc/wait_strategy.hpp"
#include "tests/bench/second_process.hpp"
#include "tests/bench/shared_ring.hpp"

namespace {

using namespace ringside;
using namespace ringside::bench;
using namespace ringside::ipc;

constexpr std::size_t kPingBytes = std::size_t{256} << 10;
constexpr std::size_t kSmallBytes = std::size_t{1} << 20;
constexpr std::size_t kStreamBytes = std::size_t{4} << 20;
constexpr std::uint64_t kTurns = 300;
constexpr std::uint64_t kSmalls = 20'000;
constexpr std::uint64_t kBatches = 500;
constexpr std::size_t kBatchEvents = 68;

/// 48 bytes: what shares a cache line with a frame's header.
using Small = std::array<std::uint64_t, 6>;
constexpr Small small_of(std::uint64_t n) { return {n, n, n, n, n, n}; }
void check(const Small& words, std::uint64_t n) {
    RINGSIDE_CHECK(words[0] == n && words[1] == n && words[2] == n && words[3] == n &&
                   words[4] == n && words[5] == n);
}

std::byte* claim(RingWriter& writer, std::size_t bytes) {
    std::byte* payload = nullptr;
    while ((payload = writer.try_claim(bytes)) == nullptr) {
    }
    return payload;
}
std::span<const std::byte> take(RingReader& reader) {
    FrameView view;
    while (!reader.poll(view)) {
    }
    return view.payload;
}

void put_small(RingWriter& writer, std::uint64_t n) {
    const Small words = small_of(n);
    std::memcpy(claim(writer, sizeof(words)), &words, sizeof(words));
    writer.publish(FrameType::MarketData, sizeof(words));
}
Small take_small(RingReader& reader) {
    Small words;
    std::memcpy(&words, take(reader).data(), sizeof(words));
    reader.release();
    return words;
}
void put_order(RingWriter& writer, const OrderRequest& request) {
    encode(request, claim(writer, kOrderRequestBytes));
    writer.publish(FrameType::OrderRequest, kOrderRequestBytes);
}
OrderRequest take_order(RingReader& reader) {
    OrderRequest request;
    RINGSIDE_CHECK(decode(take(reader), request));
    reader.release();
    return request;
}

/// Messages there and back.
class RoundTrips {
  public:
    explicit RoundTrips(SecondProcess& other)
        : other_(other), out_(there_.writer()), in_(back_.reader()) {
        // One pair of ends for both works: they go on where the other left off.
        const auto far = std::make_shared<Ends>(there_.reader(), back_.writer());
        small_ = other.learn([far] {
            for (std::uint64_t i = 0; i < kTurns; ++i)
                put_small(far->second, take_small(far->first)[0]);
        });
        order_ = other.learn([far] {
            for (std::uint64_t i = 0; i < kTurns; ++i)
                put_order(far->second, take_order(far->first));
        });
    }

    static_assert(kTurns == BareLine::kTurns);

    /// ns of a message of one cache line there and back; `each()` after every one.
    template <typename Each>
    double small(Each each) {
        return other_.together(small_, [&] {
            for (std::uint64_t i = 1; i <= kTurns; ++i) {
                put_small(out_, i);
                check(take_small(in_), i);
                each();
            }
        }) / kTurns;
    }
    /// The same for a whole order request, built in the ring and read in it.
    template <typename Each>
    double order(Each each) {
        OrderRequest request{
            .order_id = 7, .price_ticks = 600'000, .qty_lots = 3, .kind = RequestKind::Submit};
        return other_.together(order_, [&] {
            for (std::uint64_t i = 1; i <= kTurns; ++i) {
                request.seq = i;
                put_order(out_, request);
                RINGSIDE_CHECK(take_order(in_).seq == i);
                each();
            }
        }) / kTurns;
    }

  private:
    using Ends = std::pair<RingReader, RingWriter>;
    SecondProcess& other_;
    SharedRing<kPingBytes>& there_ = shared<SharedRing<kPingBytes>>();
    SharedRing<kPingBytes>& back_ = shared<SharedRing<kPingBytes>>();
    RingWriter out_;
    RingReader in_;
    std::size_t small_ = 0;
    std::size_t order_ = 0;
};

/// Single messages of one cache line, one way: the ring, and the two least rings there can be.
class Singles {
  public:
    explicit Singles(SecondProcess& other) : other_(other), out_(ring_.writer()) {
        own_ = other.learn([in = ring_.reader()]() mutable {
            for (std::uint64_t n = 0; n < kSmalls; ++n) check(take_small(in), n);
        });
        stamped_ = other.learn([&bare = bare_, next = std::uint64_t{0}]() mutable {
            for (std::uint64_t n = 0; n < kSmalls; ++n, ++next) {
                const Slot& slot = bare.stamped[next % kSlots];
                while (slot.stamp.load(std::memory_order_acquire) != next + 1) {
                }
                check(slot.words, n);
                if (next % (kSlots / 8) == 0) bare.read.store(next, std::memory_order_release);
            }
            bare.read.store(next, std::memory_order_release);
        });
        indexed_ = other.learn(
            [&bare = bare_, next = std::uint64_t{0}, written = std::uint64_t{0}]() mutable {
                for (std::uint64_t n = 0; n < kSmalls; ++n, ++next) {
                    while (next == written) written = bare.tail.load(std::memory_order_acquire);
                    check(bare.indexed[next % kSlots].words, n);
                    if (next % (kSlots / 8) == 0) bare.head.store(next, std::memory_order_release);
                }
                bare.head.store(next, std::memory_order_release);
            });
    }

    /// All three: messages a second, in millions.
    double own() {
        return rate(own_, [&] {
            for (std::uint64_t n = 0; n < kSmalls; ++n) put_small(out_, n);
        });
    }
    /// A sequence in the slot, stored last.
    double stamped() {
        return rate(stamped_, [&] {
            std::uint64_t read = bare_.read.load(std::memory_order_acquire);
            for (std::uint64_t n = 0; n < kSmalls; ++n, ++stamped_next_) {
                while (stamped_next_ - read >= kSlots) {
                    read = bare_.read.load(std::memory_order_acquire);
                }
                Slot& slot = bare_.stamped[stamped_next_ % kSlots];
                slot.words = small_of(n);
                slot.stamp.store(stamped_next_ + 1, std::memory_order_release);
            }
        });
    }
    /// An index stored after the slot; each side keeps a copy of the other's.
    double indexed() {
        return rate(indexed_, [&] {
            std::uint64_t read = bare_.head.load(std::memory_order_acquire);
            for (std::uint64_t n = 0; n < kSmalls; ++n, ++indexed_next_) {
                while (indexed_next_ - read >= kSlots) {
                    read = bare_.head.load(std::memory_order_acquire);
                }
                bare_.indexed[indexed_next_ % kSlots].words = small_of(n);
                bare_.tail.store(indexed_next_ + 1, std::memory_order_release);
            }
        });
    }

  private:
    static constexpr std::size_t kSlots = kSmallBytes / 64;
    struct Slot {
        alignas(64) std::atomic<std::uint64_t> stamp;
        Small words;
    };
    struct Bare {
        alignas(128) std::atomic<std::uint64_t> read;
        alignas(128) std::atomic<std::uint64_t> head;
        alignas(128) std::atomic<std::uint64_t> tail;
        alignas(4096) Slot stamped[kSlots];
        alignas(4096) Slot indexed[kSlots];
    };

    template <typename Body>
    double rate(std::size_t work, Body body) {
        return static_cast<double>(kSmalls) / other_.together(work, body) * 1000.0;
    }

    SecondProcess& other_;
    SharedRing<kSmallBytes>& ring_ = shared<SharedRing<kSmallBytes>>();
    Bare& bare_ = shared<Bare>();
    RingWriter out_;
    std::uint64_t stamped_next_ = 0;
    std::uint64_t indexed_next_ = 0;
    std::size_t own_ = 0;
    std::size_t stamped_ = 0;
    std::size_t indexed_ = 0;
};

std::uint64_t sum_of(std::span<const std::byte> bytes) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, 8);
        sum += word;
    }
    return sum;
}

/// Market data in batches one way, and bare blocks of cache lines between two counters. Readers
/// pause while they wait, as those of a service and a bot do.
class Streams {
  public:
    explicit Streams(SecondProcess& other) : other_(other), out_(ring_.writer()) {
        own_ = other.learn([in = ring_.reader()]() mutable {
            std::uint64_t sum = 0;
            for (std::uint64_t i = 0; i < kBatches; ++i) {
                FrameView frame;
                while (!in.poll(frame)) cpu_pause();
                MarketDataView view;
                RINGSIDE_CHECK(decode(frame.payload, view));
                sum += sum_of(std::as_bytes(view.events));
                in.release();
            }
            RINGSIDE_CHECK(sum == kBatches * kBatchEvents * 8);
        });
        bare_work_ = other.learn([&bare = bare_, next = std::uint64_t{0}]() mutable {
            std::uint64_t sum = 0;
            for (std::uint64_t end = next + kBlocks; next < end;) {
                while (bare.written.load(std::memory_order_acquire) <= next) cpu_pause();
                sum += sum_of({bare.data + next % kPlaces * kBlock, kBlock});
                bare.read.store(++next, std::memory_order_release);
            }
            RINGSIDE_CHECK(sum == kBlocks * kBlock / 8);
        });
    }

    /// GB/s of events.
    double own() {
        std::vector<Event> events(kBatchEvents);
        const std::vector<std::uint64_t> ones(kBatchEvents * 8, 1);
        std::memcpy(std::as_writable_bytes(std::span(events)).data(), ones.data(),
                    kBatchEvents * sizeof(Event));
        const double ns = other_.together(own_, [&] {
            for (std::uint64_t i = 0; i < kBatches; ++i) {
                MarketDataBuilder builder(claim(out_, MarketDataBuilder::bytes(kBatchEvents)),
                                          kBatchEvents);
                builder.append(0, events);
                out_.publish(FrameType::MarketData, builder.finish(static_cast<Nanos>(i)));
            }
        });
        return static_cast<double>(kBatches * kBatchEvents * sizeof(Event)) / ns;
    }
    double bare() {
        const std::vector<std::uint64_t> block(kBlock / 8, 1);
        const double ns = other_.together(bare_work_, [&] {
            for (std::uint64_t end = written_ + kBlocks; written_ < end;) {
                while (written_ - bare_.read.load(std::memory_order_acquire) >= kPlaces) {
                }
                std::memcpy(bare_.data + written_ % kPlaces * kBlock, block.data(), kBlock);
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

    SecondProcess& other_;
    SharedRing<kStreamBytes>& ring_ = shared<SharedRing<kStreamBytes>>();
    Bare& bare_ = shared<Bare>();
    RingWriter out_;
    std::uint64_t written_ = 0;
    std::size_t own_ = 0;
    std::size_t bare_work_ = 0;
};

/// ns of single turns by the processor's own clock, which costs each turn as much as it says.
class TurnClock {
  public:
    TurnClock() {
        const double begin = now_ns();
        const std::uint64_t first = ticks();
        while (now_ns() - begin < 10e6) {
        }
        ns_per_tick_ = (now_ns() - begin) / static_cast<double>(ticks() - first);
        std::vector<double> costs;
        for (int i = 0; i < 1000; ++i) costs.push_back(read());
        cost_ = median(costs);
    }
    /// What stores the time of each turn from now on, without its own cost, one after the other.
    auto into(std::array<double, kTurns>& turns) {
        read();
        return [this, at = turns.data()]() mutable { *at++ = read() - cost_; };
    }

  private:
    double read() {
        const std::uint64_t now = ticks();
        return ns_per_tick_ * static_cast<double>(now - std::exchange(last_, now));
    }

    double ns_per_tick_ = 0.0;
    std::uint64_t last_ = 0;
    double cost_ = 0.0;
};

/// Where the host has put the two processors for the moment, as far as their lines tell.
enum class Place { Close, Near, Far };
constexpr std::size_t kPlaces = 3;
constexpr const char* kPlaceNames[kPlaces] = {"close: a line each way costs as one line",
                                              "near: a line each way costs as two", "far"};
Place place_of(double line_ns, double pair_ns) {
    if (line_ns > 200.0) return Place::Far;
    return pair_ns < 1.4 * line_ns ? Place::Close : Place::Near;
}

/// Figures of the rounds in one place; ratios, but for the bare ones.
struct Figures {
    std::vector<double> line, pair, small, order, small_pair;
    std::vector<double> bare_stream, stream, bare_singles, singles;
    std::vector<double> line_turns, pair_turns, small_turns, order_turns;
};

/// Rounds in which the processors stayed where they were.
class Bench {
  public:
    void run(double seconds) {
        other_.start();
        pin(0);
        const double end = now_ns() + seconds * 1e9;
        for (std::uint64_t turn = 0; now_ns() < end; ++turn) {
            round_trips();
            one_way(turn % 2 == 0);
            if (turn % 4 == 0) single_turns();
        }
    }
    void print() const {
        for (std::size_t i = 0; i < kPlaces; ++i) {
            if (figures_[i].line.size() >= 20) print(kPlaceNames[i], figures_[i]);
        }
    }

  private:
    static void print(const char* place, const Figures& f) {
        const auto p99 = [&](const std::vector<double>& turns) {
            return quantile(turns, 0.99) / quantile(f.line_turns, 0.99);
        };
        fmt::print("{}, {} rounds\n", place, f.line.size());
        fmt::print("  bare line there and back     {:6.0f} ns, p99 {:.0f} ns\n", median(f.line),
                   quantile(f.line_turns, 0.99));
        fmt::print("  bare new line each way       {:6.2f} x the line, p99 {:.2f} x its p99\n",
                   median(f.pair), p99(f.pair_turns));
        fmt::print(
            "  one-line message             {:6.2f} x the line, p99 {:.2f} x its p99; "
            "{:.2f} x a line each way\n",
            median(f.small), p99(f.small_turns), median(f.small_pair));
        fmt::print("  order request                {:6.2f} x the line, p99 {:.2f} x its p99\n",
                   median(f.order), p99(f.order_turns));
        fmt::print("  market data, batches of {}   {:6.2f} x a bare stream of {:.1f} GB/s\n",
                   kBatchEvents, median(f.stream), median(f.bare_stream));
        fmt::print("  single messages              {:6.2f} x the best bare ring of {:.0f} M/s\n",
                   median(f.singles), median(f.bare_singles));
    }

    /// The figures of where the processors are, if they did not move since `before`.
    Figures* here(double before) {
        const double pair = pair_.round_trip();
        const double after = line_.round_trip();
        if (!steady(before, after)) return nullptr;
        return &figures_[static_cast<std::size_t>(place_of(after, pair))];
    }
    void round_trips() {
        const auto nothing = [] {};
        const double before = line_.round_trip();
        const double pair = pair_.round_trip();
        const double small = trips_.small(nothing);
        const double order = trips_.order(nothing);
        Figures* f = here(before);
        if (f == nullptr) return;
        f->line.push_back(before);
        f->pair.push_back(pair / before);
        f->small.push_back(small / before);
        f->order.push_back(order / before);
        f->small_pair.push_back(small / pair);
    }
    void one_way(bool own_first) {
        const double before = line_.round_trip();
        double own_stream = own_first ? streams_.own() : 0.0;
        const double bare_stream = streams_.bare();
        if (!own_first) own_stream = streams_.own();
        double own = own_first ? singles_.own() : 0.0;
        const double bare = std::max(singles_.stamped(), singles_.indexed());
        if (!own_first) own = singles_.own();
        Figures* f = here(before);
        if (f == nullptr) return;
        f->stream.push_back(own_stream / bare_stream);
        f->bare_stream.push_back(bare_stream);
        f->singles.push_back(own / bare);
        f->bare_singles.push_back(bare);
    }
    void single_turns() {
        const double before = line_.round_trip();
        line_.round_trip(clock_.into(turns_[0]));
        pair_.round_trip(clock_.into(turns_[1]));
        trips_.small(clock_.into(turns_[2]));
        trips_.order(clock_.into(turns_[3]));
        Figures* f = here(before);
        if (f == nullptr) return;
        std::vector<double>* const all[] = {&f->line_turns, &f->pair_turns, &f->small_turns,
                                            &f->order_turns};
        for (std::size_t i = 0; i < turns_.size(); ++i) {
            all[i]->insert(all[i]->end(), turns_[i].begin(), turns_[i].end());
        }
    }

    SecondProcess other_;
    BareLine line_{other_};
    BarePair pair_{other_};
    RoundTrips trips_{other_};
    Streams streams_{other_};
    Singles singles_{other_};
    TurnClock clock_;
    Figures figures_[kPlaces];
    std::array<std::array<double, kTurns>, 4> turns_{};
};

}  // namespace

int main(int argc, char** argv) {
    Bench bench;
    bench.run(argc > 1 ? std::atof(argv[1]) : 8.0);
    bench.print();
    return 0;
}
