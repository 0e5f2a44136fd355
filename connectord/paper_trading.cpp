#include "connectord/paper_trading.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "core/market_update.hpp"
#include "core/steady_clock.hpp"

namespace ringside::connectord {

namespace {

/// Rows as they come, for the simulated venue to walk.
class LiveEvents final : public EventSource {
  public:
    explicit LiveEvents(const Grid& grid) : grid_(grid) {}

    void push(std::span<const Event> rows, Nanos ts) {
        if (free_.empty()) free_.push_back(std::make_unique<Block>(free_));
        std::unique_ptr<Block> block = std::move(free_.back());
        free_.pop_back();
        block->storage.assign(rows.begin(), rows.end());
        for (Event& row : block->storage) row.exch_ts = row.local_ts = ts;
        block->worked_out.resize(rows.size());
        work_out(block->storage, grid_, block->worked_out.data());
        block->rows = Rows(block->storage.data(), block->worked_out.data());
        block->updates = block->worked_out;
        block->first_row = rows_;
        rows_ += rows.size();
        waiting_.emplace_back(block.release());
    }
    BlockPtr next() override {
        if (waiting_.empty()) return {};
        BlockPtr block = std::move(waiting_.front());
        waiting_.pop_front();
        return block;
    }
    bool has_ended() const noexcept override { return false; }

  private:
    struct Block final : EventBlock {
        explicit Block(std::vector<std::unique_ptr<Block>>& pool) : home(pool) {}
        void recycle() noexcept override { home.emplace_back(this); }
        std::vector<std::unique_ptr<Block>>& home;
        std::vector<Event> storage;
        std::vector<MarketUpdate> worked_out;
    };

    Grid grid_;
    std::vector<std::unique_ptr<Block>> free_;
    std::deque<BlockPtr> waiting_;
    std::uint64_t rows_ = 0;
};

VenueStatus status_of(Status status) noexcept {
    switch (status) {
        case Status::New:
        case Status::PartiallyFilled:
            return VenueStatus::Working;
        case Status::Filled:
            return VenueStatus::Filled;
        case Status::Canceled:
            return VenueStatus::Cancelled;
        case Status::Expired:
            return VenueStatus::Expired;
        case Status::Rejected:
            return VenueStatus::Rejected;
        default:
            return VenueStatus::Unset;
    }
}

RequestKind kind_of(ActionKind kind) noexcept {
    switch (kind) {
        case ActionKind::Submit:
            return RequestKind::Submit;
        case ActionKind::Modify:
            return RequestKind::Modify;
        default:
            return RequestKind::Cancel;
    }
}

constexpr engine::SessionNo kAccount = 0;

}  // namespace

struct PaperTrading::Market {
    Market(const PaperConfig& config, const Instrument& instrument, AssetNo asset_no,
           engine::Outbox& outbox)
        : recorded(make_source(instrument)) {
        engine::AssetConfig asset;
        asset.instrument = instrument;
        asset.latency = config.latency;
        asset.queue = config.queue;
        asset.queue_power = config.queue_power;
        asset.exchange = config.exchange;
        asset.fee = config.fee;
        venue = engine::AssetVenue::make(
            asset, Rules::strict(), engine::LatencyModel(asset.latency), asset_no, {}, recorded);
        venue->open_lane(kAccount, outbox);
    }
    std::unique_ptr<EventSource> make_source(const Instrument& instrument) {
        auto source = std::make_unique<LiveEvents>(instrument.grid);
        events = source.get();
        return source;
    }
    /// The feed's side of the recording goes straight to the bots.
    void pass_feed() {
        while (recorded.feed.head() != nullptr) {
            const auto rest = recorded.feed.rest_of_block();
            recorded.feed.advance_to(rest.data() + rest.size());
        }
        recorded.drop_passed();
    }

    LiveEvents* events = nullptr;
    engine::RecordedMarket recorded;
    std::unique_ptr<engine::AssetVenue> venue;
    Nanos last_ts = 0;
};

PaperTrading::PaperTrading(const PaperConfig& config, const VenueInfo& info, TradingSink& sink)
    : sink_(sink), positions_(info.instruments.size()) {
    for (AssetNo a = 0; a < info.instruments.size(); ++a) {
        markets_.push_back(std::make_unique<Market>(config, info.instruments[a], a, outbox_));
    }
}

PaperTrading::~PaperTrading() = default;

void PaperTrading::feed(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts) {
    Market& market = *markets_[asset_no];
    market.last_ts = std::max(market.last_ts, received_ts);
    market.events->push(rows, market.last_ts);
}

void PaperTrading::act(const Action& action) {
    const Nanos now = steady_now();
    switch (action.kind) {
        case ActionKind::Submit:
        case ActionKind::Modify:
        case ActionKind::Cancel:
            send(action, now);
            sink_.on_sent(action);
            return;
        case ActionKind::CancelAll:
            cancel_all(action, now);
            return;
        default:
            questions_.push_back(action);
            return;
    }
}

void PaperTrading::send(const Action& action, Nanos now) {
    OrderRequest request{.seq = ++requests_,
                         .order_id = action.key.packed(),
                         .req_ts = std::max(now, markets_[action.asset_no]->last_ts),
                         .price_ticks = action.price_ticks,
                         .qty_lots = action.qty_lots,
                         .leaves_lots = action.qty_lots,
                         .asset_no = action.asset_no,
                         .kind = kind_of(action.kind),
                         .side = action.side,
                         .time_in_force = action.time_in_force,
                         .type = action.type};
    if (const auto found = orders_.find(request.order_id); found != orders_.end()) {
        const PaperOrder& order = found->second;
        request.side = order.side;
        request.time_in_force = order.time_in_force;
        request.type = order.type;
        // The engine takes what is to be open, the action says the whole size.
        if (action.kind == ActionKind::Modify) request.qty_lots -= order.executed_lots;
    }
    asked_.emplace(request.seq, action);
    markets_[action.asset_no]->venue->accept(kAccount, request);
}

void PaperTrading::on_time(Nanos now) {
    if (!std::exchange(announced_, true)) sink_.on_private_stream(true);
    for (auto& market : markets_) {
        market->last_ts = std::max(market->last_ts, now);
        market->venue->run(market->last_ts);
        market->pass_feed();
    }
    auto& responses = outbox_.responses();
    for (std::size_t i = 0; i < responses.size();) {
        if (responses[i].resp_ts > now) {
            ++i;
            continue;
        }
        const OrderResponse response = responses[i];
        responses.erase(responses.begin() + static_cast<std::ptrdiff_t>(i));
        take(response);
    }
    for (const Action& question : std::exchange(questions_, {})) {
        question.kind == ActionKind::QueryTrades ? query_trades(question) : query(question);
    }
    if (std::exchange(list_wanted_, false)) list();
}

void PaperTrading::take(const OrderResponse& response) {
    const auto asked = asked_.find(response.req_seq);
    if (response.req_seq != 0 && asked != asked_.end()) {
        const Action action = asked->second;
        asked_.erase(asked);
        return answer(action, response);
    }
    const auto found = orders_.find(response.order_id);
    if (found == orders_.end()) return;
    OrderUpdate update;
    book(found->second, response, update);
    sink_.on_update(update);
}

void PaperTrading::answer(const Action& action, const OrderResponse& response) {
    ActionAnswer answer{
        .ticket = action.ticket, .key = action.key, .kind = action.kind, .outcome = Outcome::Done};
    if (response.kind == ResponseKind::Refused) {
        answer.outcome = Outcome::Refused;
        answer.refusal = action.kind == ActionKind::Submit ? Refusal::Rule : Refusal::UnknownOrder;
        return sink_.on_answer(answer);
    }
    if (action.kind == ActionKind::Submit) {
        orders_[response.order_id] = {.key = action.key,
                                      .venue_id = ++venue_ids_,
                                      .asset_no = action.asset_no,
                                      .side = action.side,
                                      .time_in_force = action.time_in_force,
                                      .type = action.type,
                                      .price_ticks = action.price_ticks,
                                      .qty_lots = action.qty_lots};
    }
    PaperOrder& order = orders_[response.order_id];
    if (action.kind == ActionKind::Modify) {
        order.price_ticks = action.price_ticks;
        order.qty_lots = action.qty_lots;
        answer.update.amended = true;
    }
    const bool amended = answer.update.amended;
    book(order, response, answer.update);
    answer.update.amended = amended;
    answer.update.channel = Channel::Answer;
    answer.has_update = true;
    // What ended by our own request needs no second word; the rest of a life is told as a stream.
    sink_.on_answer(answer);
}

void PaperTrading::book(PaperOrder& order, const OrderResponse& response, OrderUpdate& update) {
    order.status = status_of(response.status);
    order.exch_ts = response.exch_ts;
    Execution execution;
    if (response.executed) {
        execution = {.trade_id = ++trades_,
                     .price_ticks = response.exec_price_ticks,
                     .lots = response.exec_lots,
                     .fee = response.fee,
                     .exch_ts = response.exch_ts,
                     .maker = response.maker};
        order.executed_lots += execution.lots;
        order.executions.push_back(execution);
        positions_[order.asset_no] += order.side == Side::Buy ? execution.lots : -execution.lots;
    }
    update = state_of(order, Channel::Stream);
    update.execution = execution;
}

OrderUpdate PaperTrading::state_of(const PaperOrder& order, Channel channel) const {
    return {.key = order.key,
            .venue_id = order.venue_id,
            .asset_no = order.asset_no,
            .channel = channel,
            .status = order.status,
            .side = order.side,
            .time_in_force = order.time_in_force,
            .type = order.type,
            .price_ticks = order.price_ticks,
            .qty_lots = order.qty_lots,
            .executed_lots = order.executed_lots,
            .exch_ts = order.exch_ts};
}

void PaperTrading::query(const Action& action) {
    ActionAnswer answer{.ticket = action.ticket, .key = action.key, .kind = action.kind};
    const auto found = orders_.find(action.key.packed());
    if (found == orders_.end()) {
        answer.outcome = Outcome::Refused;
        answer.refusal = Refusal::UnknownOrder;
    } else {
        answer.outcome = Outcome::Done;
        answer.has_update = true;
        answer.update = state_of(found->second, Channel::Query);
    }
    sink_.on_answer(answer);
}

void PaperTrading::query_trades(const Action& action) {
    const auto found = orders_.find(action.key.packed());
    if (found != orders_.end()) {
        const PaperOrder& order = found->second;
        for (const Execution& execution : order.executions) {
            sink_.on_trade({.asset_no = order.asset_no,
                            .venue_id = order.venue_id,
                            .side = order.side,
                            .execution = execution});
        }
    }
    sink_.on_answer({.ticket = action.ticket,
                     .key = action.key,
                     .kind = action.kind,
                     .outcome = Outcome::Done});
}

void PaperTrading::cancel_all(const Action& action, Nanos now) {
    for (const auto& [id, order] : orders_) {
        if (order.asset_no != action.asset_no || is_final(order.status)) continue;
        send({.key = order.key, .asset_no = order.asset_no, .kind = ActionKind::Cancel}, now);
    }
    questions_.push_back(action);
}

void PaperTrading::list() {
    std::vector<OrderUpdate> open;
    std::erase_if(orders_, [](const auto& entry) {
        // Remembered as long as somebody may still ask.
        const PaperOrder& order = entry.second;
        return is_final(order.status) && steady_now() - order.exch_ts > 600 * kSecond;
    });
    for (const auto& [id, order] : orders_) {
        if (!is_final(order.status)) open.push_back(state_of(order, Channel::Snapshot));
    }
    sink_.on_open_orders(open, steady_now());
    for (AssetNo a = 0; a < positions_.size(); ++a) sink_.on_position(a, positions_[a]);
}

}  // namespace ringside::connectord
