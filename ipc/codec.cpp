#include "ipc/codec.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <control.capnp.h>
#include <kj/exception.h>
#include <market_data.capnp.h>
#include <order.capnp.h>

#include "core/error.hpp"
#include "core/streaming_store.hpp"

namespace ringside::ipc {
namespace {

using Word = std::uint64_t;

/// Segment table and root pointer of a single-segment message whose root has this many data words
/// and pointers.
struct Prologue {
    Word table;
    Word root;
};
constexpr Prologue prologue(std::size_t data_words, std::size_t pointers) {
    const Word segment_words = 1 + data_words + pointers;
    return {segment_words << 32, (Word{data_words} << 32) | (Word{pointers} << 48)};
}

static_assert(prologue(8, 0).table >> 32 == kOrderRequestBytes / 8 - 1);
static_assert(prologue(16, 0).table >> 32 == kOrderResponseBytes / 8 - 1);

Word load(const std::byte* at) noexcept {
    Word word = 0;
    std::memcpy(&word, at, sizeof(word));
    return word;
}

/// Writes a message of 64-bit fields, one store for each. Its sender has just filled them one by
/// one: a compiler that moves two with one instruction makes it wait until both have reached the
/// cache.
template <typename... Fields>
void put(std::byte* to, Fields... fields) noexcept {
    const auto one = [&to](auto field) {
        auto word = std::bit_cast<Word>(field);
        asm("" : "+r"(word));
        std::memcpy(to, &word, sizeof(word));
        to += sizeof(word);
    };
    (one(fields), ...);
}

/// The 16 bits of a word that begin at `shift`.
constexpr unsigned field(Word word, unsigned shift) {
    return static_cast<unsigned>(word >> shift) & 0xffffU;
}

// Ordinals of the schema's enumerations; each shifts the core value so that zero is "unset".
// Without branches, as what is bought and sold is not foreseen.
template <typename Enum>
constexpr unsigned ordinal(Enum value) {
    return static_cast<std::uint8_t>(value);
}
constexpr Word to_wire(Side s) { return (ordinal(s) & 1U) << (ordinal(s) >> 7); }
constexpr Word to_wire(TimeInForce t) { return std::min(ordinal(t), 4U) + 1; }
constexpr Word to_wire(OrderType t) { return std::min(ordinal(t), 2U) + 1; }
constexpr Word to_wire(Status s) { return std::min(ordinal(s), 8U); }

/// The core value of an ordinal, of which `unsupported` stands for 255.
constexpr std::uint8_t value_of(unsigned wire, unsigned offset, unsigned unsupported) {
    return static_cast<std::uint8_t>((wire - offset) | (0U - (wire == unsupported ? 1U : 0U)));
}
constexpr bool from_wire(unsigned wire, Side& out) {
    out = static_cast<Side>(static_cast<std::int8_t>((wire & 1U) - (wire >> 1)));
    return wire <= 2;
}
constexpr bool from_wire(unsigned wire, TimeInForce& out) {
    out = static_cast<TimeInForce>(value_of(wire, 1, 5));
    return wire - 1 <= 4;
}
constexpr bool from_wire(unsigned wire, OrderType& out) {
    out = static_cast<OrderType>(value_of(wire, 1, 3));
    return wire - 1 <= 2;
}
constexpr bool from_wire(unsigned wire, Status& out) {
    out = static_cast<Status>(value_of(wire, 0, 8));
    return wire <= 8;
}
constexpr bool from_wire(unsigned wire, RequestKind& out) {
    out = static_cast<RequestKind>(wire);
    return wire <= ordinal(RequestKind::Cancel);
}
constexpr bool from_wire(unsigned wire, ResponseKind& out) {
    out = static_cast<ResponseKind>(wire);
    return wire <= ordinal(ResponseKind::Failed);
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

constexpr std::size_t kRequestWords = 8;
constexpr std::size_t kResponseWords = 16;

Word to_wire(AssetNo asset_no, unsigned kind, Side side) {
    return asset_no | Word{kind} << 32 | to_wire(side) << 48;
}
Word to_wire(TimeInForce time_in_force, OrderType type, Status status) {
    return to_wire(time_in_force) | to_wire(type) << 16 | to_wire(status) << 32;
}

/// From the data section of schema::OrderRequest.
bool from_words(const std::byte* data, OrderRequest& out) noexcept {
    const auto word = [data](std::size_t i) { return load(data + 8 * i); };
    out.seq = word(0);
    out.order_id = word(1);
    out.req_ts = static_cast<Nanos>(word(2));
    out.price_ticks = static_cast<Ticks>(word(3));
    out.qty_lots = static_cast<Lots>(word(4));
    out.leaves_lots = static_cast<Lots>(word(5));
    out.asset_no = static_cast<AssetNo>(word(6));
    return from_wire(field(word(6), 32), out.kind) & from_wire(field(word(6), 48), out.side) &
           from_wire(field(word(7), 0), out.time_in_force) &
           from_wire(field(word(7), 16), out.type) & from_wire(field(word(7), 32), out.status);
}

/// From the data section of schema::OrderResponse.
bool from_words(const std::byte* data, OrderResponse& out) noexcept {
    const auto word = [data](std::size_t i) { return load(data + 8 * i); };
    out.seq = word(0);
    out.req_seq = word(1);
    out.order_id = word(2);
    out.req_ts = static_cast<Nanos>(word(3));
    out.exch_ts = static_cast<Nanos>(word(4));
    out.resp_ts = static_cast<Nanos>(word(5));
    out.price_ticks = static_cast<Ticks>(word(6));
    out.qty_lots = static_cast<Lots>(word(7));
    out.leaves_lots = static_cast<Lots>(word(8));
    out.exec_price_ticks = static_cast<Ticks>(word(9));
    out.exec_lots = static_cast<Lots>(word(10));
    out.fee = std::bit_cast<double>(word(11));
    out.queue_ahead = std::bit_cast<double>(word(12));
    out.asset_no = static_cast<AssetNo>(word(13));
    out.maker = (word(15) & 1) != 0;
    out.executed = (word(15) & 2) != 0;
    out.error = static_cast<std::uint8_t>(word(15) >> 8);
    return from_wire(field(word(13), 32), out.kind) & from_wire(field(word(13), 48), out.side) &
           from_wire(field(word(14), 0), out.time_in_force) &
           from_wire(field(word(14), 16), out.type) & from_wire(field(word(14), 32), out.status) &
           from_wire(field(word(14), 48), out.req);
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

/// What the library refuses costs an exception, and without this a walk up the stack.
struct NoStackTraces : kj::ExceptionCallback {
    StackTraceMode stackTraceMode() override { return StackTraceMode::NONE; }
};

/// Runs `read` on the root of a message of any shape; false when the library refuses it.
template <typename Root, typename Read>
bool read_message(std::span<const std::byte> payload, Read read) noexcept {
    if (!whole_message(payload)) return false;
    bool good = false;
    const NoStackTraces no_traces;
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
template <std::size_t kWords, typename Out>
[[gnu::noinline]] bool decode_other_shape(std::span<const std::byte> payload, Out& out) noexcept {
    std::byte words[kWords * sizeof(Word)] = {};
    const bool read = read_message<capnp::AnyStruct>(payload, [&](capnp::AnyStruct::Reader root) {
        const auto data = root.getDataSection();
        if (data.size() != 0)
            std::memcpy(words, data.begin(), std::min(sizeof(words), data.size()));
    });
    return read && from_words(words, out);
}

template <std::size_t kWords, typename Out>
bool decode_fixed(std::span<const std::byte> payload, Out& out) noexcept {
    constexpr Prologue kPrologue = prologue(kWords, 0);
    const std::byte* at = payload.data();
    if (payload.size() == (2 + kWords) * sizeof(Word) && load(at) == kPrologue.table &&
        load(at + 8) == kPrologue.root) [[likely]] {
        return from_words(at + sizeof(kPrologue), out);
    }
    return decode_other_shape<kWords>(payload, out);
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

std::vector<std::byte> flatten(capnp::MallocMessageBuilder& message) {
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    const auto* first = reinterpret_cast<const std::byte*>(bytes.begin());
    return {first, first + bytes.size()};
}

std::string to_string(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

}  // namespace

void encode(const OrderRequest& r, std::byte* payload) noexcept {
    constexpr Prologue kHead = prologue(kRequestWords, 0);
    put(payload, kHead.table, kHead.root, r.seq, r.order_id, r.req_ts, r.price_ticks, r.qty_lots,
        r.leaves_lots, to_wire(r.asset_no, ordinal(r.kind), r.side),
        to_wire(r.time_in_force, r.type, r.status));
}

void encode(const OrderResponse& r, std::byte* payload) noexcept {
    constexpr Prologue kHead = prologue(kResponseWords, 0);
    put(payload, kHead.table, kHead.root, r.seq, r.req_seq, r.order_id, r.req_ts, r.exch_ts,
        r.resp_ts, r.price_ticks, r.qty_lots, r.leaves_lots, r.exec_price_ticks, r.exec_lots, r.fee,
        r.queue_ahead, to_wire(r.asset_no, ordinal(r.kind), r.side),
        to_wire(r.time_in_force, r.type, r.status) | to_wire(r.req) << 48,
        Word{r.maker} | Word{r.executed} << 1 | Word{r.error} << 8);
}

bool decode(std::span<const std::byte> payload, OrderRequest& out) noexcept {
    return decode_fixed<kRequestWords>(payload, out);
}

bool decode(std::span<const std::byte> payload, OrderResponse& out) noexcept {
    return decode_fixed<kResponseWords>(payload, out);
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
    const std::size_t runs_tag = kEventsOffset + events_ * sizeof(Event);
    const std::size_t size = runs_tag + 8 + runs_ * sizeof(Run);
    const Word head[] = {Word{size / 8 - 1} << 32,          kRootPointer,
                         static_cast<Word>(complete_until), events_pointer(events_),
                         runs_pointer(events_, runs_),      list_tag(events_, kEventWords)};
    static_assert(sizeof(head) == kEventsOffset);
    const Word tag = list_tag(runs_, 1);
    if (streamed_ && runs_ == 1) {
        // The room for kMaxRuns makes this a line of ours to its end.
        streaming_store(payload_ + runs_tag, tag, run_[0], Word{}, Word{}, Word{}, Word{}, Word{},
                        Word{});
    } else {
        std::memcpy(payload_ + runs_tag, &tag, sizeof(tag));
        std::memcpy(payload_ + runs_tag + 8, run_, runs_ * sizeof(Run));
    }
    if (streamed_) streaming_done();
    std::memcpy(payload_, head, sizeof(head));
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
    root.setMayFail(info.may_fail);
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
        info.may_fail = root.getMayFail();
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
