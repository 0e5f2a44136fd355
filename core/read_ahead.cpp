#include "core/read_ahead.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/block_decoder.hpp"
#include "core/decode_threads.hpp"

namespace ringside {
namespace {

class ReadInTurn final : public EventSource {
  public:
    ReadInTurn(std::unique_ptr<RowReader> reader, const Grid& grid)
        : decoder_(std::move(reader), grid, kBlockRows, kSpareBlocks, ReadOn::ThisCore) {}

    BlockPtr next() override {
        if (error_) std::rethrow_exception(error_);
        try {
            return decoder_.next();
        } catch (...) {
            error_ = std::current_exception();
            throw;
        }
    }

  private:
    /// Others wait while a block is decoded; but each begins with rows whose levels nobody asked
    /// for ahead, and on a page of its own.
    static constexpr std::size_t kBlockRows = 512;
    static constexpr std::size_t kSpareBlocks = 16;

    BlockDecoder decoder_;
    std::exception_ptr error_;
};

class Concatenated final : public RowReader {
  public:
    explicit Concatenated(std::vector<std::unique_ptr<RowReader>> parts)
        : parts_(std::move(parts)) {}

    std::span<const Event> read(std::span<Event> storage) override {
        for (; part_ < parts_.size(); ++part_) {
            const auto rows = parts_[part_]->read(storage);
            if (!rows.empty()) return rows;
        }
        return {};
    }
    std::size_t read_updates(const Grid& grid, std::span<MarketUpdate> updates, RowColumns& columns,
                             ReadOn read_on) override {
        if (part_ == parts_.size()) return 0;
        return parts_[part_]->read_updates(grid, updates, columns, read_on);
    }

  private:
    std::vector<std::unique_ptr<RowReader>> parts_;
    std::size_t part_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> concatenated(std::vector<std::unique_ptr<RowReader>> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    return std::make_unique<Concatenated>(std::move(parts));
}

ReadAheadOptions ReadAheadOptions::one_of(std::size_t streams) noexcept {
    constexpr std::size_t kRowsOfAll = 128 * 1024;
    constexpr std::size_t kFewestBlocks = 4;
    ReadAheadOptions options;
    const std::size_t rows = kRowsOfAll / std::max<std::size_t>(streams, 1);
    options.block_rows = std::clamp<std::size_t>(rows / kFewestBlocks, 256, options.block_rows);
    options.blocks = std::clamp(rows / options.block_rows, kFewestBlocks, options.blocks);
    return options;
}

std::shared_ptr<DecodeThreads> start_decode_threads(std::size_t count) {
    return std::make_shared<DecodeThreads>(count);
}

std::unique_ptr<EventSource> read_ahead(std::unique_ptr<RowReader> reader, const Grid& grid,
                                        ReadAheadOptions options,
                                        std::shared_ptr<DecodeThreads> threads) {
    if (!threads) threads = start_decode_threads(1);
    return DecodeThreads::open(std::move(threads), std::move(reader), grid, options);
}

std::unique_ptr<EventSource> read_in_turn(std::unique_ptr<RowReader> reader, const Grid& grid) {
    return std::make_unique<ReadInTurn>(std::move(reader), grid);
}

}  // namespace ringside
