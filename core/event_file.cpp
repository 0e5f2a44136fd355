#include "core/event_file.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "core/npy.hpp"
#include "core/packed_file.hpp"
#include "core/row_check.hpp"
#include "core/row_file.hpp"

namespace ringside {
namespace {

/// One file of events, of whichever kind.
class EventFile {
  public:
    explicit EventFile(const std::filesystem::path& path) {
        const std::filesystem::path suffix = path.extension();
        if (suffix != ".rsev" && suffix != ".npz" && suffix != ".npy") {
            fail(ExitCode::Data, "{}: unknown suffix '{}'; expected .rsev, .npz or .npy",
                 path.string(), suffix.string());
        }
        if (suffix == ".rsev")
            packed_.emplace(path);
        else
            array_.emplace(path, event_dtype());
    }

    std::uint64_t rows() const noexcept { return packed_ ? packed_->rows() : array_->rows(); }
    const std::string& name() const noexcept { return packed_ ? packed_->name() : array_->name(); }
    std::size_t read(std::span<Event> out) {
        return packed_ ? packed_->read(out) : array_->read(std::as_writable_bytes(out));
    }
    std::size_t read_updates(const Grid& grid, RowCheck& check, std::span<MarketUpdate> updates,
                             RowColumns& columns, ReadOn read_on) {
        return packed_ ? packed_->read_updates(grid, check, updates, columns, read_on) : 0;
    }

  private:
    std::optional<PackedFile> packed_;
    std::optional<RowFile> array_;
};

class EventFileReader final : public RowReader {
  public:
    EventFileReader(std::vector<std::filesystem::path> files, const EventFileOptions& options)
        : files_(std::move(files)),
          latency_offset_ns_(options.latency_offset_ns),
          check_rows_(options.check_rows) {
        check_.ordered = options.check_order;
    }

    std::span<const Event> read(std::span<Event> storage) override {
        if (failure_) std::rethrow_exception(failure_);
        while (file_ || next_file_ < files_.size()) {
            if (!file_) {
                file_.emplace(files_[next_file_++]);
                file_row_ = 0;
            }
            const std::size_t count = file_->read(storage);
            if (count == 0) {
                file_.reset();
                continue;
            }
            const std::size_t good = check(storage.first(count));
            file_row_ += good;
            if (good == 0) std::rethrow_exception(failure_);
            return storage.first(good);
        }
        return {};
    }

    std::size_t read_updates(const Grid& grid, std::span<MarketUpdate> updates, RowColumns& columns,
                             ReadOn read_on) override {
        // Between files, and where rows are changed or refused, read() has them.
        if (failure_ || latency_offset_ns_ != 0 || !file_) return 0;
        const std::size_t count = file_->read_updates(grid, check_, updates, columns, read_on);
        file_row_ += count;
        return count;
    }

  private:
    /// How many rows come before the first bad one, of which `failure_` then tells.
    std::size_t check(std::span<Event> rows) {
        if (!check_rows_) return rows.size();
        const std::size_t shifted = latency_offset_ns_ == 0 ? rows.size() : shift(rows);
        const std::size_t good = check_.first_bad(rows.first(shifted));
        if (good == rows.size()) return good;
        std::string what;
        if (good < shifted) {
            what = check_.explain(rows[good]);
        } else {
            what = fmt::format(
                "local_ts {} is not later than exch_ts {} after the latency offset of "
                "{} ns was added; use a larger offset",
                rows[good].local_ts, rows[good].exch_ts, latency_offset_ns_);
        }
        fail_later(good, what);
        return good;
    }

    /// Adds the latency offset and returns how many rows satisfy it.
    std::size_t shift(std::span<Event> rows) const {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i].local_ts = saturating_add(rows[i].local_ts, latency_offset_ns_);
            if (rows[i].local_ts <= rows[i].exch_ts) return i;
        }
        return rows.size();
    }

    void fail_later(std::size_t row, const std::string& what) {
        try {
            verify_rest();
            fail(ExitCode::Data, "{}: row {}: {}", file_->name(), file_row_ + row, what);
        } catch (const Error&) {
            failure_ = std::current_exception();
        }
    }

    /// A bad row in a damaged file is the damage's doing: its CRC is told rather than the row.
    void verify_rest() {
        std::vector<Event> rest(1024);
        while (file_->read(rest) != 0) {
        }
    }

    const std::vector<std::filesystem::path> files_;
    const Nanos latency_offset_ns_;
    const bool check_rows_;
    std::size_t next_file_ = 0;
    std::optional<EventFile> file_;
    std::uint64_t file_row_ = 0;  ///< rows of the current file already handed out
    RowCheck check_;
    std::exception_ptr failure_;
};

}  // namespace

std::uint64_t count_rows(const std::vector<std::filesystem::path>& files) {
    std::uint64_t rows = 0;
    for (const std::filesystem::path& file : files) rows += EventFile(file).rows();
    return rows;
}

std::unique_ptr<RowReader> open_events(std::vector<std::filesystem::path> files,
                                       const EventFileOptions& options) {
    if (files.empty())
        fail(ExitCode::Data, "no event files given; name at least one .rsev, .npz or .npy");
    for (const std::filesystem::path& path : files) EventFile{path};
    return std::make_unique<EventFileReader>(std::move(files), options);
}

}  // namespace ringside
