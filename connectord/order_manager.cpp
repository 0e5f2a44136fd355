#include "connectord/order_manager.hpp"

#include "core/check.hpp"
#include "core/error.hpp"

namespace ringside::connectord {

namespace {

/// Lets a queue have its working size before the first event.
template <typename T>
void make_room(Fifo<T>& queue, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) queue.push({});
    queue.clear();
}

}  // namespace

OrderManager::OrderManager(const OrderManagerOptions& options,
                           std::span<const Instrument> instruments, RiskLimits& limits,
                           RateBudget& budget, OrderJournal* journal, Nanos wall_now,
                           std::uint32_t epoch)
    : options_(options),
      instruments_(instruments.begin(), instruments.end()),
      limits_(limits),
      budget_(budget),
      journal_(journal),
      account_(instruments.size()),
      nobody_(instruments.size()),
      table_(options.max_orders, options.max_executions),
      epoch_(epoch),
      first_epoch_(epoch) {
    // A call emits at most a few for each order.
    make_room(actions_, options.max_orders + 64);
    make_room(responses_, 2 * options.max_orders + 64);
    bots_.reserve(kMaxBots);
    if (journal_ == nullptr) return;
    const JournalContents contents = journal_->read();
    epoch_ = journal_->begin_epoch(wall_now);
    first_epoch_ = contents.first_epoch == 0 ? epoch_ : contents.first_epoch;
    recover(contents, wall_now);
}

BotNo OrderManager::bot_came(std::string_view name, Nanos now) {
    std::string wanted(name.substr(0, kJournalText - 4));
    BotNo bot = kNoBot;
    for (int again = 2; bot == kNoBot; ++again) {
        const auto it = std::find_if(bots_.begin(), bots_.end(),
                                     [&](const Bot& b) { return b.name == wanted; });
        if (it == bots_.end()) {
            bot = add_bot(wanted);
            if (bot == kNoBot) return kNoBot;
        } else if (!it->connected) {
            bot = static_cast<BotNo>(it - bots_.begin());
        } else {
            if (again > 99) return kNoBot;
            wanted = std::string(name.substr(0, kJournalText - 4)) + "#" + std::to_string(again);
        }
    }
    bots_[bot].connected = true;
    ++bots_[bot].life;
    table_.for_each([&](OrderRecord& order) {
        if (order.bot != bot || !order.live() || !order.has_bot_id) return;
        order.life = bots_[bot].life;
        if (order.told == Status::None) return;  // once the venue has it
        tell(order, ResponseKind::Update, 0, order.submit_ts,
             bot_status(order.state, order.booked_lots > 0), now);
    });
    return bot;
}

BotNo OrderManager::add_bot(std::string name) {
    const bool is_room = bots_.size() < kMaxBots;
    const BotNo bot = is_room ? static_cast<BotNo>(bots_.size()) : unused_bot();
    if (bot == kNoBot) return kNoBot;
    write_ahead(text_record(JournalKind::Bot, bot, name));
    if (!is_room) {
        bots_[bot].name = std::move(name);
        return bot;
    }
    bots_.push_back(
        {.name = std::move(name), .exposure = std::vector<Exposure>(instruments_.size())});
    return bot;
}

BotNo OrderManager::unused_bot() const {
    std::vector<bool> used(bots_.size());
    table_.for_each([&](const OrderRecord& order) {
        if (order.bot != kNoBot) used[order.bot] = true;
    });
    for (std::size_t b = 0; b < bots_.size(); ++b) {
        const Bot& bot = bots_[b];
        const bool flat = std::all_of(bot.exposure.begin(), bot.exposure.end(),
                                      [](const Exposure& e) { return e.position == 0; });
        if (!used[b] && !bot.connected && flat) return static_cast<BotNo>(b);
    }
    return kNoBot;
}

void OrderManager::bot_gone(BotNo bot, Nanos now) {
    bots_[bot].connected = false;
    const bool cancels = options_.on_bot_gone == BotGonePolicy::Cancel;
    table_.for_each([&](OrderRecord& order) {
        if (order.bot != bot || !order.live()) return;
        order.req_seq = order.cancel_seq = 0;
        if (!cancels) return;
        table_.release_id(order);
        want_cancel(order, now);
    });
}

void OrderManager::on_request(BotNo bot, const OrderRequest& request, Nanos now) {
    RINGSIDE_CHECK(bot < bots_.size() && bots_[bot].connected);
    ++counters_.requests;
    if (request.asset_no >= instruments_.size()) {
        refuse(bot, request, Code::InvalidRequest, now);
        return;
    }
    switch (request.kind) {
        case RequestKind::Submit:
            submit(bot, request, now);
            return;
        case RequestKind::Modify:
            modify(bot, request, now);
            return;
        case RequestKind::Cancel:
            cancel(bot, request, now);
            return;
        case RequestKind::Unset:
            refuse(bot, request, Code::InvalidRequest, now);
            return;
    }
}

bool OrderManager::is_usable(const OrderRequest& request) const noexcept {
    constexpr Lots kMost = Lots{1} << 48;  // sums over all orders do not overflow
    const bool limit = request.type == OrderType::Limit && request.price_ticks > 0 &&
                       request.time_in_force <= TimeInForce::Ioc;
    return (request.side == Side::Buy || request.side == Side::Sell) && request.qty_lots > 0 &&
           request.qty_lots < kMost && request.order_id != kLateOrderId &&
           (limit || request.type == OrderType::Market);
}

Code OrderManager::refusal_of_submit(BotNo bot, const OrderRequest& request, Nanos now) {
    if (stopping_) return Code::Stopping;
    if (!is_usable(request)) return Code::InvalidRequest;
    if (table_.find(bot, request.order_id) != nullptr) return Code::OrderIdExists;
    if (table_.full() || counter_ > kMaxCounter) return Code::RequestRingFull;
    const AssetNo a = request.asset_no;
    const Code code = limits_.check(bot, request, request.qty_lots, bots_[bot].exposure[a],
                                    account_[a].exposure, now);
    if (code != Code::Ok) return code;
    const RateCost& cost = options_.costs[static_cast<std::size_t>(ActionKind::Submit)];
    return budget_.try_take(Purpose::Submit, cost, now) ? Code::Ok : Code::RateBudget;
}

void OrderManager::submit(BotNo bot, const OrderRequest& request, Nanos now) {
    if (const Code code = refusal_of_submit(bot, request, now); code != Code::Ok) {
        refuse(bot, request, code, now);
        return;
    }
    OrderRecord& order = table_.add({.epoch = epoch_, .counter = counter_++, .bot = bot});
    table_.set_bot_id(order, bot, request.order_id);
    order.asset_no = request.asset_no;
    order.life = bots_[bot].life;
    order.side = request.side;
    order.time_in_force = request.time_in_force;
    order.type = request.type;
    order.price_ticks = request.type == OrderType::Market ? 0 : request.price_ticks;
    order.qty_lots = request.qty_lots;
    order.req_seq = request.seq;
    order.req_ts = order.submit_ts = request.req_ts;
    write_ahead(submit_record(order));
    order.in_flight = InFlight::Submitting;
    send(order, ActionKind::Submit, now);
    expose(order);
    ++counters_.submits;
}

Code OrderManager::refusal_of_modify(BotNo bot, const OrderRequest& request,
                                     const OrderRecord* order, Nanos now) {
    if (stopping_) return Code::Stopping;
    if (order == nullptr || order->asset_no != request.asset_no) return Code::OrderNotFound;
    if (order->verdict != VenueStatus::Unset) return Code::InvalidOrderStatus;
    const bool busy = order->in_flight != InFlight::None || order->cancel_wanted ||
                      order->cancel_seq != 0 || !is_open(order->state);
    if (busy) return Code::RequestInFlight;
    OrderRequest checked = request;
    checked.side = order->side;
    checked.type = order->type;
    if (!is_usable(checked) || order->type != OrderType::Limit) return Code::InvalidRequest;
    const AssetNo a = request.asset_no;
    const Lots grown = std::max<Lots>(order->executed_lots + request.qty_lots - order->qty_lots, 0);
    const Code code =
        limits_.check(bot, checked, grown, bots_[bot].exposure[a], account_[a].exposure, now);
    if (code != Code::Ok) return code;
    const RateCost& cost = options_.costs[static_cast<std::size_t>(ActionKind::Modify)];
    return budget_.try_take(Purpose::Submit, cost, now) ? Code::Ok : Code::RateBudget;
}

void OrderManager::modify(BotNo bot, const OrderRequest& request, Nanos now) {
    OrderRecord* order = table_.find(bot, request.order_id);
    if (const Code code = refusal_of_modify(bot, request, order, now); code != Code::Ok) {
        refuse(bot, request, code, now);
        return;
    }
    order->wanted_ticks = request.price_ticks;
    order->wanted_base = order->executed_lots;
    order->wanted_lots = order->executed_lots + request.qty_lots;
    order->req_seq = request.seq;
    order->req_ts = request.req_ts;
    order->in_flight = InFlight::Replacing;
    send(*order, ActionKind::Modify, now);
    expose(*order);
    ++counters_.modifies;
}

void OrderManager::cancel(BotNo bot, const OrderRequest& request, Nanos now) {
    OrderRecord* order = table_.find(bot, request.order_id);
    if (order == nullptr || order->asset_no != request.asset_no) {
        refuse(bot, request, Code::OrderNotFound, now);
        return;
    }
    if (order->cancel_seq != 0) {
        refuse(bot, request, Code::RequestInFlight, now);
        return;
    }
    order->cancel_seq = request.seq;
    order->cancel_ts = request.req_ts;
    if (order->in_flight != InFlight::Cancelling) order->cancel_wanted = true;
    try_cancel(*order, now);
    attend(*order, now);
}

void OrderManager::want_cancel(OrderRecord& order, Nanos now) {
    order.cancel_ours = true;
    if (order.in_flight != InFlight::Cancelling) order.cancel_wanted = true;
    try_cancel(order, now);
    attend(order, now);
}

void OrderManager::send(OrderRecord& order, ActionKind kind, Nanos now) {
    const bool modify = kind == ActionKind::Modify;
    order.ticket = ++tickets_;
    order.lost = false;
    order.sent_at = now;
    order.answer_due = saturating_add(now, options_.answer_timeout);
    actions_.push({.ticket = order.ticket,
                   .key = order.key,
                   .venue_id = order.venue_id,
                   .price_ticks = modify ? order.wanted_ticks : order.price_ticks,
                   .qty_lots = modify ? order.wanted_lots : order.qty_lots,
                   .asset_no = order.asset_no,
                   .kind = kind,
                   .side = order.side,
                   .time_in_force = order.time_in_force,
                   .type = order.type});
    attend(order, now);
}

void OrderManager::expose(OrderRecord& order) noexcept {
    Lots whole = 0;
    if (order.live()) {
        whole = order.verdict != VenueStatus::Unset ? order.executed_lots : order.qty_lots;
        if (order.in_flight == InFlight::Replacing) whole = std::max(whole, order.wanted_lots);
    }
    const Lots open = std::max<Lots>(whole - order.booked_lots, 0);
    for (Exposure* exposure : {&exposure_of(order), &account_[order.asset_no].exposure}) {
        Lots& side = order.side == Side::Buy ? exposure->open_buy : exposure->open_sell;
        side += open - order.exposed_lots;
        if (order.live() && !order.exposed) ++exposure->open_orders;
        if (!order.live() && order.exposed) --exposure->open_orders;
    }
    order.exposed_lots = open;
    order.exposed = order.live();
}

void OrderManager::add_position(const OrderRecord& order, Lots lots) noexcept {
    const Lots change = order.side == Side::Buy ? lots : -lots;
    exposure_of(order).position += change;
    account_[order.asset_no].exposure.position += change;
}

void OrderManager::cancel_orders(AssetNo asset_no, BotNo bot, Nanos now) {
    table_.for_each([&](OrderRecord& order) {
        const bool meant = (asset_no == kAllAssets || order.asset_no == asset_no) &&
                           (bot == kNoBot || order.bot == bot);
        if (order.live() && meant) want_cancel(order, now);
    });
}

void OrderManager::kill(bool whole_account, Nanos now) {
    limits_.kill();
    write_ahead({.kind = JournalKind::KillSwitch, .lots = 1});
    cancel_orders(kAllAssets, kNoBot, now);
    if (!whole_account) return;
    const RateCost& cost = options_.costs[static_cast<std::size_t>(ActionKind::CancelAll)];
    for (AssetNo a = 0; a < instruments_.size(); ++a) {
        if (!budget_.try_take(Purpose::Cancel, cost, now)) continue;
        actions_.push({.ticket = ++tickets_, .asset_no = a, .kind = ActionKind::CancelAll});
    }
}

void OrderManager::reset_kill() {
    limits_.reset();
    write_ahead({.kind = JournalKind::KillSwitch, .lots = 0});
}

void OrderManager::stop(bool cancel, Nanos now) {
    stopping_ = true;
    if (cancel) cancel_orders(kAllAssets, kNoBot, now);
}

}  // namespace ringside::connectord
