#include "engine/asset_venue.hpp"

#include <limits>
#include <optional>

#include "core/book/l2_book.hpp"
#include "core/check.hpp"
#include "engine/l2_matcher.hpp"
#include "engine/lane.hpp"
#include "engine/queue_model.hpp"
#include "engine/recorded_data.hpp"

namespace ringside::engine {

namespace {

/// Whether a bot may be told of a failure, which comes without latency.
bool may_fail(const AssetConfig& config, const Rules& rules) noexcept {
    return config.exchange == ExchangeKind::PartialFill && rules.exact_fill_stays;
}

template <typename Queue>
class L2AssetVenue final : public AssetVenue {
  public:
    L2AssetVenue(const AssetConfig& config, const Rules& rules, const LatencyModel& latency,
                 const Queue& queue, AssetNo asset_no, RecordedMarket& market)
        : config_(config),
          rules_(rules),
          latency_(latency),
          least_response_(may_fail(config, rules) ? 0 : latency.least_response()),
          queue_(queue),
          asset_no_(asset_no),
          market_(market),
          book_(config.instrument.grid, rules, config.instrument.range) {
        for (const Event& row : snapshot_rows(config)) book_.apply_snapshot_row(row);
    }

    void open_lane(SessionNo session, Outbox& outbox) override {
        if (session >= desks_.size()) desks_.resize(session + 1);
        desks_[session] = std::make_unique<Desk>(*this, outbox);
        refresh_open();
    }
    void close_lane(SessionNo session) override {
        desks_[session].reset();
        refresh_open();
    }
    void accept(SessionNo session, const OrderRequest& request) override {
        desks_[session]->lane.accept(request);
    }

    void run(Nanos limit) override {
        for (;;) {
            const auto [arrival, desk] = next_arrival();
            run_rows(std::min(limit, arrival));
            if (arrival > limit || desk == nullptr) return;
            while (desk->lane.next_arrival() == arrival) {
                desk->matcher.on_request(desk->lane.take(), arrival);
            }
            desk->last_request = arrival;
        }
    }

    Nanos quiet_until(SessionNo session) override {
        const Desk& desk = *desks_[session];
        if (desk.lane.failed()) return kNever;
        Nanos next = desk.lane.next_arrival();
        if (!desk.matcher.idle()) {
            const Event* row = market_.exchange.head();
            if (row != nullptr) next = std::min(next, row->exch_ts);
        }
        return next == kNever ? kNever : saturating_add(next, least_response_) - 1;
    }
    bool exhausted(SessionNo session) override {
        return desks_[session]->lane.next_arrival() == kNever && market_.exchange.head() == nullptr;
    }
    Nanos last_event(SessionNo session) const override {
        return std::max(last_row_, desks_[session]->last_request);
    }

  private:
    /// One bot at this instrument.
    struct Desk {
        Desk(const L2AssetVenue& venue, Outbox& outbox)
            : lane(venue.asset_no_, venue.config_.instrument, venue.latency_,
                   venue.config_.fee, outbox),
              matcher(venue.book_, venue.rules_, venue.queue_, venue.config_.exchange, lane) {}

        Lane lane;
        L2Matcher<Queue> matcher;
        Nanos last_request = std::numeric_limits<Nanos>::min();
    };

    void refresh_open() {
        open_.clear();
        for (auto& desk : desks_) {
            if (desk) open_.push_back(desk.get());
        }
    }

    std::pair<Nanos, Desk*> next_arrival() const noexcept {
        std::pair<Nanos, Desk*> next{kNever, nullptr};
        for (Desk* desk : open_) {
            if (desk->lane.next_arrival() < next.first) next = {desk->lane.next_arrival(), desk};
        }
        return next;
    }

    /// Processes rows up to and including `limit`. No request arrives meanwhile, so who has working
    /// orders can only shrink.
    void run_rows(Nanos limit) {
        const Event* row = market_.exchange.head();
        if (row == nullptr || row->exch_ts > limit) return;
        working_.clear();
        for (Desk* desk : open_) {
            if (!desk->matcher.idle()) working_.push_back(desk);
        }
        Nanos last = last_row_;
        while (row != nullptr && row->exch_ts <= limit) {
            const auto rows = market_.exchange.rest_of_block();
            const Event* const end = rows.data() + rows.size();
            for (; row != end; ++row) {
                if (!row->has(kExchEvent)) [[unlikely]]
                    continue;
                if (row->exch_ts > limit) break;
                last = row->exch_ts;
                apply(*row);
            }
            market_.exchange.advance_to(row);
            row = market_.exchange.head();
        }
        last_row_ = last;
    }

    void apply(const Event& row) {
        switch (row.kind()) {
            case EventKind::Depth:
            case EventKind::DepthSnapshot:
                if (row.has(kBuyEvent))
                    set<Side::Buy>(row);
                else if (row.has(kSellEvent))
                    set<Side::Sell>(row);
                return;
            case EventKind::Trade:
                if (working_.empty()) return;
                if (row.has(kBuyEvent))
                    trade<Side::Buy>(row);
                else if (row.has(kSellEvent))
                    trade<Side::Sell>(row);
                return;
            case EventKind::DepthClear:
                if (row.has(kBuyEvent))
                    book_.clear<Side::Buy>(row.px);
                else if (row.has(kSellEvent))
                    book_.clear<Side::Sell>(row.px);
                else
                    book_.clear_all();
                return;
            default:
                return;
        }
    }
    template <Side kSide>
    void set(const Event& row) {
        const LevelChange change = book_.set<kSide>(row.px, row.qty);
        for (Desk* desk : working_) desk->matcher.template on_level<kSide>(change, row.exch_ts);
    }
    template <Side kSide>
    void trade(const Event& row) {
        const Ticks tick = book_.grid().to_ticks_nearest(row.px);
        for (Desk* desk : working_) {
            desk->matcher.template on_trade<kSide>(tick, row.qty, row.exch_ts);
        }
    }

    const AssetConfig config_;
    const Rules rules_;
    const LatencyModel latency_;
    const Nanos least_response_;  ///< nothing is heard sooner than this after it happened
    const Queue queue_;
    const AssetNo asset_no_;
    RecordedMarket& market_;
    L2Book book_;
    std::vector<std::unique_ptr<Desk>> desks_;  ///< by session; empty where it has left
    std::vector<Desk*> open_;
    std::vector<Desk*> working_;  ///< desks with resting orders
    Nanos last_row_ = std::numeric_limits<Nanos>::min();
};

template <typename Queue>
std::unique_ptr<AssetVenue> make_l2(const AssetConfig& config, const Rules& rules,
                                    const LatencyModel& latency, const Queue& queue,
                                    AssetNo asset_no, RecordedMarket& market) {
    return std::make_unique<L2AssetVenue<Queue>>(config, rules, latency, queue, asset_no, market);
}

}  // namespace

std::unique_ptr<AssetVenue> AssetVenue::make(const AssetConfig& config, const Rules& rules,
                                             const LatencyModel& latency, AssetNo asset_no,
                                             RecordedMarket& market) {
    const bool unbounded = rules.unbounded_queue_probability;
    const double n = config.queue_power;
    const auto prob = [&](auto probability) {
        return make_l2(config, rules, latency, ProbabilityQueue{probability, unbounded}, asset_no,
                       market);
    };
    switch (config.queue) {
        case QueueKind::RiskAdverse:
            return make_l2(config, rules, latency, RiskAdverseQueue{}, asset_no, market);
        case QueueKind::PowerProb:
            return prob(PowerProbability{n});
        case QueueKind::PowerProb2:
            return prob(PowerProbability2{n});
        case QueueKind::PowerProb3:
            return prob(PowerProbability3{n});
        case QueueKind::LogProb:
            return prob(LogProbability{});
        case QueueKind::LogProb2:
            return prob(LogProbability2{});
        case QueueKind::L3Fifo:
            break;
    }
    RINGSIDE_CHECK(false);
    return nullptr;
}

}  // namespace ringside::engine
