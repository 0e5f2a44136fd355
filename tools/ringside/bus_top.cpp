#include "tools/ringside/bus_top.hpp"

#include <chrono>
#include <cmath>
#include <map>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "core/error.hpp"
#include "ipc/bus_tap.hpp"
#include "tools/ringside/process_look.hpp"
#include "tools/ringside/seen_books.hpp"
#include "tools/ringside/terminal.hpp"

namespace ringside {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

/// A counter as the last table had it, and when something last moved.
struct Before {
    double value = 0.0;
    Clock::time_point moved{};
};

class Top {
  public:
    explicit Top(const std::string& bus)
        : tap_(bus, ipc::ReadFrom::Oldest), books_(tap_.bus().info()) {}

    /// Reads what has come on the market-data ring, so that the books are there to be shown.
    void read() {
        tap_.poll([this](const ipc::BusRecord& record) { books_.see(record); });
    }
    bool ended() const { return tap_.ended(); }

    Json look() {
        now_ = Clock::now();
        seconds_ = std::chrono::duration<double>(now_ - last_).count();
        const ipc::BusObserver& bus = tap_.bus();
        Json json = {{"bus", bus.name()},
                     {"state", !bus.service_alive() ? "dead"
                               : bus.closed()       ? "closed"
                                                    : "running"},
                     {"venue", bus.info().venue},
                     {"gated", bus.md_gated()},
                     {"refused_bots", bus.refused_bots()}};
        json["service"] =
            process("service", bus.service_pid(), static_cast<double>(bus.heartbeat()));
        json["kills"] = bus.kills();
        json["counters"] = Json::object();
        for (const auto& counter : bus.counters()) json["counters"][counter.name] = counter.value;
        json["rings"] = Json::array({ring("md", bus.md())});
        json["sessions"] = Json::array();
        const std::int64_t md_tail = bus.md().counters().position;
        for (const ipc::ObservedSession& s : bus.sessions()) add_session(json, s, md_tail);
        json["books"] = books();
        last_ = now_;
        return json;
    }

  private:
    /// Change a second since the last table; 0 in the first.
    double rate(const std::string& key, double value) {
        const auto [before, first] = before_.try_emplace(key, Before{value, now_});
        const double change = first || seconds_ <= 0.0 ? 0.0 : value - before->second.value;
        if (change != 0.0) before->second.moved = now_;
        before->second.value = value;
        return change / std::max(seconds_, 1e-9);
    }
    double idle_seconds(const std::string& key) const {
        const auto before = before_.find(key);
        return before == before_.end()
                   ? 0.0
                   : std::chrono::duration<double>(now_ - before->second.moved).count();
    }

    Json process(const std::string& name, std::int32_t pid, double heartbeat) {
        const std::string key = name + std::to_string(pid);
        const ProcessLook look = look_at_process(pid);
        const double ticks = rate(key + " cpu", static_cast<double>(look.cpu_ticks));
        rate(key + " beat", heartbeat);
        return {{"pid", pid},
                {"process", look.state},
                {"cpu_percent", 100.0 * ticks / static_cast<double>(sysconf(_SC_CLK_TCK))},
                {"heartbeat", heartbeat},
                {"silent_seconds", idle_seconds(key + " beat")}};
    }

    Json ring(const std::string& name, const ipc::ObservedRing& ring) {
        const ipc::RingCounters c = ring.counters();
        return {{"ring", name},
                {"frames", c.frames},
                {"frames_per_second", rate(name + " frames", static_cast<double>(c.frames))},
                {"bytes", c.position},
                {"bytes_per_second", rate(name + " bytes", static_cast<double>(c.position))},
                {"capacity", c.capacity},
                {"stalls", c.stalls}};
    }

    void add_session(Json& json, const ipc::ObservedSession& s, std::int64_t md_tail) {
        using layout = ipc::layout::Admission;
        const std::string name = fmt::format("{}#{}", s.client_name(), s.slot());
        const layout admission = s.admission();
        const char* state = !s.client_alive()               ? "dead"
                            : s.client_left()               ? "left"
                            : admission == layout::Admitted ? "admitted"
                            : admission == layout::Refused  ? "refused"
                            : admission == layout::Evicted  ? "evicted"
                                                            : "waiting";
        Json session = {{"slot", s.slot()}, {"bot", s.client_name()}, {"state", state}};
        session.update(process(name, s.client_pid(), static_cast<double>(s.heartbeat())));
        Json requests = ring(name + " request", s.requests());
        Json responses = ring(name + " response", s.responses());
        requests["lag_bytes"] = s.requests().counters().position - s.request_cursor();
        responses["lag_bytes"] = s.responses().counters().position - s.response_cursor();
        session["md_lag_bytes"] = admission == layout::Admitted ? md_tail - s.md_cursor() : 0;
        session["md_overruns"] = s.md_overruns();
        session["md_missed"] = s.md_missed();
        session["damaged_requests"] = s.damaged_requests();
        session["requests_per_second"] = requests["frames_per_second"];
        session["promise"] = s.promise();
        session["venue_now"] = s.progress().venue_now;
        json["rings"].push_back(std::move(requests));
        json["rings"].push_back(std::move(responses));
        json["sessions"].push_back(std::move(session));
    }

    Json books() const {
        const auto number = [](double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); };
        Json all = Json::array();
        for (const SeenBooks::Touch& t : books_.touches()) {
            all.push_back({{"symbol", t.symbol},
                           {"bid_qty", number(t.bid_qty)},
                           {"bid", number(t.bid_price)},
                           {"ask", number(t.ask_price)},
                           {"ask_qty", number(t.ask_qty)},
                           {"last", number(t.last_price)},
                           {"last_ts", t.last_ts},
                           {"events", t.events},
                           {"partial", t.partial}});
        }
        return all;
    }

    ipc::BusTap tap_;
    SeenBooks books_;
    std::map<std::string, Before> before_;
    Clock::time_point now_{};
    Clock::time_point last_{};
    double seconds_ = 0.0;
};

/// Reads for so long, in small steps, so that a busy ring does not lap the books.
void read_for(Top& top, std::chrono::milliseconds time) {
    const auto until = Clock::now() + time;
    while (Clock::now() < until && !top.ended()) {
        top.read();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::string to_line(const Json& look) {
    return look.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void watch(Top& top, std::chrono::milliseconds interval) {
    Terminal terminal;
    BusTopView view;
    Json look = top.look();
    for (;;) {
        terminal.show(render_top(look, view));
        const auto until = Clock::now() + interval;
        while (Clock::now() < until) {
            top.read();
            const int key = terminal.key(std::chrono::milliseconds(20));
            if (key == 'q' || key == Terminal::kInterrupted) return;
            if (key == 'p' || key == ' ') view.paused = !view.paused;
            if (key == 's') {
                view.sort = static_cast<BusTopView::Sort>(
                    (static_cast<int>(view.sort) + 1) % static_cast<int>(BusTopView::Sort::Count));
            }
            if (key != 0) terminal.show(render_top(look, view));
        }
        if (!view.paused) look = top.look();
    }
}

}  // namespace

void bus_top(const BusTopOptions& options) {
    Top top(options.bus);
    const std::chrono::milliseconds interval(options.interval_ms);
    if (!options.once && !options.json) {
        if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
            fail(ExitCode::Usage, "this is no terminal: use --once or --json");
        }
        watch(top, interval);
        return;
    }
    top.read();
    top.look();
    do {
        read_for(top, interval);
        const Json look = top.look();
        fmt::print("{}", options.json ? to_line(look) : render_top(look, {}));
        std::fflush(stdout);
    } while (!options.once && !top.ended());
}

}  // namespace ringside
