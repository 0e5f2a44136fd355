#include "tools/ringside/bus_lines.hpp"

#include <iterator>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "ipc/codec.hpp"
#include "ipc/describe.hpp"
#include "tools/ringside/bus_words.hpp"

namespace ringside {
namespace {

using ipc::BusNames;
using ipc::BusRecord;
using ipc::FrameType;
using ipc::RecordKind;

template <typename... Args>
void add(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

/// "2024-08-08 23:54:16.298123456"; other numbers (simulated times near zero too) stay readable.
std::string time_text(Nanos ts) {
    if (ts == kNever) return "never";
    if (ts < 0) return std::to_string(ts);
    const std::time_t seconds = ts / kSecond;
    return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:09}", fmt::gmtime(seconds), ts % kSecond);
}

const Instrument* instrument_of(const BusNames& names, AssetNo number) {
    const auto& all = names.info().instruments;
    return number < all.size() ? &all[number] : nullptr;
}

std::string price_text(const Instrument* instrument, Ticks ticks) {
    return instrument == nullptr ? fmt::format("{} ticks", ticks)
                                 : fmt::format("{:.10g}", instrument->grid.price(ticks));
}
std::string qty_text(const Instrument* instrument, Lots lots) {
    return instrument == nullptr ? fmt::format("{} lots", lots)
                                 : fmt::format("{:.10g}", instrument->grid.qty(lots));
}

void append_events(std::string& out, const BusRecord& record, const BusNames& names) {
    ipc::MarketDataView data;
    if (!ipc::decode(record.payload, data)) {
        add(out, "md #{} unreadable, {} bytes\n", record.sequence, record.payload.size());
        return;
    }
    const char* const snapshot = (record.flags & ipc::kSnapshotFlag) != 0 ? " (book before)" : "";
    if (data.events.empty()) {
        add(out, "{} md #{} complete\n", time_text(data.complete_until), record.sequence);
    }
    std::size_t next = 0;
    for (const ipc::Run& run : data.runs) {
        const std::string symbol = names.symbol(run.instrument);
        for (std::uint32_t i = 0; i < run.count; ++i) {
            const Event& e = data.events[next++];
            const Side side = e.has(kBuyEvent)    ? Side::Buy
                              : e.has(kSellEvent) ? Side::Sell
                                                  : Side::Unset;
            add(out, "{} md #{} {} {} {} {:.10g} @ {:.10g}", time_text(e.local_ts), record.sequence,
                symbol, word(e.kind()), word(side), e.qty, e.px);
            if (e.order_id != 0) add(out, " order {}", e.order_id);
            add(out, "{}\n", snapshot);
        }
    }
}

void append_request(std::string& out, const BusRecord& record, const BusNames& names) {
    OrderRequest r;
    const std::string who = names.session(record.session);
    if (!ipc::decode(record.payload, r)) {
        add(out, "{} request #{} unreadable, {} bytes\n", who, record.sequence,
            record.payload.size());
        return;
    }
    const Instrument* instrument = instrument_of(names, r.asset_no);
    add(out, "{} {} request #{} {} order {} {} {} {} @ {} {} {}\n", time_text(r.req_ts), who, r.seq,
        word(r.kind), r.order_id, names.symbol(r.asset_no), word(r.side),
        qty_text(instrument, r.qty_lots), price_text(instrument, r.price_ticks),
        word(r.time_in_force), word(r.type));
}

void append_response(std::string& out, const BusRecord& record, const BusNames& names) {
    OrderResponse r;
    const std::string who = names.session(record.session);
    if (!ipc::decode(record.payload, r)) {
        add(out, "{} response #{} unreadable, {} bytes\n", who, record.sequence,
            record.payload.size());
        return;
    }
    const Instrument* instrument = instrument_of(names, r.asset_no);
    add(out, "{} {} response #{} {} order {} {} {} {} of {} @ {} {}", time_text(r.resp_ts), who,
        r.seq, word(r.kind), r.order_id, names.symbol(r.asset_no), word(r.side),
        qty_text(instrument, r.leaves_lots), qty_text(instrument, r.qty_lots),
        price_text(instrument, r.price_ticks), word(r.status));
    if (r.req_seq != 0) add(out, ", answers #{}", r.req_seq);
    if (r.executed) {
        add(out, ", executed {} @ {} as {}, fee {:.10g}", qty_text(instrument, r.exec_lots),
            price_text(instrument, r.exec_price_ticks), r.maker ? "maker" : "taker", r.fee);
    }
    if (r.error != 0) add(out, ", error {}", r.error);
    out += '\n';
}

void append_notice(std::string& out, const BusRecord& record, const BusNames& names) {
    static constexpr const char* kKinds[] = {"notice", "venue up", "venue down", "stale",  "fresh",
                                             "error",  "info",     "halted",     "resumed"};
    const std::string who = names.session(record.session);
    try {
        const ipc::Notice notice = ipc::decode_notice(record.payload);
        const auto kind = static_cast<std::size_t>(notice.kind);
        add(out, "{} {}{}{}: {}\n", time_text(notice.ts), who, who.empty() ? "" : " ",
            kKinds[kind < std::size(kKinds) ? kind : 0], notice.text);
    } catch (const Error&) {
        add(out, "{} notice #{} unreadable, {} bytes\n", who, record.sequence,
            record.payload.size());
    }
}

void append_frame(std::string& out, const BusRecord& record, const BusNames& names) {
    switch (record.type) {
        case FrameType::MarketData:
            return append_events(out, record, names);
        case FrameType::OrderRequest:
            return append_request(out, record, names);
        case FrameType::OrderResponse:
            return append_response(out, record, names);
        case FrameType::Notice:
            return append_notice(out, record, names);
        case FrameType::VenueInfo:
        case FrameType::Unset:
        case FrameType::Padding:
            break;
    }
    add(out, "{}\n", ipc::to_text(ipc::frame_of(record)));
}

std::string ring_text(const BusRecord& record, const BusNames& names) {
    const std::string who = names.session(record.session);
    return who.empty() ? ipc::to_text(record.ring) : who + " " + ipc::to_text(record.ring);
}

void append_progress(std::string& out, const BusRecord& record, const BusNames& names) {
    ipc::ProgressNote note;
    if (!read_note(record, note)) return;
    add(out, "{} {} promise {}, venue saw {} request(s), safe until {}\n",
        time_text(note.progress.venue_now), names.session(record.session), time_text(note.promise),
        note.progress.requests_seen, time_text(note.progress.safe_until));
}

nlohmann::ordered_json control_json(const BusRecord& record) {
    nlohmann::ordered_json json;
    ipc::GapNote gap;
    ipc::SessionNote session;
    ipc::ProgressNote progress;
    if (read_note(record, gap)) {
        json = {{"first", record.sequence}, {"count", gap.count}};
    } else if (read_note(record, session)) {
        json = {{"slot", session.slot}, {"pid", session.pid}};
    } else if (read_note(record, progress)) {
        json = {{"promise", progress.promise},
                {"requests_seen", progress.progress.requests_seen},
                {"safe_until", progress.progress.safe_until},
                {"venue_now", progress.progress.venue_now},
                {"venue_last", progress.progress.venue_last}};
    } else if (record.kind == RecordKind::ServiceEnded) {
        json = {{"how", record.flags == 1 ? "closed" : "died"}};
    } else if (record.kind == RecordKind::SessionEnded) {
        json = {{"how", record.flags == 1 ? "left" : "died"}};
    }
    return json;
}

}  // namespace

void append_text(std::string& out, const BusRecord& record, const BusNames& names) {
    ipc::GapNote gap;
    ipc::SessionNote session;
    switch (record.kind) {
        case RecordKind::Frame:
            return append_frame(out, record, names);
        case RecordKind::Gap:
            if (!read_note(record, gap)) return;
            add(out, "{} missed {} frame(s) from #{}\n", ring_text(record, names), gap.count,
                record.sequence);
            return;
        case RecordKind::Damage:
            if (!read_note(record, gap)) return;
            add(out, "{} has {} damaged frame(s) from about #{}\n", ring_text(record, names),
                gap.count, record.sequence);
            return;
        case RecordKind::Service: {
            add(out, "bus of {}", names.info().venue);
            for (const Instrument& i : names.info().instruments) add(out, " {}", i.symbol);
            out += '\n';
            return;
        }
        case RecordKind::ServiceEnded:
            add(out, "the service {}\n", record.flags == 1 ? "has closed the bus" : "has died");
            return;
        case RecordKind::SessionOpened:
            if (!read_note(record, session)) return;
            add(out, "{} is there, pid {}\n", names.session(record.session), session.pid);
            return;
        case RecordKind::SessionEnded:
            add(out, "{} {}\n", names.session(record.session),
                record.flags == 1 ? "has left" : "has died");
            return;
        case RecordKind::Progress:
            return append_progress(out, record, names);
        case RecordKind::Unset:
            return;
    }
}

void append_json(std::string& out, const BusRecord& record, const BusNames& names) {
    using Json = nlohmann::ordered_json;
    constexpr auto kReplace = Json::error_handler_t::replace;
    const std::string session = Json(names.session(record.session)).dump(-1, ' ', false, kReplace);
    add(out, R"({{"ring":"{}","session":{},"seen_ts":{},)", ipc::to_text(record.ring), session,
        record.seen_ts);
    switch (record.kind) {
        case RecordKind::Frame:
            out += ipc::to_json(ipc::frame_of(record)).substr(1);
            break;
        case RecordKind::Service: {
            const ipc::FrameView view{.type = FrameType::VenueInfo, .payload = record.payload};
            out += R"("service":)" + ipc::to_json(view) + "}";
            break;
        }
        default:
            add(out, R"("{}":{}}})", ipc::to_text(record.kind), control_json(record).dump());
            break;
    }
    out += '\n';
}

}  // namespace ringside
