#include "tools/venue_simulator/market_rows.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/error.hpp"
#include "core/event_file.hpp"
#include "core/memory_events.hpp"
#include "core/time.hpp"
#include "tools/ringside/convert.hpp"
#include "tools/ringside/synthetic_market.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr Nanos kBetweenRounds = 100 * kMillisecond;
constexpr std::uint64_t kSeenByAll = kExchEvent | kLocalEvent;

class SynthRows final : public RowReader {
  public:
    SynthRows(const SynthChoice& choice, const Grid& grid)
        : grid_(grid),
          market_({.seed = choice.seed,
                   .mid = grid.to_ticks_nearest(choice.mid),
                   .rows_per_second = choice.rows_per_second,
                   .levels = choice.levels,
                   .start_ts = choice.start_ts}) {}

    std::span<const Event> read(std::span<Event> storage) override {
        std::size_t count = 0;
        while (count < storage.size()) {
            if (at_ == rows_.size()) {
                rows_ = market_.next();
                at_ = 0;
            }
            storage[count++] = event_of(rows_[at_++]);
        }
        return storage.first(count);
    }

  private:
    Event event_of(const SyntheticMarket::Row& row) const {
        Event event;
        event.ev = static_cast<std::uint64_t>(row.kind) | kSeenByAll |
                   (row.side == Side::Buy ? kBuyEvent : kSellEvent);
        event.exch_ts = event.local_ts = market_.now();
        event.px = grid_.price(row.price_ticks);
        event.qty = grid_.qty(row.lots);
        return event;
    }

    Grid grid_;
    SyntheticMarket market_;
    std::vector<SyntheticMarket::Row> rows_;
    std::size_t at_ = 0;
};

/// Raw files, converted when they are opened.
class ConvertedRows final : public RowReader {
  public:
    explicit ConvertedRows(const std::vector<std::filesystem::path>& files) {
        ConvertOptions options{.inputs = files};
        options.truncation = Truncation::Accept;
        convert_binance(options, [this](std::span<const Event> block) {
            rows_.insert(rows_.end(), block.begin(), block.end());
        });
    }

    std::span<const Event> read(std::span<Event> storage) override {
        const std::size_t count = std::min(storage.size(), rows_.size() - at_);
        const std::span<const Event> part(rows_.data() + at_, count);
        at_ += count;
        return part;
    }

  private:
    std::vector<Event> rows_;
    std::size_t at_ = 0;
};

/// Plays a recording several times, each time later.
class Rounds final : public RowReader {
  public:
    using Open = std::function<std::unique_ptr<RowReader>()>;

    Rounds(Open open, std::uint64_t rounds)
        : open_(std::move(open)), left_(rounds), endless_(rounds == 0), reader_(open_()) {}

    std::span<const Event> read(std::span<Event> storage) override {
        for (;;) {
            const auto rows = reader_->read(storage);
            if (!rows.empty()) return shifted(rows, storage);
            if ((!endless_ && --left_ == 0) || first_ts_ == kNever) return {};
            shift_ = last_ts_ + kBetweenRounds - first_ts_;
            reader_ = open_();
        }
    }

  private:
    std::span<const Event> shifted(std::span<const Event> rows, std::span<Event> storage) {
        std::copy(rows.begin(), rows.end(), storage.begin());
        for (Event& row : storage.first(rows.size())) {
            first_ts_ = std::min({first_ts_, row.exch_ts, row.local_ts});
            row.exch_ts += shift_;
            row.local_ts += shift_;
            last_ts_ = std::max({last_ts_, row.exch_ts, row.local_ts});
        }
        return storage.first(rows.size());
    }

    Open open_;
    std::uint64_t left_;
    bool endless_;
    std::unique_ptr<RowReader> reader_;
    Nanos shift_ = 0;
    Nanos first_ts_ = kNever;
    Nanos last_ts_ = 0;
};

bool is_raw(const std::filesystem::path& file) { return file.extension() == ".gz"; }

}  // namespace

std::unique_ptr<RowReader> open_market_rows(const MarketChoice& choice, const Grid& grid) {
    if (choice.synth) return std::make_unique<SynthRows>(*choice.synth, grid);
    const auto& files = choice.files;
    const auto raw = std::count_if(files.begin(), files.end(), is_raw);
    if (raw != 0 && raw != std::ssize(files)) {
        fail(ExitCode::Usage, "{}: raw files (.gz) and event files cannot be mixed",
             files.front().string());
    }
    Rounds::Open open;
    if (raw != 0) {
        open = [files] { return std::make_unique<ConvertedRows>(files); };
    } else {
        open = [files] { return open_events(files); };
    }
    return std::make_unique<Rounds>(std::move(open), choice.rounds);
}

Nanos first_event_ts(const MarketChoice& choice, const Grid& grid) {
    Event storage;
    const auto reader = open_market_rows(choice, grid);
    const auto rows = reader->read({&storage, 1});
    return rows.empty() ? kNever : rows.front().exch_ts;
}

}  // namespace ringside::venue_simulator
