#include "tools/ringside/sweep.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>

#include "core/error.hpp"
#include "core/progress.hpp"
#include "tools/ringside/sweep_process.hpp"

namespace ringside {
namespace {

using Json = nlohmann::ordered_json;

std::string cell_of(const Json& value) { return value.is_null() ? "nan" : value.dump(); }

/// Cells in the order of SweepTable::result_names().
std::vector<std::string> cells_of(const Json& totals) {
    std::vector<std::string> cells;
    for (const auto& [name, value] : totals.items()) {
        if (!value.is_array()) {
            cells.push_back(cell_of(value));
            continue;
        }
        for (const Json& of_asset : value) cells.push_back(cell_of(of_asset));
    }
    return cells;
}

/// What is printed of each row, under the names of the parameters.
class Printed {
  public:
    explicit Printed(const SweepPlan& plan) : plan_(plan) {
        for (std::size_t k = 0; k < plan.keys.size(); ++k) {
            std::size_t width = plan.keys[k].size();
            for (const auto& set : plan.sets) width = std::max(width, shown_value(set[k]).size());
            widths_.push_back(width);
        }
    }
    void head() const {
        fmt::print("{:>6}", "set");
        for (std::size_t k = 0; k < widths_.size(); ++k) {
            fmt::print("  {:>{}}", plan_.keys[k], widths_[k]);
        }
        fmt::print("  {:>14}  {:>14}  {:>10}  {:>10}\n", "equity", "max drawdown", "sharpe",
                   "trades");
        std::fflush(stdout);
    }
    void row(std::size_t set, const Json& totals) const {
        const auto number = [&](const char* name) {
            const Json& value = totals.at(name);
            return value.is_null() ? std::nan("") : value.get<double>();
        };
        fmt::print("{:>6}", set);
        for (std::size_t k = 0; k < widths_.size(); ++k) {
            fmt::print("  {:>{}}", shown_value(plan_.sets[set][k]), widths_[k]);
        }
        fmt::print("  {:>14.4f}  {:>14.4f}  {:>10.2f}  {:>10}\n", number("equity"),
                   number("max_drawdown"), number("sharpe"),
                   totals.at("num_trades").get<std::int64_t>());
        std::fflush(stdout);
    }

  private:
    const SweepPlan& plan_;
    std::vector<std::size_t> widths_;
};

class Sweep {
  public:
    Sweep(const SweepPlan& plan, SweepTable& table)
        : plan_(plan),
          table_(table),
          rows_of_data_(plan.recorded_rows()),
          printed_(plan),
          waiting_(missing_sets()),
          progress_("sweep", waiting_.size() * rows_of_data_, "events") {}

    SweepOutcome run() {
        if (waiting_.empty()) return outcome_;
        check_parameters();
        printed_.head();
        const auto began = std::chrono::steady_clock::now();
        while (!waiting_.empty() || !alone_.empty() || !running_.empty()) {
            start_more();
            listen();
            show();
        }
        progress_.clear();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        outcome_.seconds = took.count();
        return outcome_;
    }

  private:
    std::deque<std::size_t> missing_sets() const {
        std::deque<std::size_t> sets;
        for (std::size_t set = 0; set < plan_.sets.size(); ++set) {
            if (!table_.has(set)) sets.push_back(set);
        }
        return sets;
    }

    /// Before anything is run, so that a slip in the last set does not show after hours.
    void check_parameters() {
        SweepProcess check(plan_, {waiting_.begin(), waiting_.end()}, SweepProcess::Task::Check);
        expect_success(check.wait());
    }

    void expect_success(int status) const {
        if (status == 0) return;
        const bool known = status > 0 && status <= static_cast<int>(ExitCode::BotLost);
        fail(known ? static_cast<ExitCode>(status) : ExitCode::Internal,
             "{} failed; the rows in {} are kept", plan_.bot.filename().string(),
             plan_.table().string());
    }

    void start_more() {
        while (running_.size() < plan_.jobs && !(waiting_.empty() && alone_.empty())) {
            std::vector<std::size_t> sets;
            if (!waiting_.empty()) {
                const std::size_t idle = plan_.jobs - running_.size();
                const std::size_t share = (waiting_.size() + idle - 1) / idle;
                const auto count =
                    static_cast<std::ptrdiff_t>(std::min<std::size_t>(share, plan_.together));
                sets.assign(waiting_.begin(), waiting_.begin() + count);
                waiting_.erase(waiting_.begin(), waiting_.begin() + count);
            } else {
                sets.push_back(alone_.front());
                alone_.pop_front();
            }
            running_.push_back(
                std::make_unique<SweepProcess>(plan_, std::move(sets), SweepProcess::Task::Run));
        }
    }

    void listen() {
        std::vector<pollfd> fds;
        for (const auto& process : running_) fds.push_back({process->fd(), POLLIN, 0});
        if (poll(fds.data(), fds.size(), 200) < 0 && errno != EINTR) {
            fail(ExitCode::Io, "cannot wait for the bots: {}", std::strerror(errno));
        }
        for (std::size_t i = running_.size(); i-- > 0;) {
            if (fds[i].revents != 0) listen_to(i);
        }
    }

    void listen_to(std::size_t i) {
        SweepProcess& process = *running_[i];
        std::vector<std::string> lines;
        const bool more = process.read(lines);
        for (const std::string& line : lines) take(process, Json::parse(line));
        if (more) return;
        const int status = process.wait();
        const std::vector<std::size_t> left = process.sets;
        const bool alone = process.size == 1;
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
        if (left.empty()) return;
        if (status > 0) expect_success(status);  // it said why, and that is true of all sets
        for (const std::size_t set : left) {
            if (alone)
                refuse(set, fmt::format("the bot died of signal {}", -status));
            else
                alone_.push_back(set);
        }
    }

    void take(SweepProcess& process, const Json& line) {
        if (line.contains("rows")) {
            process.rows = line.at("rows");
            return;
        }
        const std::size_t set = line.at("set");
        std::erase(process.sets, set);
        if (line.contains("error")) {
            refuse(set, line.at("error"));
            return;
        }
        const Json& totals = line.at("totals");
        table_.add(set, cells_of(totals));
        ++outcome_.added;
        progress_.clear();
        printed_.row(set, totals);
    }

    void refuse(std::size_t set, const std::string& why) {
        ++outcome_.failed;
        progress_.clear();
        fmt::print(stderr, "set {}: {}\n", set, why);
    }

    void show() {
        std::uint64_t done = (outcome_.added + outcome_.failed) * rows_of_data_;
        for (const auto& process : running_) done += process->sets.size() * process->rows;
        progress_.update(done, done);
    }

    const SweepPlan& plan_;
    SweepTable& table_;
    const std::uint64_t rows_of_data_;
    const Printed printed_;
    std::deque<std::size_t> waiting_;
    std::deque<std::size_t> alone_;  ///< their process died; to be tried by themselves
    std::vector<std::unique_ptr<SweepProcess>> running_;
    Progress progress_;
    SweepOutcome outcome_;
};

}  // namespace

SweepOutcome run_sweep(const SweepPlan& plan, SweepTable& table) {
    return Sweep(plan, table).run();
}

}  // namespace ringside
