#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "botkit/context.hpp"
#include "botkit/run_totals.hpp"
#include "core/npy.hpp"

namespace ringside::botkit {

/// One sample of one instrument; HftBacktest's `record_dtype`.
struct RecordRow {
    std::int64_t timestamp = 0;
    double price = 0.0;  ///< mid of the bot's book; NaN while a side is empty
    double position = 0.0;
    double balance = 0.0;
    double fee = 0.0;
    std::int64_t num_trades = 0;
    double trading_volume = 0.0;
    double trading_value = 0.0;
};
static_assert(sizeof(RecordRow) == 64);

const Dtype& record_dtype();

/// Samples of a run, taken when the bot asks for them.
class Recorder {
  public:
    Recorder() = default;
    /// Adds every sample to `totals` as well, and keeps the rows only if asked to.
    Recorder(RunTotals& totals, bool keep_rows) : totals_(&totals), keep_rows_(keep_rows) {}

    /// Takes one row for each instrument.
    void record(const Context& context);
    /// Members "0", "1", … of an `.npz`, one for each instrument.
    void write_npz(const std::filesystem::path& path) const;

    std::size_t num_assets() const noexcept { return rows_.size(); }
    std::span<const RecordRow> rows(AssetNo a) const { return rows_.at(a); }

  private:
    RunTotals* totals_ = nullptr;
    bool keep_rows_ = true;
    std::vector<RecordRow> sample_;
    std::vector<std::vector<RecordRow>> rows_;
};

}  // namespace ringside::botkit
