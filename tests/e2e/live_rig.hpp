#pragma once

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "botkit/order_log.hpp"
#include "core/error.hpp"
#include "core/net/https_client.hpp"
#include "core/net/signer.hpp"
#include "core/wall_clock.hpp"
#include "ipc/bus_observer.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/unique_bus.hpp"

namespace ringside::test {

/// The venue simulator, connectord and grid bots as processes that know each other by their
/// addresses and bus only.
class LiveRig {
  public:
    using Json = nlohmann::json;

    static bool has_programs() {
        return std::getenv("RINGSIDE_TEST_SIMULATOR") != nullptr &&
               std::getenv("RINGSIDE_TEST_CONNECTORD") != nullptr &&
               std::getenv("RINGSIDE_TEST_GRID_BOT") != nullptr;
    }

    /// `more` is put at the end of the simulator's configuration.
    explicit LiveRig(const std::string& more = "") {
        setenv("RINGSIDE_TEST_API_KEY", "the-key", 1);
        setenv("RINGSIDE_TEST_API_SECRET", "the-secret", 1);
        const auto file = dir_.write("simulator.toml", R"([server]
ca_file = "authority.pem"
port_file = "ports"
[[asset]]
symbol = "BTCUSDT"
tick_size = 0.1
lot_size = 0.001
fee = { maker = 0.0002, taker = 0.0005 }
synth = { seed = 11, mid = 60000.0, rate = 200 }
[[account]]
name = "a"
balance = 1000000.0
api_key = "the-key"
secret = "the-secret"
)" + more);
        simulator_ = std::make_unique<Process>(
            std::vector<std::string>{std::getenv("RINGSIDE_TEST_SIMULATOR"), file.string()},
            dir_ / "simulator.log");
        wait_until("the simulator", [&] {
            std::ifstream ports(dir_ / "ports");
            return static_cast<bool>(ports >> port_ >> control_port_);
        });
        tls_ = std::make_unique<net::TlsContext>(dir_ / "authority.pem");
    }

    std::string config(const std::string& more_trading = "") const {
        return fmt::format(R"(bus = "live"
venue = "binance-usdm"
environment = "sim"
trades = "single"
[[instrument]]
symbol = "BTCUSDT"
[network]
stream_url = "wss://localhost:{0}"
order_url = "wss://localhost:{0}/ws-fapi/v1"
rest_url = "https://localhost:{0}"
ca_file = "authority.pem"
retry_first = "20ms"
retry_most = "200ms"
silence_limit = "2s"
connect_timeout = "2s"
request_timeout = "2s"
snapshot_spacing = "50ms"
[trading]
key_env = "RINGSIDE_TEST_API_KEY"
secret_env = "RINGSIDE_TEST_API_SECRET"
journal = "orders.journal"
latency_file = "latency.npy"
answer_timeout = "1s"
reconcile_every = "1s"
{1}
)",
                           port_, more_trading);
    }
    Process connectord(const std::string& text, const std::vector<std::string>& options = {}) {
        std::vector<std::string> arguments{std::getenv("RINGSIDE_TEST_CONNECTORD"),
                                           dir_.write("connectord.toml", text).string()};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return Process(arguments, dir_ / "connectord.log");
    }
    /// While it lives, processes that are started have a wall clock that `set` sets.
    class SteppedClock {
      public:
        explicit SteppedClock(std::filesystem::path file) : file_(std::move(file)) {
            set(0);
            setenv("RINGSIDE_TEST_CLOCK", file_.c_str(), 1);
            setenv("LD_PRELOAD", std::getenv("RINGSIDE_TEST_STEPPED_CLOCK"), 1);
        }
        ~SteppedClock() {
            unsetenv("LD_PRELOAD");
            unsetenv("RINGSIDE_TEST_CLOCK");
        }
        SteppedClock(const SteppedClock&) = delete;
        SteppedClock& operator=(const SteppedClock&) = delete;
        void set(Nanos step) const {
            std::fstream out(file_, std::filesystem::exists(file_)
                                        ? std::ios::in | std::ios::out | std::ios::binary
                                        : std::ios::out | std::ios::binary);
            out.write(reinterpret_cast<const char*>(&step), sizeof(step));
        }

      private:
        std::filesystem::path file_;
    };

    /// Quotes close to the market, so that it is filled often. Comes as soon as there is a bus.
    Process bot(const std::string& name, const std::string& run_for) {
        wait_until("the bus", [&] { return figure("bots") >= 0; });
        return Process(
            {std::getenv("RINGSIDE_TEST_GRID_BOT"), "--bus", "live", "--for", run_for, "--set",
             "order_qty=0.01", "--set", "half_spread=0.05", "--set", "interval=1", "--set",
             "levels=3", "--orders", (dir_ / (name + ".npy")).string()},
            dir_ / (name + ".log"));
    }

    /// What the simulator says is true.
    Json state() { return Json::parse(ask("GET", "/simulator/state", "")); }
    void fault(const std::string& json) { ask("POST", "/simulator/faults", json); }
    void calm() { ask("DELETE", "/simulator/faults", ""); }
    /// Market time stands still, or goes on; orders are served all the while.
    void hold(bool held) {
        ask("POST", "/simulator/market", held ? R"({"held": true})" : R"({"held": false})");
    }
    /// An order at the market that no connectord has sent.
    void trade_by_hand(long lots) {
        std::string query =
            fmt::format("symbol=BTCUSDT&side=BUY&type=MARKET&quantity={:.3f}&timestamp={}",
                        static_cast<double>(lots) / 1000.0, wall_now() / kMillisecond);
        query += "&signature=" + net::make_hmac_signer(net::Secret("the-secret"))->sign(query);
        const std::string answer = ask_at(port_, {.method = "POST",
                                                  .target = "/fapi/v1/order?" + query,
                                                  .fields = {{"X-MBX-APIKEY", "the-key"}}});
        EXPECT_NE(answer.find("orderId"), std::string::npos) << answer;
    }
    void announce(const std::string& json) { ask("POST", "/simulator/instrument", json); }
    /// Ends the bots when they have heard of every fill; the market stands still until their orders
    /// are gone.
    void retire(std::initializer_list<Process*> bots) {
        hold(true);
        wait_until("all fills at connectord",
                   [&] { return figure("fills") == fills() && figure("orders unknown") == 0; });
        for (Process* const bot : bots) bot->kill(SIGTERM);
        for (Process* const bot : bots) EXPECT_EQ(bot->wait(kPatience), 0);
        wait_until("no open orders", [&] { return open_orders() == 0; });
        hold(false);
    }
    /// What a command of the operator's tool says.
    std::string operate(const std::vector<std::string>& words) {
        std::vector<std::string> arguments{std::getenv("RINGSIDE_EXE")};
        arguments.insert(arguments.end(), words.begin(), words.end());
        Process tool(arguments, dir_ / "operator.log");
        EXPECT_EQ(tool.wait(), 0) << log("operator");
        return log("operator");
    }
    Json account() { return state()["accounts"][0]; }
    long position_lots() {
        const auto text = account()["positions"][0]["qty"].get<std::string>();
        return std::lround(std::stod(text) * 1000.0);
    }
    std::size_t open_orders() { return account()["openOrders"].size(); }
    long fills() { return account()["fills"].get<long>(); }

    /// One of connectord's; -1 while there is none that runs.
    std::int64_t figure(const std::string& name) const {
        try {
            const ipc::BusObserver bus("live");
            if (!bus.service_alive()) return -1;
            for (const auto& one : bus.counters()) {
                if (one.name == name) return one.value;
            }
        } catch (const Error&) {
            return -1;
        }
        return -1;
    }

    /// Looks that connectord has taken around, at least a millisecond apart: its own time, which
    /// stands still when it does.
    std::int64_t beats() const {
        return static_cast<std::int64_t>(ipc::BusObserver("live").heartbeat());
    }

    /// Executions in a bot's order log.
    struct Heard {
        long fills = 0;
        long position_lots = 0;
    };
    Heard heard(const std::string& name) const {
        const std::string bytes = read_file(dir_ / (name + ".npy"));
        Heard heard;
        if (bytes.size() < 10) return heard;
        std::uint16_t header = 0;
        std::memcpy(&header, bytes.data() + 8, sizeof(header));
        for (std::size_t at = 10U + header; at + sizeof(botkit::OrderLogRow) <= bytes.size();
             at += sizeof(botkit::OrderLogRow)) {
            botkit::OrderLogRow row;
            std::memcpy(&row, bytes.data() + at, sizeof(row));
            if (row.executed == 0) continue;
            ++heard.fills;
            heard.position_lots += row.side * std::lround(row.exec_qty * 1000.0);
        }
        return heard;
    }
    std::string log(const std::string& name) const { return read_file(dir_ / (name + ".log")); }
    std::filesystem::path file(const std::string& name) const { return dir_ / name; }

    void wait_until(const char* what, const std::function<bool()>& holds) const {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > until) {
                ADD_FAILURE() << "waited in vain for " << what << "\n" << logs();
                throw std::runtime_error(what);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

  private:
    /// Long: a busy machine must not fail a test that says nothing of time.
    static constexpr std::chrono::seconds kPatience{180};

    std::string logs() const {
        std::string all;
        for (const auto& file : std::filesystem::directory_iterator(dir_.path())) {
            if (file.path().extension() != ".log") continue;
            all += file.path().filename().string() + ":\n" + read_file(file.path());
        }
        return all;
    }
    std::string ask(const char* method, const char* target, const std::string& body) {
        // Each of them may be said twice; on a machine that was stopped, the first is too late.
        std::string answer;
        wait_until("the simulator's control", [&] {
            answer = ask_at(control_port_, {.method = method, .target = target, .body = body});
            return !answer.empty();
        });
        return answer;
    }
    std::string ask_at(int port, net::HttpRequest request) {
        net::EventLoop loop;
        net::HttpsClient client(loop, *tls_,
                                net::Url::parse(fmt::format("https://localhost:{}", port)));
        std::string answer;
        client.request(std::move(request), [&](const net::HttpOutcome& outcome) {
            if (outcome.reply) answer = outcome.reply->body;
            loop.stop();
        });
        loop.run();
        return answer;
    }

    UniqueBusRoot root_;
    TempDir dir_;
    std::unique_ptr<Process> simulator_;
    std::unique_ptr<net::TlsContext> tls_;
    int port_ = 0;
    int control_port_ = 0;
};

}  // namespace ringside::test
