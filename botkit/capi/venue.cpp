#include "botkit/capi/venue.hpp"

#include <cmath>
#include <span>

#include "botkit/capi/session.hpp"
#include "core/error.hpp"

using namespace ringside;
using namespace ringside::capi;
using engine::AssetConfig;
using engine::ExchangeKind;
using engine::QueueKind;

namespace {

// The rows of the C interface are the engine's own, under other names.
static_assert(sizeof(ringside_event) == sizeof(Event));
static_assert(offsetof(ringside_event, order_id) == offsetof(Event, order_id));
static_assert(offsetof(ringside_event, fval) == offsetof(Event, fval));
static_assert(sizeof(ringside_latency_row) == sizeof(engine::LatencyRow));

std::span<const Event> events(const ringside_event* rows, int64_t count) {
    return {reinterpret_cast<const Event*>(rows), static_cast<std::size_t>(count)};
}

template <typename Kind>
Kind kind_of(int64_t value, Kind last, const char* what) {
    if (value < 0 || value > static_cast<int64_t>(last)) {
        fail(ExitCode::Usage, "there is no {} {}", what, value);
    }
    return static_cast<Kind>(value);
}

}  // namespace

void capi::check(const engine::VenueConfig& config) {
    if (config.assets.empty()) fail(ExitCode::Usage, "there is no asset: add at least one");
    for (const AssetConfig& asset : config.assets) {
        const bool l3 = asset.queue == QueueKind::L3Fifo;
        if (l3 && asset.exchange == ExchangeKind::PartialFill) {
            fail(ExitCode::Usage,
                 "{}: the L3 FIFO queue does not go with the partial-fill exchange: use "
                 "no_partial_fill_exchange",
                 asset.instrument.symbol);
        }
    }
}

extern "C" {

ringside_venue* ringside_venue_new(int64_t compat) {
    try {
        auto venue = std::make_unique<ringside_venue>();
        venue->config.name = "backtest";
        venue->config.rules = compat != 0 ? RulesPreset::Compat : RulesPreset::Strict;
        return venue.release();
    } catch (...) {
        remember_exception();
        return nullptr;
    }
}

void ringside_venue_free(ringside_venue* venue) { delete venue; }

ringside_code ringside_venue_add_asset(ringside_venue* venue, const char* symbol, double tick_size,
                                       double lot_size) {
    return guarded([&] {
        if (!(tick_size > 0.0) || !std::isfinite(tick_size)) {
            fail(ExitCode::Usage, "{}: tick_size {} is not above zero", symbol, tick_size);
        }
        if (!(lot_size > 0.0) || !std::isfinite(lot_size)) {
            fail(ExitCode::Usage, "{}: lot_size {} is not above zero", symbol, lot_size);
        }
        AssetConfig& asset = venue->config.assets.emplace_back();
        asset.instrument.symbol = symbol;
        asset.instrument.grid = {tick_size, lot_size};
        return RINGSIDE_OK;
    });
}

ringside_code ringside_asset_contract(ringside_venue* venue, int64_t inverse, double size) {
    return describe(venue, [&](AssetConfig& asset) {
        asset.instrument.kind = inverse != 0 ? ContractKind::Inverse : ContractKind::Linear;
        asset.instrument.contract_size = size;
    });
}

ringside_code ringside_asset_data_file(ringside_venue* venue, const char* path) {
    return describe(
        venue, [&](AssetConfig& asset) { asset.data.emplace_back(std::filesystem::path(path)); });
}

ringside_code ringside_asset_data_rows(ringside_venue* venue, const ringside_event* rows,
                                       int64_t count) {
    return describe(venue,
                    [&](AssetConfig& asset) { asset.data.emplace_back(events(rows, count)); });
}

ringside_code ringside_asset_snapshot_file(ringside_venue* venue, const char* path) {
    return describe(
        venue, [&](AssetConfig& asset) { asset.initial_snapshot = std::filesystem::path(path); });
}

ringside_code ringside_asset_snapshot_rows(ringside_venue* venue, const ringside_event* rows,
                                           int64_t count) {
    return describe(venue,
                    [&](AssetConfig& asset) { asset.initial_snapshot = events(rows, count); });
}

ringside_code ringside_asset_feed_offset(ringside_venue* venue, int64_t offset_ns) {
    return describe(venue, [&](AssetConfig& asset) { asset.latency_offset_ns = offset_ns; });
}

ringside_code ringside_asset_latency(ringside_venue* venue, int64_t entry_ns, int64_t response_ns) {
    return describe(venue, [&](AssetConfig& asset) { asset.latency = {entry_ns, response_ns}; });
}

ringside_code ringside_asset_latency_file(ringside_venue* venue, const char* path) {
    return describe(venue, [&](AssetConfig& asset) {
        asset.latency_data.emplace_back(std::filesystem::path(path));
    });
}

ringside_code ringside_asset_latency_rows(ringside_venue* venue, const ringside_latency_row* rows,
                                          int64_t count) {
    return describe(venue, [&](AssetConfig& asset) {
        asset.latency_data.emplace_back(std::span(reinterpret_cast<const engine::LatencyRow*>(rows),
                                                  static_cast<std::size_t>(count)));
    });
}

ringside_code ringside_asset_latency_data_offset(ringside_venue* venue, int64_t offset_ns) {
    return describe(venue, [&](AssetConfig& asset) { asset.latency_data_offset_ns = offset_ns; });
}

ringside_code ringside_asset_queue(ringside_venue* venue, int64_t kind, double power) {
    return describe(venue, [&](AssetConfig& asset) {
        asset.queue = kind_of(kind, QueueKind::L3Fifo, "queue model");
        asset.queue_power = power;
        asset.instrument.book = asset.queue == QueueKind::L3Fifo ? BookKind::L3 : BookKind::L2;
    });
}

ringside_code ringside_asset_exchange(ringside_venue* venue, int64_t kind) {
    return describe(venue, [&](AssetConfig& asset) {
        asset.exchange = kind_of(kind, ExchangeKind::PartialFill, "exchange model");
    });
}

ringside_code ringside_asset_fee(ringside_venue* venue, int64_t kind, double maker, double taker) {
    return describe(venue, [&](AssetConfig& asset) {
        asset.fee.custom = {};
        asset.fee.kind = kind_of(kind, engine::FeeKind::Flat, "fee model");
        asset.fee.maker = maker;
        asset.fee.taker = taker;
    });
}

ringside_code ringside_asset_directional_fee(ringside_venue* venue, double buyer, double seller) {
    return describe(venue, [&](AssetConfig& asset) {
        asset.fee.buyer = buyer;
        asset.fee.seller = seller;
    });
}

ringside_code ringside_asset_range(ringside_venue* venue, double lower, double upper) {
    constexpr Ticks kMostTicks = 1 << 28;  // two arrays of 2 GiB
    return describe(venue, [&](AssetConfig& asset) {
        const Grid& grid = asset.instrument.grid;
        const TickRange range{grid.to_ticks_nearest(lower), grid.to_ticks_nearest(upper)};
        if (!(lower <= upper) || range.last - range.first >= kMostTicks) {
            fail(ExitCode::Usage,
                 "{}: the price range from {} to {} cannot be used: roi_lb must not be above "
                 "roi_ub, and at most {} ticks lie between them",
                 asset.instrument.symbol, lower, upper, kMostTicks);
        }
        asset.instrument.range = range;
    });
}

}  // extern "C"
