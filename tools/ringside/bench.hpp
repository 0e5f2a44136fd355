#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringside {

struct BenchOptions {
    std::uint64_t events = 2'000'000;
    unsigned runs = 5;
};

/// A kind of work, and how long it took each time.
struct BenchRow {
    std::string name;
    std::vector<double> seconds{};

    double median() const;
};

/// What this machine makes of a synthetic market: first a bare loop over rows in memory that keeps
/// two books, the least that any backtest does; then backtests of a file, decoding included. They
/// take turns, run after run.
std::vector<BenchRow> run_bench(const BenchOptions& options);

}  // namespace ringside
