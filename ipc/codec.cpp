#include "ipc/codec.hpp"

#include <algorithm>
#include <cstring>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <control.capnp.h>
#include <kj/exception.h>
#include <market_data.capnp.h>
#include <order.capnp.h>

#include "core/error.hpp"
#include "ipc/streaming_store.hpp"

namespace ringside::ipc {
namespace {

using Word = std::uint64_t;

/// Segment table and root pointer of a single-segment message whose root has this many data words
/// and pointers.
struct Prologue {
    Word table;
    Word root;
    bool operator==(const Prologue&) const = default;
};
constexpr Prologue prologue(std::size_t data_words, std::size_t pointers) {
    const Word segment_words = 1 + data_words + pointers;
    return {segment_words << 32, (Word{data_words} << 32) | (Word{pointers} << 48)};
}

/// Data section of schema::OrderRequest.
struct RequestWords {
    std::uint64_t seq, order_id;
    std::int64_t req_ts, price_ticks, qty_lots, leaves_lots;
    std::uint32_t asset_no;
    std::uint16_t kind, side, time_in_force, type, status, zero;
};
/// Data section of schema::OrderResponse.
struct ResponseWords {
    std::uint64_t seq, req_seq, order_id;
    std::int64_t req_ts, exch_ts, resp_ts, price_ticks, qty_lots, leaves_lots;
    std::int64_t exec_price_ticks, exec_lots;
    double fee, queue_ahead;
    std::uint32_t asset_no;
    std::uint16_t kind, side, time_in_force, type, status, req;
    std::uint8_t bits, error;  // bit 0: maker, bit 1: executed
    std::uint8_t zero[6];
};
static_assert(sizeof(RequestWords) == 64 && sizeof(ResponseWords) == 128);
static_assert(sizeof(Prologue) + sizeof(RequestWords) == kOrderRequestBytes);
static_assert(sizeof(Prologue) + sizeof(ResponseWords) == kOrderResponseBytes);

// Ordinals of the schema's enumerations; each shifts the core value so that zero is "unset".
constexpr std::uint16_t kUnsupported = 255;
constexpr std::uint16_t to_wire(Side s) { return s == Side::Sell ? 2 : s == Side::Buy ? 1 : 0; }
constexpr std::uint16_t to_wire(TimeInForce t) {
    return t == TimeInForce::Unsupported ? 5 : static_cast<std::uint16_t>(static_cast<int>(t) + 1);
}
constexpr std::uint16_t to_wire(OrderType t) {
    return t == OrderType::Unsupported ? 3 : static_cast<std::uint16_t>(static_cast<int>(t) + 1);
}
constexpr std::uint16_t to_wire(Status s) {
    return s == Status::Unsupported ? 8 : static_cast<std::uint16_t>(s);
}
constexpr bool from_wire(std::uint16_t wire, Side& out) {
    out = wire == 2 ? Side::Sell : static_cast<Side>(wire);
    return wire <= 2;
}
constexpr bool from_wire(std::uint16_t wire, TimeInForce& out) {
    out = wire == 5 ? TimeInForce::Unsupported : static_cast<TimeInForce>(wire - 1);
    return wire >= 1 && wire <= 5;
}
constexpr bool from_wire(std::uint16_t wire, OrderType& out) {
    out = wire == 3 ? OrderType::Unsupported : static_cast<OrderType>(wire - 1);
    return wire >= 1 && wire <= 3;
}
constexpr bool from_wire(std::uint16_t wire, Status& out) {
    out = wire == 8 ? Status::Unsupported : static_cast<Status>(wire);
    return wire <= 8;
}
constexpr bool from_wire(std::uint16_t wire, RequestKind& out) {
    out = static_cast<RequestKind>(wire);
    return wire <= static_cast<std::uint16_t>(RequestKind::Cancel);
}
constexpr bool from_wire(std::uint16_t wire, ResponseKind& out) {
    out = static_cast<ResponseKind>(wire);
    return wire <= static_cast<std::uint16_t>(ResponseKind::Failed);
}
static_assert(to_wire(TimeInForce::Gtc) == static_cast<std::uint16_t>(schema::TimeInForce::GTC));
static_assert(to_wire(TimeInForce::Ioc) == static_cast<std::uint16_t>(schema::TimeInForce::IOC));
static_assert(to_wire(TimeInForce::Unsupported) ==
              static_cast<std::uint16_t>(schema::TimeInForce::UNSUPPORTED));
static_assert(to_wire(OrderType::Market) == static_cast<std::uint16_t>(schema::OrderType::MARKET));
static_assert(to_wire(OrderType::Unsupported) ==
              static_cast<std::uint16_t>(schema::OrderType::UNSUPPORTED));
static_assert(to_wire(Status::Replaced) ==
              static_cast<std::uint16_t>(schema::OrderStatus::REPLACED));
static_assert(to_wire(Status::Unsupported) ==
              static_cast<std::uint16_t>(schema::OrderStatus::UNSUPPORTED));
static_assert(static_cast<std::uint16_t>(schema::RequestKind::CANCEL) == 3);
static_assert(static_cast<std::uint16_t>(schema::ResponseKind::FAILED) == 5);
static_assert(static_cast<std::uint16_t>(schema::NoticeKind::RESUMED) == 8);

bool from_words(const RequestWords& w, OrderRequest& out) noexcept {
    out.seq = w.seq;
    out.order_id = w.order_id;
    out.req_ts = w.req_ts;
    out.price_ticks = w.price_ticks;
    out.qty_lots = w.qty_lots;
    out.leaves_lots = w.leaves_lots;
    out.asset_no = w.asset_no;
    return from_wire(w.kind, out.kind) & from_wire(w.side, out.side) &
           from_wire(w.time_in_force, out.time_in_force) & from_wire(w.type, out.type) &
           from_wire(w.status, out.status);
}

bool from_words(const ResponseWords& w, OrderResponse& out) noexcept {
    out.seq = w.seq;
    out.req_seq = w.req_seq;
    out.order_id = w.order_id;
    out.req_ts = w.req_ts;
    out.exch_ts = w.exch_ts;
    out.resp_ts = w.resp_ts;
    out.price_ticks = w.price_ticks;
    out.qty_lots = w.qty_lots;
    out.leaves_lots = w.leaves_lots;
    out.exec_price_ticks = w.exec_price_ticks;
    out.exec_lots = w.exec_lots;
    out.fee = w.fee;
    out.queue_ahead = w.queue_ahead;
    out.asset_no = w.asset_no;
    out.maker = (w.bits & 1) != 0;
    out.executed = (w.bits & 2) != 0;
    out.error = w.error;
    return from_wire(w.kind, out.kind) & from_wire(w.side, out.side) &
           from_wire(w.time_in_force, out.time_in_force) & from_wire(w.type, out.type) &
           from_wire(w.status, out.status) & from_wire(w.req, out.req);
}

template <typename Words>
void write_fixed(std::byte* payload, const Words& words) noexcept {
    constexpr Prologue kPrologue = prologue(sizeof(Words) / 8, 0);
    std::memcpy(payload, &kPrologue, sizeof(kPrologue));
    std::memcpy(payload + sizeof(kPrologue), &words, sizeof(words));
}

/// Whether the segment table says one segment of just the payload's length.
bool whole_message(std::span<const std::byte> payload) noexcept {
    if (payload.size() < 16 || payload.size() % 8 != 0) return false;
    if (reinterpret_cast<std::uintptr_t>(payload.data()) % alignof(Word) != 0) return false;
    Word table = 0;
    std::memcpy(&table, payload.data(), sizeof(table));
    return table == (Word{payload.size() / 8 - 1} << 32);
}

capnp::ReaderOptions bounded(std::size_t bytes) {
    // Every word may be visited a few times, so a message cannot make us walk a crafted cycle.
    return {.traversalLimitInWords = 4 * bytes / 8 + 64, .nestingLimit = 8};
}

/// Runs `read` on the root of a message of any shape; false when the library refuses it.
template <typename Root, typename Read>
bool read_message(std::span<const std::byte> payload, Read read) noexcept {
    if (!whole_message(payload)) return false;
    bool good = false;
    const auto refused = kj::runCatchingExceptions([&] {
        const kj::ArrayPtr<const capnp::word> segment(
            reinterpret_cast<const capnp::word*>(payload.data()) + 1, payload.size() / 8 - 1);
        const kj::ArrayPtr<const capnp::word> segments[1] = {segment};
        capnp::SegmentArrayMessageReader reader(segments, bounded(payload.size()));
        read(reader.getRoot<Root>());
        good = true;
    });
    return refused == nullptr && good;
}

/// Any shape's data section, cut or zero-extended to the one known here.
template <typename Words>
bool read_words(std::span<const std::byte> payload, Words& words) noexcept {
    return read_message<capnp::AnyStruct>(payload, [&](capnp::AnyStruct::Reader root) {
        const auto data = root.getDataSection();
        words = Words{};
        if (data.size() == 0) return;
        std::memcpy(&words, data.begin(), std::min(sizeof(words), data.size()));
    });
}

template <typename Words, typename Out>
bool decode_fixed(std::span<const std::byte> payload, Out& out) noexcept {
    constexpr Prologue kPrologue = prologue(sizeof(Words) / 8, 0);
    Words words;
    Prologue found{};
    if (payload.size() == sizeof(kPrologue) + sizeof(words)) [[likely]] {
        std::memcpy(&found, payload.data(), sizeof(found));
        if (found == kPrologue) [[likely]] {
            std::memcpy(&words, payload.data() + sizeof(found), sizeof(words));
            return from_words(words, out);
        }
    }
    return read_words(payload, words) && from_words(words, out);
}

// Words of a MarketData message, counted in its segment: root pointer, completeUntil, events
// pointer, runs pointer, events tag, events, runs tag, runs.
constexpr Word kRootPointer = prologue(1, 2).root;
constexpr std::size_t kEventWords = sizeof(Event) / 8;
constexpr Word list_pointer(Word offset, Word words) {
    return 1 | (offset << 2) | (7ULL << 32) | (words << 35);
}
constexpr Word list_tag(Word count, Word data_words) { return (count << 2) | (data_words << 32); }
constexpr Word events_pointer(Word events) { return list_pointer(1, events * kEventWords); }
constexpr Word runs_pointer(Word events, Word runs) {
    return list_pointer(1 + events * kEventWords, runs);
}

Word load(const std::byte* at) noexcept {
    Word word = 0;
    std::memcpy(&word, at, sizeof(word));
    return word;
}

std::vector<std::byte> flatten(capnp::MallocMessageBuilder& message) {
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    const auto* first = reinterpret_cast<const std::byte*>(bytes.begin());
    return {first, first + bytes.size()};
}

std::string to_string(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

}  // namespace

void encode(const OrderRequest& r, std::byte* payload) noexcept {
    write_fixed(payload, RequestWords{.seq = r.seq,
                                      .order_id = r.order_id,
                                      .req_ts = r.req_ts,
                                      .price_ticks = r.price_ticks,
                                      .qty_lots = r.qty_lots,
                                      .leaves_lots = r.leaves_lots,
                                      .asset_no = r.asset_no,
                                      .kind = static_cast<std::uint16_t>(r.kind),
                                      .side = to_wire(r.side),
                                      .time_in_force = to_wire(r.time_in_force),
                                      .type = to_wire(r.type),
                                      .status = to_wire(r.status),
                                      .zero = 0});
}

void encode(const OrderResponse& r, std::byte* payload) noexcept {
    write_fixed(payload, ResponseWords{.seq = r.seq,
                                       .req_seq = r.req_seq,
                                       .order_id = r.order_id,
                                       .req_ts = r.req_ts,
                                       .exch_ts = r.exch_ts,
                                       .resp_ts = r.resp_ts,
                                       .price_ticks = r.price_ticks,
                                       .qty_lots = r.qty_lots,
                                       .leaves_lots = r.leaves_lots,
                                       .exec_price_ticks = r.exec_price_ticks,
                                       .exec_lots = r.exec_lots,
                                       .fee = r.fee,
                                       .queue_ahead = r.queue_ahead,
                                       .asset_no = r.asset_no,
                                       .kind = static_cast<std::uint16_t>(r.kind),
                                       .side = to_wire(r.side),
                                       .time_in_force = to_wire(r.time_in_force),
                                       .type = to_wire(r.type),
                                       .status = to_wire(r.status),
                                       .req = to_wire(r.req),
                                       .bits = static_cast<std::uint8_t>((r.maker ? 1 : 0) |
                                                                         (r.executed ? 2 : 0)),
                                       .error = r.error,
                                       .zero = {}});
}

bool decode(std::span<const std::byte> payload, OrderRequest& out) noexcept {
    return decode_fixed<RequestWords>(payload, out);
}

bool decode(std::span<const std::byte> payload, OrderResponse& out) noexcept {
    return decode_fixed<ResponseWords>(payload, out);
}

bool decode(std::span<const std::byte> payload, MarketDataView& out) noexcept {
    constexpr std::size_t kEmptyBytes = MarketDataBuilder::kEventsOffset + 8;
    if (payload.size() < kEmptyBytes || !whole_message(payload)) return false;
    const std::byte* bytes = payload.data();
    // The events pointer names the number of events; everything else then has one right value.
    const Word events = load(bytes + 24) >> 35 >> 3;
    const std::size_t runs_tag = MarketDataBuilder::kEventsOffset + events * sizeof(Event);
    if (runs_tag + 8 > payload.size()) return false;
    const Word runs = (payload.size() - runs_tag - 8) / sizeof(Run);
    if (load(bytes + 8) != kRootPointer || load(bytes + 24) != events_pointer(events) ||
        load(bytes + 32) != runs_pointer(events, runs) ||
        load(bytes + 40) != list_tag(events, kEventWords) ||
        load(bytes + runs_tag) != list_tag(runs, 1)) {
        return false;
    }
    out.complete_until = static_cast<Nanos>(load(bytes + 16));
    out.events = {reinterpret_cast<const Event*>(bytes + MarketDataBuilder::kEventsOffset), events};
    out.runs = {reinterpret_cast<const Run*>(bytes + runs_tag + 8), runs};
    Word total = 0;
    for (const Run& run : out.runs) total += run.count;
    return total == events;
}

std::size_t MarketDataBuilder::append(AssetNo instrument, std::span<const Event> events) noexcept {
    const std::size_t count = std::min(events.size(), room(instrument));
    if (count == 0) return 0;
    std::memcpy(end(), events.data(), count * sizeof(Event));
    extend(instrument, count);
    return count;
}

std::size_t MarketDataBuilder::stream(AssetNo instrument, std::span<const MarketUpdate> updates,
                                      const Rows& rows) noexcept {
    const std::size_t most = room(instrument);
    std::byte* const to = end();
    std::size_t count = 0;
    std::size_t i = 0;
    for (; i < updates.size() && count < most; ++i) {
        if (!updates[i].at_local()) [[unlikely]]
            continue;
        streaming_store(to + count * sizeof(Event), rows.of(&updates[i]));
        ++count;
    }
    streamed_ = true;
    if (count > 0) extend(instrument, count);
    return i;
}

void MarketDataBuilder::extend(AssetNo instrument, std::size_t count) noexcept {
    if (runs_ == 0 || run_[runs_ - 1].instrument != instrument) run_[runs_++] = {instrument, 0};
    run_[runs_ - 1].count += static_cast<std::uint32_t>(count);
    events_ += count;
}

std::size_t MarketDataBuilder::room(AssetNo instrument) const noexcept {
    const bool new_run = runs_ == 0 || run_[runs_ - 1].instrument != instrument;
    return new_run && runs_ == kMaxRuns ? 0 : max_events_ - events_;
}

std::size_t MarketDataBuilder::finish(Nanos complete_until) noexcept {
    if (streamed_) streaming_done();
    const std::size_t runs_tag = kEventsOffset + events_ * sizeof(Event);
    const std::size_t size = runs_tag + 8 + runs_ * sizeof(Run);
    const Word head[] = {Word{size / 8 - 1} << 32,          kRootPointer,
                         static_cast<Word>(complete_until), events_pointer(events_),
                         runs_pointer(events_, runs_),      list_tag(events_, kEventWords)};
    static_assert(sizeof(head) == kEventsOffset);
    const Word tag = list_tag(runs_, 1);
    std::memcpy(payload_, head, sizeof(head));
    std::memcpy(payload_ + runs_tag, &tag, sizeof(tag));
    std::memcpy(payload_ + runs_tag + 8, run_, runs_ * sizeof(Run));
    return size;
}

std::vector<std::byte> encode_venue_info(const VenueInfo& info) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::VenueInfo>();
    root.setVenue(info.venue);
    root.setClock(static_cast<schema::ClockMode>(info.clock));
    root.setRules(static_cast<schema::RulesPreset>(info.rules));
    root.setStartTs(info.start_ts);
    root.setClockAnchor(info.clock_anchor);
    root.setRecordedRows(info.recorded_rows);
    root.setLeastRoundTripNs(info.least_round_trip_ns);
    auto list = root.initInstruments(static_cast<unsigned>(info.instruments.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        const Instrument& from = info.instruments[i];
        list[i].setSymbol(from.symbol);
        list[i].setTickSize(from.grid.tick_size);
        list[i].setLotSize(from.grid.lot_size);
        list[i].setContractSize(from.contract_size);
        list[i].setKind(static_cast<schema::ContractKind>(from.kind));
        list[i].setBook(static_cast<schema::BookKind>(from.book));
        list[i].setHasRange(from.range.has_value());
        const TickRange range = from.range.value_or(TickRange{});
        list[i].setRangeFirst(range.first);
        list[i].setRangeLast(range.last);
        list[i].setMinQty(from.order_rules.min_qty);
        list[i].setMaxQty(from.order_rules.max_qty);
        list[i].setMinValue(from.order_rules.min_value);
        list[i].setMinPrice(from.order_rules.min_price);
        list[i].setMaxPrice(from.order_rules.max_price);
    }
    return flatten(message);
}

VenueInfo decode_venue_info(std::span<const std::byte> payload) {
    VenueInfo info;
    const bool good = read_message<schema::VenueInfo>(payload, [&](schema::VenueInfo::Reader root) {
        info.venue = to_string(root.getVenue());
        info.clock = static_cast<ClockMode>(root.getClock());
        info.rules = static_cast<RulesPreset>(root.getRules());
        info.start_ts = root.getStartTs();
        info.clock_anchor = root.getClockAnchor();
        info.recorded_rows = root.getRecordedRows();
        info.least_round_trip_ns = root.getLeastRoundTripNs();
        for (const auto from : root.getInstruments()) {
            Instrument& to = info.instruments.emplace_back();
            to.symbol = to_string(from.getSymbol());
            to.grid = {from.getTickSize(), from.getLotSize()};
            to.kind = static_cast<ContractKind>(from.getKind());
            to.contract_size = from.getContractSize();
            to.book = static_cast<BookKind>(from.getBook());
            if (from.getHasRange()) to.range = {from.getRangeFirst(), from.getRangeLast()};
            to.order_rules = {.min_qty = from.getMinQty(),
                              .max_qty = from.getMaxQty(),
                              .min_value = from.getMinValue(),
                              .min_price = from.getMinPrice(),
                              .max_price = from.getMaxPrice()};
        }
    });
    if (!good) fail(ExitCode::Bus, "the bus's description of its venue is damaged");
    return info;
}

std::vector<std::byte> encode_notice(const Notice& notice) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::Notice>();
    root.setKind(static_cast<schema::NoticeKind>(notice.kind));
    root.setAssetNo(notice.asset_no);
    root.setTs(notice.ts);
    root.setText(notice.text);
    return flatten(message);
}

Notice decode_notice(std::span<const std::byte> payload) {
    Notice notice;
    const bool good = read_message<schema::Notice>(payload, [&](schema::Notice::Reader root) {
        notice.kind = static_cast<NoticeKind>(root.getKind());
        notice.asset_no = root.getAssetNo();
        notice.ts = root.getTs();
        notice.text = to_string(root.getText());
    });
    if (!good) fail(ExitCode::Bus, "a notice on the bus is damaged");
    return notice;
}

}  // namespace ringside::ipc
