#include "engine/recorded_data.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/event_file.hpp"
#include "core/memory_events.hpp"
#include "core/npy.hpp"
#include "core/row_file.hpp"
#include "ipc/processor.hpp"

namespace ringside::engine {

namespace {

using std::filesystem::path;

const Dtype& latency_dtype() {
    static const Dtype dtype = Dtype::packed(
        {{"req_ts", "<i8"}, {"exch_ts", "<i8"}, {"resp_ts", "<i8"}, {"_padding", "<i8"}});
    return dtype;
}

}  // namespace

Reading::Reading(Decoding decoding, std::size_t recordings)
    : options(ReadAheadOptions::one_of(recordings)) {
    if (decoding == Decoding::InTurn || recordings == 0) return;
    // One processor is left to those who wait for the rows.
    const auto processors = static_cast<std::size_t>(std::max(ipc::allowed_processors() - 1, 1));
    ahead = start_decode_threads(std::min(processors, recordings));
}

std::unique_ptr<EventSource> open_recording(const AssetConfig& asset, const Rules& rules,
                                            const Reading& reading) {
    std::vector<std::unique_ptr<RowReader>> parts;
    std::vector<path> files;
    const auto flush_files = [&] {
        if (files.empty()) return;
        EventFileOptions options;
        options.latency_offset_ns = asset.latency_offset_ns;
        options.check_order = !rules.unordered_rows;
        parts.push_back(open_events(std::exchange(files, {}), options));
    };
    for (const EventData& data : asset.data) {
        if (const auto* file = std::get_if<path>(&data)) {
            files.push_back(*file);
        } else {
            flush_files();
            const auto rows = std::get<std::span<const Event>>(data);
            parts.push_back(memory_events(rows, asset.latency_offset_ns, !rules.unordered_rows));
        }
    }
    flush_files();
    if (parts.empty()) parts.push_back(memory_events({}));
    auto rows = concatenated(std::move(parts));
    const Grid& grid = asset.instrument.grid;
    return reading.ahead ? read_ahead(std::move(rows), grid, reading.options, reading.ahead)
                         : read_in_turn(std::move(rows), grid);
}

std::uint64_t recorded_rows(const AssetConfig& asset) {
    std::uint64_t rows = 0;
    for (const EventData& data : asset.data) {
        const auto* file = std::get_if<path>(&data);
        rows +=
            file != nullptr ? count_rows({*file}) : std::get<std::span<const Event>>(data).size();
    }
    return rows;
}

std::vector<Event> snapshot_rows(const AssetConfig& asset) {
    if (!asset.initial_snapshot) return {};
    if (const auto* file = std::get_if<path>(&*asset.initial_snapshot)) {
        return read_rows<Event>(*file, event_dtype());
    }
    const auto rows = std::get<std::span<const Event>>(*asset.initial_snapshot);
    return {rows.begin(), rows.end()};
}

std::shared_ptr<const LatencyTable> latency_table(const AssetConfig& asset, const Rules& rules) {
    if (asset.latency_data.empty()) return nullptr;
    std::vector<LatencyRow> rows;
    for (const LatencyData& data : asset.latency_data) {
        if (const auto* file = std::get_if<path>(&data)) {
            const auto part = read_rows<LatencyRow>(*file, latency_dtype());
            rows.insert(rows.end(), part.begin(), part.end());
        } else {
            const auto part = std::get<std::span<const LatencyRow>>(data);
            rows.insert(rows.end(), part.begin(), part.end());
        }
    }
    return std::make_shared<LatencyTable>(std::move(rows), asset.latency_data_offset_ns, rules);
}

}  // namespace ringside::engine
