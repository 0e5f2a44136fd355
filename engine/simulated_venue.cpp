#include "engine/simulated_venue.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "core/error.hpp"
#include "engine/recorded_data.hpp"

namespace ringside::engine {

namespace {

/// Answers that come before they were made turn the clock of whoever waits for them back.
void refuse_early_answers(const AssetConfig& asset, RulesPreset rules, Pace pace) {
    if (asset.latency.constant.response_ns >= 0 || !asset.latency_data.empty()) return;
    if (rules == RulesPreset::Compat && pace == Pace::WithBot) return;
    fail(ExitCode::Usage,
         "{}: a response latency of {} ns is below zero: give 0 or more (only a backtest in the "
         "bot's own process, in compat, simulates answers that come before they were made)",
         asset.instrument.symbol, asset.latency.constant.response_ns);
}

}  // namespace

SimulatedVenue::SimulatedVenue(const VenueConfig& config, Pace pace, Decoding decoding)
    : config_(config), pace_(pace), processed_(config.assets.size(), kBeforeAll), feed_(markets_) {
    const Rules rules = Rules::of(config.rules);
    info_.venue = config.name;
    info_.clock = ClockMode::Simulated;
    info_.rules = config.rules;
    info_.least_round_trip_ns = kNever;
    const Reading reading(decoding, config_.assets.size());
    for (const AssetConfig& asset : config_.assets) {
        refuse_early_answers(asset, config_.rules, pace);
        markets_.push_back(std::make_unique<RecordedMarket>(open_recording(asset, rules, reading)));
        RecordedMarket& market = *markets_.back();
        if (asset.latency.custom && !asset.latency_data.empty()) {
            fail(ExitCode::Usage,
                 "{}: there are measured latencies and the latency model \"{}\": choose one",
                 asset.instrument.symbol, asset.latency.custom.name);
        }
        const auto table = latency_table(asset, rules);
        const LatencyModel latency =
            table == nullptr ? LatencyModel(asset.latency) : LatencyModel(table, rules);
        least_entry_.push_back(latency.least_entry());
        const auto asset_no = static_cast<AssetNo>(assets_.size());
        snapshots_.push_back(snapshot_rows(asset));
        assets_.push_back(
            AssetVenue::make(asset, rules, latency, asset_no, snapshots_.back(), market));
        info_.may_fail |= assets_.back()->may_fail();
        info_.recorded_rows += recorded_rows(asset);
        info_.instruments.push_back(asset.instrument);
        // A venue that may fail tells it without latency.
        info_.least_round_trip_ns =
            std::min({info_.least_round_trip_ns, latency.least_round_trip(),
                      latency.least_entry() + assets_.back()->least_response()});
        const MarketUpdate* heard = market.feed.head();
        const MarketUpdate* happened = market.exchange.head();
        if (heard != nullptr) info_.start_ts = std::min(info_.start_ts, heard->local_ts);
        if (happened != nullptr) info_.start_ts = std::min(info_.start_ts, happened->exch_ts);
    }
    feed_.next_ts();
}

SessionNo SimulatedVenue::open_session() {
    const auto session = static_cast<SessionNo>(sessions_.size());
    sessions_.push_back(std::make_unique<Session>());
    for (auto& asset : assets_) asset->open_lane(session, sessions_.back()->outbox);
    return session;
}

void SimulatedVenue::close_session(SessionNo session) {
    for (auto& asset : assets_) asset->close_lane(session);
    sessions_[session].reset();
}

void SimulatedVenue::accept(SessionNo session, const OrderRequest& request) {
    Session& s = *sessions_[session];
    RINGSIDE_CHECK(request.seq == s.requests_seen + 1 && request.asset_no < assets_.size());
    s.requests_seen = request.seq;
    assets_[request.asset_no]->accept(session, request);
}

void SimulatedVenue::promise(SessionNo session, Nanos no_request_before) {
    Session& s = *sessions_[session];
    s.promise = pace_ == Pace::WithBot ? no_request_before : std::max(s.promise, no_request_before);
}

Nanos SimulatedVenue::limit(std::size_t asset) const {
    Nanos limit = kNever;
    for (const auto& session : sessions_) {
        if (session) limit = std::min(limit, session->promise);
    }
    return pace_ == Pace::WithBot ? limit : saturating_add(limit, least_entry_[asset]);
}

void SimulatedVenue::run() {
    // Bots wait for what follows: nothing is decoded for it.
    const Nanos lead = saturating_add(feed_.known_ts(), FeedMerger::kLead);
    for (std::size_t a = 0; a < assets_.size(); ++a) {
        const Nanos until = std::min(limit(a), lead);
        const bool back = until < processed_[a];
        if (back && pace_ != Pace::WithBot) continue;
        assets_[a]->run(until);
        processed_[a] = std::max(processed_[a], until);
        if (pace_ == Pace::WithBot) assets_[a]->on_heard(until);
        markets_[a]->drop_passed();
    }
}

SessionProgress SimulatedVenue::progress(SessionNo session) {
    SessionProgress progress{.requests_seen = sessions_[session]->requests_seen,
                             .safe_until = kNever,
                             .venue_now = kNever,
                             .venue_last = kBeforeAll};
    for (std::size_t a = 0; a < assets_.size(); ++a) {
        AssetVenue& asset = *assets_[a];
        progress.safe_until = std::min(progress.safe_until, asset.quiet_until(session));
        progress.venue_last = std::max(progress.venue_last, asset.last_event(session));
        if (!asset.exhausted(session)) {
            progress.venue_now = std::min(progress.venue_now, processed_[a]);
        }
    }
    return progress;
}

}  // namespace ringside::engine
