#include "engine/asset_venue.hpp"

#include <optional>

#include "core/check.hpp"
#include "engine/l2_market.hpp"
#include "engine/l3_market.hpp"
#include "engine/lane.hpp"
#include "engine/queue_model.hpp"

namespace ringside::engine {

namespace {

/// Rows that are looked at, ahead of the bots, for one that could answer them: enough for them to
/// go on while the venue follows.
constexpr std::size_t kLookahead = 1024;

/// `Market` holds the exchange's book and knows what a row does to it and to resting orders.
template <typename Market>
class AssetVenueOf final : public AssetVenue {
  public:
    template <typename... Models>
    AssetVenueOf(const AssetConfig& config, const Rules& rules, const LatencyModel& latency,
                 AssetNo asset_no, std::span<const Event> snapshot, RecordedMarket& recorded,
                 const Models&... models)
        : config_(config),
          latency_(latency),
          asset_no_(asset_no),
          recorded_(recorded),
          market_(config, rules, models...),
          least_response_(market_.may_fail() ? 0 : std::max<Nanos>(latency.least_response(), 0)) {
        for (const Event& row : snapshot) market_.apply_snapshot_row(row);
    }

    void open_lane(SessionNo session, Outbox& outbox) override {
        if (session >= desks_.size()) desks_.resize(session + 1);
        desks_[session] = std::make_unique<Desk>(*this, session, outbox);
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
            run_market(std::min(limit, arrival));
            if (arrival > limit || desk == nullptr) return;
            while (desk->lane.next_arrival() == arrival) {
                if (desk->lane.refuses_next()) {
                    desk->lane.refuse_next();
                } else {
                    desk->matcher.on_request(desk->lane.take(), arrival);
                    desk->last_request = arrival;
                }
            }
        }
    }

    void on_heard(Nanos until) override {
        for (Desk* desk : open_) desk->lane.on_heard(until);
    }

    Nanos quiet_until(SessionNo session) override {
        Desk& desk = *desks_[session];
        if (desk.lane.failed()) return kNever;
        Nanos next = desk.lane.next_arrival();
        if (!desk.matcher.idle()) next = std::min(next, next_answer(desk));
        const Nanos quiet = next == kNever ? kNever : saturating_add(next, least_response_) - 1;
        const Nanos refused = desk.lane.refusals_heard();
        return refused == kNever ? quiet : std::min(quiet, refused - 1);
    }
    bool may_fail() const override { return market_.may_fail(); }
    Nanos least_response() const override { return least_response_; }
    bool exhausted(SessionNo session) override {
        return desks_[session]->lane.next_arrival() == kNever &&
               recorded_.exchange.head() == nullptr;
    }
    Nanos last_event(SessionNo session) const override {
        return std::max(last_row_, desks_[session]->last_request);
    }

    std::uint64_t skipped_rows() const override { return market_.skipped_rows(); }

  private:
    using Reach = typename Market::Matcher::Reach;

    /// The rows of a block that are known not to answer a desk: those before `row`.
    struct Lookahead {
        Reach reach{};
        std::uint64_t block_no = 0;
        const MarketUpdate* row = nullptr;
        Nanos exch_ts = kBeforeAll;  ///< of the last row looked at
    };

    /// One bot at this instrument.
    struct Desk {
        Desk(AssetVenueOf& venue, SessionNo session, Outbox& outbox)
            : lane(venue.asset_no_, venue.config_.instrument, venue.latency_, venue.config_.fee,
                   outbox),
              matcher(venue.market_.make_matcher(session, lane)) {}

        Lane lane;
        typename Market::Matcher matcher;
        Lookahead ahead;
        Nanos last_request = kBeforeAll;
    };

    /// No row answers a desk before this time, which is that of the first one that could, or of the
    /// last one looked at.
    Nanos next_answer(Desk& desk) {
        const MarketUpdate* const head = recorded_.exchange.head();
        if (head == nullptr) return kNever;
        const auto rest = recorded_.exchange.rest_of_block();
        const MarketUpdate* const end = head + std::min(rest.size(), kLookahead);
        const Reach reach = desk.matcher.reach();
        Lookahead& ahead = desk.ahead;
        if (ahead.reach != reach || ahead.block_no != recorded_.exchange.block_no() ||
            ahead.row < head) {
            ahead = {reach, recorded_.exchange.block_no(), head, head->exch_ts};
        }
        for (; ahead.row < end; ++ahead.row) {
            if (!ahead.row->at_exchange()) continue;
            ahead.exch_ts = ahead.row->exch_ts;
            if (reach.touched_by(*ahead.row)) break;
        }
        return ahead.exch_ts;
    }

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

    /// Has the row that comes a page's half behind on its way from memory: what fetches ahead by
    /// itself stops at each page. It may lie behind the block, where nothing is read.
    static void prefetch_row(const MarketUpdate* update) noexcept {
        constexpr std::uintptr_t kAheadBytes = 2048;
        const auto at = reinterpret_cast<std::uintptr_t>(update) + kAheadBytes;
        __builtin_prefetch(reinterpret_cast<const void*>(at));
    }

    /// Processes market events up to and including `limit`. No request arrives meanwhile, so who
    /// has working orders can only shrink.
    void run_market(Nanos limit) {
        const MarketUpdate* update = recorded_.exchange.head();
        if (update == nullptr || update->exch_ts > limit) return;
        working_.clear();
        for (Desk* desk : open_) {
            if (!desk->matcher.idle()) working_.push_back(desk);
        }
        Nanos last = last_row_;
        while (update != nullptr && update->exch_ts <= limit) {
            const auto rest = recorded_.exchange.rest_of_block();
            const MarketUpdate* const end = rest.data() + rest.size();
            const Rows rows = recorded_.exchange.rows();
            for (; update != end; ++update) {
                prefetch_row(update);
                market_.prefetch(update, end);
                if (!update->at_exchange()) [[unlikely]]
                    continue;
                if (update->exch_ts > limit) break;
                last = update->exch_ts;
                market_.apply(*update, rows, working_);
            }
            recorded_.exchange.advance_to(update);
            update = recorded_.exchange.head();
        }
        last_row_ = last;
    }

    const AssetConfig config_;
    const LatencyModel latency_;
    const AssetNo asset_no_;
    RecordedMarket& recorded_;
    Market market_;
    const Nanos least_response_;  ///< nothing is heard sooner than this after it happened
    std::vector<std::unique_ptr<Desk>> desks_;  ///< by session; empty where it has left
    std::vector<Desk*> open_;
    std::vector<Desk*> working_;  ///< desks with resting orders
    Nanos last_row_ = kBeforeAll;
};

}  // namespace

std::unique_ptr<AssetVenue> AssetVenue::make(const AssetConfig& config, const Rules& rules,
                                             const LatencyModel& latency, AssetNo asset_no,
                                             std::span<const Event> snapshot,
                                             RecordedMarket& recorded) {
    const bool unbounded = rules.unbounded_queue_probability;
    const double n = config.queue_power;
    const auto l2 = [&](const auto& queue) -> std::unique_ptr<AssetVenue> {
        using Market = L2Market<std::remove_cvref_t<decltype(queue)>>;
        return std::make_unique<AssetVenueOf<Market>>(config, rules, latency, asset_no, snapshot,
                                                      recorded, queue);
    };
    const auto prob = [&](auto probability) {
        return l2(ProbabilityQueue{probability, unbounded});
    };
    switch (config.queue.kind) {
        case QueueKind::RiskAdverse:
            return l2(RiskAdverseQueue{});
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
        case QueueKind::Custom:
            return l2(UserQueue{config.queue.custom});
        case QueueKind::L3Fifo:
            return std::make_unique<AssetVenueOf<L3Market>>(config, rules, latency, asset_no,
                                                            snapshot, recorded);
    }
    RINGSIDE_CHECK(false);
    return nullptr;
}

}  // namespace ringside::engine
