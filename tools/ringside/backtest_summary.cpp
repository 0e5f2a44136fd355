#include <algorithm>
#include <cmath>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "botkit/recorder.hpp"
#include "core/atomic_file.hpp"
#include "core/row_file.hpp"
#include "tools/ringside/backtest.hpp"
#include "tools/ringside/utc.hpp"

namespace ringside {
namespace {

using botkit::RecordRow;

struct Headline {
    std::size_t records = 0;
    Nanos first_ts = 0;
    RecordRow last;
    double equity = 0.0;
    double max_drawdown = 0.0;
};

/// Rows without a mid (one side of the book is empty) say nothing of equity.
Headline headline(const std::vector<RecordRow>& rows, const Instrument& instrument) {
    Headline h;
    h.records = rows.size();
    if (rows.empty()) return h;
    h.first_ts = rows.front().timestamp;
    h.last = rows.back();
    double peak = -INFINITY;
    for (const RecordRow& row : rows) {
        if (std::isnan(row.price)) continue;
        h.equity = instrument.equity(row.price, row.balance, row.position, row.fee);
        peak = std::max(peak, h.equity);
        h.max_drawdown = std::max(h.max_drawdown, peak - h.equity);
    }
    return h;
}

void print(const Instrument& instrument, const Headline& h) {
    fmt::print("{}\n", instrument.symbol);
    if (h.records == 0) {
        fmt::print("  no records: the bot ended before it took one\n");
        return;
    }
    const auto line = [](const char* name, const std::string& value) {
        fmt::print("  {:<16}{:>26}\n", name, value);
    };
    line("from (UTC)", utc(h.first_ts));
    line("to (UTC)", utc(h.last.timestamp));
    line("records", fmt::format("{}", h.records));
    line("equity", fmt::format("{:.4f}", h.equity));
    line("max drawdown", fmt::format("{:.4f}", h.max_drawdown));
    line("position", fmt::format("{:.10g}", h.last.position));
    line("balance", fmt::format("{:.4f}", h.last.balance));
    line("fees", fmt::format("{:.4f}", h.last.fee));
    line("trades", fmt::format("{}", h.last.num_trades));
    line("volume", fmt::format("{:.10g}", h.last.trading_volume));
    line("value", fmt::format("{:.2f}", h.last.trading_value));
}

}  // namespace

void summarise(const BacktestPlan& plan) {
    std::ifstream file(plan.run());
    nlohmann::ordered_json run = nlohmann::ordered_json::parse(file);
    run["mode"] = plan.in_process ? "in process" : "across processes";
    run["rules"] = plan.venue.rules == RulesPreset::Compat ? "compat" : "strict";
    run["config"] = plan.config.filename().string();
    if (plan.book_size > 0.0) run["book_size"] = plan.book_size;
    run["contract"] = nlohmann::ordered_json::array();
    run["contract_size"] = nlohmann::ordered_json::array();
    for (std::size_t a = 0; a < plan.venue.assets.size(); ++a) {
        const Instrument& instrument = plan.venue.assets[a].instrument;
        run["contract"].push_back(instrument.kind == ContractKind::Inverse ? "inverse" : "linear");
        run["contract_size"].push_back(instrument.contract_size);
        print(instrument, headline(read_rows<RecordRow>(plan.record(), botkit::record_dtype(),
                                                        std::to_string(a)),
                                   instrument));
    }
    fmt::print("{} events in {:.2f} s, {:.2f} M events/s, {}\n", run["events"].get<std::uint64_t>(),
               run["seconds"].get<double>(), run["events_per_second"].get<double>() / 1e6,
               run["mode"].get<std::string>());
    AtomicFile out(plan.run());
    const std::string text = run.dump(2) + "\n";
    out.append(std::as_bytes(std::span(text)));
    out.commit();
}

}  // namespace ringside
