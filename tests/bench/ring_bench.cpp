// The ring against the bare hardware: two processes on two processors, and every figure a multiple
// of what bare cache lines did in the same slice of time, because the distance between two virtual
// processors changes while a program runs. A round in which it changed is dropped.
//   ring_bench [seconds]

#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>

#include "ipc/codec.hpp"
#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"
#include "ipc/wait_strategy.hpp"
#include "tests/bench/bare_lines.hpp"
#include "tests/bench/second_process.hpp"
#include "tests/bench/shared_ring.hpp"
#include "tests/bench/singles.hpp"
#include "tests/bench/small_message.hpp"
#include "tests/bench/streams.hpp"

namespace {

using namespace ringside;
using namespace ringside::bench;
using namespace ringside::ipc;

constexpr std::size_t kPingBytes = std::size_t{256} << 10;
constexpr std::uint64_t kTurns = 300;

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

/// A kind of one-way traffic and the bare lines it is held against.
struct Against {
    std::vector<double> bare, ratio;
    void add(double own, double bare_rate) {
        bare.push_back(bare_rate);
        ratio.push_back(own / bare_rate);
    }
};

/// Figures of the rounds in one place; ratios, but for the bare ones.
struct Figures {
    std::vector<double> line, fixed, pair, small, order, small_pair, order_pair;
    std::vector<double> line_turns, fixed_turns, pair_turns, small_turns, order_turns;
    Against plain, streamed, stamped, indexed;
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
            streams(turn % 2 == 0);
            singles(turn % 2 == 0);
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
        fmt::print("  bare line for each way       {:6.2f} x the line, p99 {:.2f} x its p99\n",
                   median(f.fixed), p99(f.fixed_turns));
        fmt::print("  bare new line each way       {:6.2f} x the line, p99 {:.2f} x its p99\n",
                   median(f.pair), p99(f.pair_turns));
        const auto message = [&](const char* name, const std::vector<double>& to_line,
                                 const std::vector<double>& to_pair,
                                 const std::vector<double>& turns) {
            fmt::print(
                "  {:<28} {:6.2f} x the line, p99 {:.2f} x its p99; {:.2f} x new lines, p99 {:.2f} "
                "x theirs\n",
                name, median(to_line), p99(turns), median(to_pair),
                quantile(turns, 0.99) / quantile(f.pair_turns, 0.99));
        };
        message("one-line message", f.small, f.small_pair, f.small_turns);
        message("order request", f.order, f.order_pair, f.order_turns);
        const auto one_way = [](const char* name, const Against& a, const char* bare,
                                const char* unit) {
            fmt::print("  {:<28} {:6.2f} x {} of {:.1f} {}\n", name, median(a.ratio), bare,
                       median(a.bare), unit);
        };
        one_way("batches of 68 events", f.plain, "a bare stream", "GB/s");
        one_way("the same past the caches", f.streamed, "a bare stream past them", "GB/s");
        one_way("one-line messages", f.stamped, "a bare ring with stamps", "M/s");
        one_way("", f.indexed, "a bare ring with indexes", "M/s");
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
        const double fixed = fixed_.round_trip();
        const double pair = pair_.round_trip();
        const double small = trips_.small(nothing);
        const double order = trips_.order(nothing);
        Figures* f = here(before);
        if (f == nullptr) return;
        f->line.push_back(before);
        f->fixed.push_back(fixed / before);
        f->pair.push_back(pair / before);
        f->small.push_back(small / before);
        f->order.push_back(order / before);
        f->small_pair.push_back(small / pair);
        f->order_pair.push_back(order / pair);
    }
    void streams(bool own_first) {
        const double before = line_.round_trip();
        std::array<double, 2> own{}, bare{};
        Streams* const kinds[] = {&plain_, &streamed_};
        for (std::size_t i = 0; i < 2; ++i) {
            if (own_first) own[i] = kinds[i]->own();
            bare[i] = kinds[i]->bare();
            if (!own_first) own[i] = kinds[i]->own();
        }
        Figures* f = here(before);
        if (f == nullptr) return;
        f->plain.add(own[0], bare[0]);
        f->streamed.add(own[1], bare[1]);
    }
    void singles(bool own_first) {
        const double before = line_.round_trip();
        double own = own_first ? singles_.own() : 0.0;
        const double stamped = singles_.stamped();
        const double indexed = singles_.indexed();
        if (!own_first) own = singles_.own();
        Figures* f = here(before);
        if (f == nullptr) return;
        f->stamped.add(own, stamped);
        f->indexed.add(own, indexed);
    }
    void single_turns() {
        const double before = line_.round_trip();
        line_.round_trip(clock_.into(turns_[0]));
        fixed_.round_trip(clock_.into(turns_[1]));
        pair_.round_trip(clock_.into(turns_[2]));
        trips_.small(clock_.into(turns_[3]));
        trips_.order(clock_.into(turns_[4]));
        Figures* f = here(before);
        if (f == nullptr) return;
        std::vector<double>* const all[] = {&f->line_turns, &f->fixed_turns, &f->pair_turns,
                                            &f->small_turns, &f->order_turns};
        for (std::size_t i = 0; i < turns_.size(); ++i) {
            all[i]->insert(all[i]->end(), turns_[i].begin(), turns_[i].end());
        }
    }

    SecondProcess other_;
    BareLine line_{other_};
    BarePair fixed_{other_, 1};
    BarePair pair_{other_, BarePair::kMostLines};
    RoundTrips trips_{other_};
    Streams plain_{other_, Stores::Plain};
    Streams streamed_{other_, Stores::Streamed};
    Singles singles_{other_};
    TurnClock clock_;
    Figures figures_[kPlaces];
    std::array<std::array<double, kTurns>, 5> turns_{};
};

}  // namespace

int main(int argc, char** argv) {
    Bench bench;
    bench.run(argc > 1 ? std::atof(argv[1]) : 8.0);
    bench.print();
    return 0;
}
