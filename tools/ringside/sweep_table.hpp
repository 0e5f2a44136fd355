#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/ringside/sweep_plan.hpp"

namespace ringside {

/// The results of a sweep, one row for each set, as a CSV file that is written row by row and can
/// be gone on with after any interruption: a row is in it whole or, cut short, not at all. Locked
/// while it is open, so that no second sweep writes to it.
class SweepTable {
  public:
    /// Takes up the table of an earlier run of the same plan; fails (Usage) where the folder holds
    /// another sweep's.
    SweepTable(const SweepPlan& plan, bool fresh);
    SweepTable(const SweepTable&) = delete;
    SweepTable& operator=(const SweepTable&) = delete;
    ~SweepTable();

    /// Whether there is a row of a set.
    bool has(std::size_t set) const { return done_[set]; }
    std::size_t rows() const noexcept { return rows_; }
    /// Adds the row of a set: the cells after its parameters.
    void add(std::size_t set, const std::vector<std::string>& cells);
    /// Puts the rows in the order of the sets.
    void sort();

    /// Names of the cells after a set's parameters.
    static std::vector<std::string> result_names(const engine::VenueConfig& venue);

  private:
    void describe(bool fresh);
    void open();
    void take_up();
    std::string header() const;

    const SweepPlan& plan_;
    std::vector<bool> done_;
    std::size_t rows_ = 0;
    int lock_ = -1;
    int file_ = -1;
};

/// Writes the table as an `.npz` with an array for each column.
void write_sweep_npz(const std::filesystem::path& csv, const std::filesystem::path& npz);

/// Lines of a CSV file, as cells.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& file);

}  // namespace ringside
