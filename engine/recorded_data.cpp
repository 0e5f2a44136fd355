#include "engine/recorded_data.hpp"

#include "core/error.hpp"
#include "core/event_file.hpp"
#include "core/memory_events.hpp"
#include "core/npy.hpp"
#include "core/row_file.hpp"

namespace ringside::engine {

namespace {

using std::filesystem::path;

const Dtype& latency_dtype() {
    static const Dtype dtype = Dtype::packed(
        {{"req_ts", "<i8"}, {"exch_ts", "<i8"}, {"resp_ts", "<i8"}, {"_padding", "<i8"}});
    return dtype;
}

}  // namespace

std::unique_ptr<EventSource> open_recording(const AssetConfig& asset, const Rules& rules,
                                            Decoding decoding) {
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
    return decoding == Decoding::Ahead ? read_ahead(std::move(rows), asset.instrument.grid)
                                       : read_in_turn(std::move(rows), asset.instrument.grid);
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
