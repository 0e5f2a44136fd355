#include "connectord/order_manager.hpp"
#include "core/error.hpp"

namespace ringside::connectord {

std::vector<AssetNo> OrderManager::match_instruments(const JournalContents& contents) const {
    std::vector<AssetNo> numbers;
    for (const std::string& symbol : contents.symbols) {
        const auto it = std::find_if(instruments_.begin(), instruments_.end(),
                                     [&](const Instrument& i) { return i.symbol == symbol; });
        numbers.push_back(it == instruments_.end()
                              ? kAllAssets
                              : static_cast<AssetNo>(it - instruments_.begin()));
    }
    return numbers;
}

void OrderManager::recover(const JournalContents& contents, Nanos now) {
    const std::size_t needed = 2 * options_.max_orders + options_.max_executions + 4096;
    if (journal_->capacity() < needed) {
        fail(ExitCode::Usage,
             "an order journal of {} records is too small for {} orders and {} executions: make a "
             "new one of at least {}",
             journal_->capacity(), options_.max_orders, options_.max_executions, needed);
    }
    const std::vector<AssetNo> assets = match_instruments(contents);
    for (const std::string& name : contents.bots) {
        bots_.push_back({.name = name, .exposure = std::vector<Exposure>(instruments_.size())});
    }
    for (const JournalRecord& record : contents.positions) {
        const AssetNo a = record.asset_no < assets.size() ? assets[record.asset_no] : kAllAssets;
        if (a == kAllAssets) continue;
        account_[a].exposure.position += record.lots;
        if (record.bot < bots_.size()) {
            bots_[record.bot].exposure[a].position += record.lots;
        } else {
            account_[a].before_us += record.lots;
            account_[a].is_known = true;
        }
    }
    if (contents.orders.size() > options_.max_orders) {
        fail(ExitCode::Usage, "the order journal holds {} open orders: raise the limit of {}",
             contents.orders.size(), options_.max_orders);
    }
    if (contents.killed) limits_.kill();
    for (const OpenInJournal& open : contents.orders) recover_order(open, assets, now);
    compact();
}

void OrderManager::recover_order(const OpenInJournal& open, const std::vector<AssetNo>& assets,
                                 Nanos now) {
    const JournalRecord& submit = open.submit;
    const AssetNo a = submit.asset_no < assets.size() ? assets[submit.asset_no] : kAllAssets;
    if (a == kAllAssets) {
        fail(ExitCode::Usage,
             "the order journal holds an open order on an instrument that the configuration does "
             "not have: add the instrument, or cancel the order by hand and move the journal away");
    }
    OrderRecord& order = table_.add(OrderKey::unpack(submit.key));
    order.bot = submit.bot < bots_.size() ? submit.bot : kNoBot;
    order.order_id = submit.id;
    order.asset_no = a;
    order.side = submit.side;
    order.time_in_force = submit.time_in_force;
    order.type = submit.type;
    order.price_ticks = submit.price_ticks;
    order.qty_lots = submit.lots;
    order.submit_ts = submit.ts;
    order.told = Status::New;
    order.sent_at = now;  // it may have been put on the wire a moment ago
    for (const OpenInJournal::Booked& fill : open.fills) {
        if (fill.trade == 0)
            order.known_until = fill.ts;
        else if (!table_.note_execution(order, fill.trade, fill.lots))
            continue;
        order.booked_lots += fill.lots;
    }
    order.executed_lots = order.booked_lots;
    ++counters_.adopted;
    doubt(order, now, now);
    expose(order);
    if (options_.leftovers == BotGonePolicy::Cancel)
        want_cancel(order, now);
    else if (order.bot != kNoBot && table_.find(order.bot, order.order_id) == nullptr)
        table_.set_bot_id(order, order.bot, order.order_id);
}

void OrderManager::write_ahead(const JournalRecord& record) {
    if (journal_ == nullptr) return;
    if (journal_->room() == 0) compact();
    journal_->append(record);
}

JournalRecord OrderManager::submit_record(const OrderRecord& order) const noexcept {
    return {.kind = JournalKind::Submit,
            .side = order.side,
            .time_in_force = order.time_in_force,
            .type = order.type,
            .asset_no = order.asset_no,
            .bot = order.bot,
            .key = order.key.packed(),
            .id = order.order_id,
            .price_ticks = order.price_ticks,
            .lots = order.qty_lots,
            .ts = order.submit_ts};
}

void OrderManager::write_order(const OrderRecord& order) {
    if (journal_ == nullptr) return;
    write_ahead(submit_record(order));
    Lots earlier = order.booked_lots;
    const auto write_fill = [&](TradeId trade, Lots lots) {
        earlier -= lots;
        write_ahead({.kind = JournalKind::KnownFill,
                     .side = order.side,
                     .asset_no = order.asset_no,
                     .bot = order.bot,
                     .key = order.key.packed(),
                     .id = trade,
                     .lots = lots,
                     .ts = trade == 0 ? order.known_until : 0});
    };
    table_.for_each_execution(order, write_fill);
    if (order.known_until != 0) write_fill(0, earlier);
}

void OrderManager::compact() {
    journal_->begin_compaction();
    for (AssetNo a = 0; a < instruments_.size(); ++a) {
        journal_->append(text_record(JournalKind::Instrument, a, instruments_[a].symbol));
        const Account& account = account_[a];
        if (!account.is_known) continue;
        journal_->append({.kind = JournalKind::Position,
                          .asset_no = a,
                          .bot = kNoBot,
                          .lots = account.before_us});
    }
    for (std::size_t b = 0; b < bots_.size(); ++b) {
        journal_->append(
            text_record(JournalKind::Bot, static_cast<std::uint32_t>(b), bots_[b].name));
        for (AssetNo a = 0; a < instruments_.size(); ++a) {
            const Lots lots = bots_[b].exposure[a].position;
            if (lots == 0) continue;
            journal_->append({.kind = JournalKind::Position,
                              .asset_no = a,
                              .bot = static_cast<BotNo>(b),
                              .lots = lots});
        }
    }
    if (limits_.killed()) journal_->append({.kind = JournalKind::KillSwitch, .lots = 1});
    table_.for_each([&](const OrderRecord& order) {
        if (order.live()) write_order(order);
    });
    journal_->end_compaction();
    ++counters_.journal_compactions;
}

}  // namespace ringside::connectord
