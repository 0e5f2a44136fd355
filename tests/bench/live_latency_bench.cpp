// How long connectord takes, seen from outside: from the moment that the venue's bytes can be read
// on its socket until bots can read the event, and from a bot's request until bytes for the venue
// are on the wire. Venue and TLS are real; a relay of ciphertext between the two has the clock.
// connectord has one processor, the venue, the relay and the bot share the other.
//
// Usage: live_latency_bench SIMULATOR CONNECTORD [SECONDS [RECORDING]]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sched.h>

#include "core/error.hpp"
#include "core/steady_clock.hpp"
#include "ipc/bus_client.hpp"
#include "ipc/bus_observer.hpp"
#include "tests/bench/tcp_relay.hpp"
#include "tests/bench/tls_pair.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/unique_bus.hpp"

namespace {

using namespace ringside;
using bench::TcpRelay;

constexpr int kOurProcessor = 0;
constexpr int kItsProcessor = 1;
/// Longer than a message takes, shorter than until the next one mostly.
constexpr Nanos kPatience = 2 * kMillisecond;
constexpr Nanos kRequestEvery = 4 * kMillisecond;
constexpr Nanos kStartPatience = 30 * kSecond;

std::string simulator_config(const std::string& recording) {
    const std::string market = recording.empty()
                                   ? "synth = { seed = 11, mid = 60000.0, rate = 1000 }"
                                   : fmt::format("data = [\"{}\"]\nrounds = 0", recording);
    return fmt::format(R"([server]
ca_file = "authority.pem"
port_file = "ports"
[market]
skip = "20s"
[[asset]]
symbol = "BTCUSDT"
tick_size = 0.1
lot_size = 0.001
{}
[[account]]
name = "a"
balance = 1000000.0
api_key = "the-key"
secret = "the-secret"
[limits]
weight_per_minute = 1000000
orders_per_10s = 100000
orders_per_minute = 600000
)",
                       market);
}

std::string connectord_config(std::uint16_t venue, std::uint16_t streams, std::uint16_t orders) {
    return fmt::format(R"(bus = "live"
venue = "binance-usdm"
environment = "sim"
trades = "single"
waiting = "spin"
[[instrument]]
symbol = "BTCUSDT"
[network]
rest_url = "https://localhost:{}"
stream_url = "wss://localhost:{}"
order_url = "wss://localhost:{}/ws-fapi/v1"
ca_file = "authority.pem"
[trading]
key_env = "RINGSIDE_BENCH_KEY"
secret_env = "RINGSIDE_BENCH_SECRET"
journal = "orders.journal"
)",
                       venue, streams, orders);
}

/// Durations of one kind.
class Sample {
  public:
    void add(Nanos duration) { all_.push_back(duration); }
    std::size_t count() const noexcept { return all_.size(); }
    double micros(double share) {
        if (all_.empty()) return 0.0;
        std::sort(all_.begin(), all_.end());
        const auto at = static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1));
        return static_cast<double>(all_[at]) / 1e3;
    }

  private:
    std::vector<Nanos> all_;
};

class Bench {
  public:
    Bench(const std::string& simulator, const std::string& connectord, const std::string& recording)
        : simulator_(
              {simulator, dir_.write("simulator.toml", simulator_config(recording)).string()},
              dir_ / "simulator.log", kOurProcessor),
          venue_port_(port_of_venue()),
          streams_(venue_port_),
          orders_(venue_port_),
          connectord_({connectord, config_file()}, dir_ / "connectord.log", kItsProcessor) {}

    void run(Nanos duration) {
        await([&] { return figure("account ready") == 1 && figure("books fresh") == 1; });
        client_.emplace("live", "bench");
        await([&] { return client_->admitted(); });
        const Nanos until = steady_now() + duration;
        Nanos next_request = steady_now();
        while (steady_now() < until) {
            if (steady_now() >= next_request) {
                request();
                next_request = steady_now() + kRequestEvery;
            }
            turn(true);
        }
    }

    void report() {
        const auto share = [](double part, double whole) { return 100.0 * part / whole; };
        const double in = in_.micros(0.5);
        const double out = out_.micros(0.5);
        const auto micros = [&](const char* name) {
            return static_cast<double>(figure(name)) / 1e3;
        };
        const double decrypt = tls_.first;
        const double encrypt = tls_.second;
        fmt::print("{:<44} {:>9} {:>9} {:>9}\n", "microseconds", "median", "p99.9", "samples");
        fmt::print("{:<44} {:9.1f} {:9.1f} {:9}\n", "bytes readable -> event on the bus", in,
                   in_.micros(0.999), in_.count());
        fmt::print("{:<44} {:9.1f} {:9.1f} {:9}\n", "request on the ring -> bytes on the wire", out,
                   out_.micros(0.999), out_.count());
        fmt::print(
            "of the way in: JSON {:.1f} ({:.0f} %), TLS {:.1f} ({:.0f} %), from read to bus "
            "{:.1f}\n",
            micros("md parse ns p50"), share(micros("md parse ns p50"), in), decrypt,
            share(decrypt, in), micros("md read to bus ns p50"));
        fmt::print(
            "of the way out: text and signature {:.1f} ({:.0f} %), TLS {:.1f} ({:.0f} %), "
            "text, signature, TLS and socket {:.1f}, all in connectord {:.1f}\n",
            micros("compose ns p50"), share(micros("compose ns p50"), out), encrypt,
            share(encrypt, out), micros("send ns p50"), micros("request to wire ns p50"));
    }

    /// TLS by itself on messages of the sizes that came and went.
    void measure_tls() {
        bench::TlsPair pair;
        tls_.first = median_of(median_bytes(in_bytes_), pair, false);
        tls_.second = median_of(median_bytes(out_bytes_), pair, true);
        fmt::print("TLS: {}; {} bytes in, {} out\n", pair.cipher(), median_bytes(in_bytes_),
                   median_bytes(out_bytes_));
    }

  private:
    std::uint16_t port_of_venue() {
        int port = 0;
        const Nanos until = steady_now() + kStartPatience;
        while (!(std::ifstream(dir_ / "ports") >> port)) {
            if (steady_now() > until) throw std::runtime_error("the simulator does not listen");
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return static_cast<std::uint16_t>(port);
    }
    std::string config_file() {
        setenv("RINGSIDE_BENCH_KEY", "the-key", 1);
        setenv("RINGSIDE_BENCH_SECRET", "the-secret", 1);
        return dir_
            .write("connectord.toml",
                   connectord_config(venue_port_, streams_.port(), orders_.port()))
            .string();
    }
    std::int64_t figure(const std::string& name) const {
        try {
            const ipc::BusObserver bus("live");
            for (const auto& one : bus.counters()) {
                if (one.name == name) return one.value;
            }
        } catch (const Error&) {
            return 0;  // not there yet
        }
        return 0;
    }
    template <typename Holds>
    void await(const Holds& holds) {
        const Nanos until = steady_now() + kStartPatience;
        for (Nanos next = 0; true;) {
            turn(false);
            if (steady_now() < next) continue;
            if (holds()) return;
            next = steady_now() + 20 * kMillisecond;
            if (steady_now() > until) {
                throw std::runtime_error("connectord did not come up:\n" +
                                         test::read_file(dir_ / "connectord.log"));
            }
        }
    }

    void turn(bool measures) {
        poll_.clear();
        streams_.add_to(poll_);
        orders_.add_to(poll_);
        ::poll(poll_.data(), poll_.size(), 1);
        orders_.turn();
        streams_.turn([&](const TcpRelay::Pair& pair, std::span<const char> bytes) {
            return measures && measure_in(pair, bytes);
        });
    }
    bool is_event() {
        ipc::FrameView frame;
        bool any = false;
        while (client_->md().poll(frame)) any |= frame.type == ipc::FrameType::MarketData;
        client_->md().release();
        return any;
    }
    /// The first event that comes of these bytes. Those without one, such as an order's, end with
    /// the patience.
    bool measure_in(const TcpRelay::Pair& pair, std::span<const char> bytes) {
        is_event();
        const Nanos readable = steady_now();
        TcpRelay::send_all(pair.client, bytes);
        Nanos now = readable;
        bool any = false;
        while (!any && now - readable < kPatience) {
            any = is_event();
            now = steady_now();
        }
        if (any) {
            in_.add(now - readable);
            in_bytes_.push_back(bytes.size());
        }
        return true;
    }

    /// A submit far from the market, or the cancel of the one before.
    void request() {
        if (orders_.pairs().empty()) return;
        ipc::FrameView frame;
        while (client_->responses().poll(frame)) continue;
        client_->responses().release();
        const bool submits = ++requests_ % 2 == 1;
        if (submits) ++order_id_;
        OrderRequest request{.seq = requests_,
                             .order_id = order_id_,
                             .req_ts = time_on(client_->info().clock_anchor),
                             .price_ticks = 580'000,
                             .qty_lots = 10,
                             .leaves_lots = 10,
                             .kind = submits ? RequestKind::Submit : RequestKind::Cancel,
                             .side = Side::Buy,
                             .time_in_force = TimeInForce::Gtx};
        const Nanos began = steady_now();
        if (client_->send(request) != ipc::SendResult::Sent) return;
        for (Nanos now = began; now - began < kPatience; now = steady_now()) {
            const ssize_t count = peek();
            if (count <= 0) continue;
            out_.add(steady_now() - began);
            out_bytes_.push_back(static_cast<std::size_t>(count));
            return;
        }
    }
    ssize_t peek() {
        char bytes[4096];
        for (const TcpRelay::Pair& pair : orders_.pairs()) {
            const ssize_t count = recv(pair.client, bytes, sizeof(bytes), MSG_PEEK);
            if (count > 0) return count;
        }
        return 0;
    }

    static std::size_t median_bytes(std::vector<std::size_t>& sizes) {
        if (sizes.empty()) return 1;
        std::sort(sizes.begin(), sizes.end());
        return sizes[sizes.size() / 2];
    }
    static double median_of(std::size_t bytes, bench::TlsPair& pair, bool encrypts) {
        Sample sample;
        const std::string text(bytes, 'x');
        std::string read(bytes + 1, ' ');
        for (int i = 0; i < 20'000; ++i) {
            const Nanos began = steady_now();
            pair.encrypt(text);
            const Nanos between = steady_now();
            pair.deliver();
            const Nanos delivered = steady_now();
            pair.decrypt(read);
            sample.add(encrypts ? between - began : steady_now() - delivered);
        }
        return sample.micros(0.5);
    }

    test::UniqueBusRoot root_;
    test::TempDir dir_;
    test::Process simulator_;
    std::uint16_t venue_port_;
    TcpRelay streams_;
    TcpRelay orders_;
    test::Process connectord_;
    std::optional<ipc::BusClient> client_;
    std::vector<pollfd> poll_;
    Sample in_;
    Sample out_;
    std::vector<std::size_t> in_bytes_;
    std::vector<std::size_t> out_bytes_;
    std::uint64_t requests_ = 0;
    OrderId order_id_ = 0;
    std::pair<double, double> tls_;  ///< us of a message in, and out
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr,
                   "usage: live_latency_bench SIMULATOR CONNECTORD [SECONDS [RECORDING]]\n");
        return static_cast<int>(ExitCode::Usage);
    }
    cpu_set_t ours;
    CPU_ZERO(&ours);
    CPU_SET(kOurProcessor, &ours);
    sched_setaffinity(0, sizeof(ours), &ours);
    try {
        Bench bench(argv[1], argv[2], argc > 4 ? argv[4] : "");
        bench.run((argc > 3 ? std::max(1, std::atoi(argv[3])) : 5) * kSecond);
        bench.measure_tls();
        bench.report();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return static_cast<int>(ExitCode::Internal);
    }
    return 0;
}
