#include "ipc/bus_record.hpp"

#include <cstring>

#include <fmt/format.h>

#include "core/error.hpp"
#include "ipc/codec.hpp"

namespace ringside::ipc {
namespace {

/// A damaged file must not make us number sessions up to here.
constexpr std::uint32_t kMostSessions = 1U << 20;

template <typename Note>
bool copy_note(const BusRecord& record, Note& note) noexcept {
    static_assert(std::is_trivially_copyable_v<Note>);
    if (record.payload.size() != sizeof(Note)) return false;
    std::memcpy(&note, record.payload.data(), sizeof(Note));
    return true;
}

}  // namespace

bool read_note(const BusRecord& record, GapNote& note) noexcept {
    return (record.kind == RecordKind::Gap || record.kind == RecordKind::Damage) &&
           copy_note(record, note);
}

bool read_note(const BusRecord& record, SessionNote& note) noexcept {
    if (record.kind != RecordKind::SessionOpened || !copy_note(record, note)) return false;
    note.name[sizeof(note.name) - 1] = '\0';
    return true;
}

bool read_note(const BusRecord& record, ProgressNote& note) noexcept {
    return record.kind == RecordKind::Progress && copy_note(record, note);
}

Nanos message_time(const BusRecord& record) noexcept {
    if (record.kind != RecordKind::Frame) return kNever;
    switch (record.type) {
        case FrameType::OrderRequest: {
            OrderRequest request;
            return decode(record.payload, request) ? request.req_ts : kNever;
        }
        case FrameType::OrderResponse: {
            OrderResponse response;
            return decode(record.payload, response) ? response.resp_ts : kNever;
        }
        case FrameType::MarketData: {
            MarketDataView data;
            if (!decode(record.payload, data)) return kNever;
            return data.events.empty() ? data.complete_until : data.events.front().local_ts;
        }
        case FrameType::Notice:
            try {
                const Nanos ts = decode_notice(record.payload).ts;
                return ts == 0 ? kNever : ts;
            } catch (const Error&) {
                return kNever;
            }
        case FrameType::Unset:
        case FrameType::Padding:
        case FrameType::VenueInfo:
            break;
    }
    return kNever;
}

const char* to_text(BusRing ring) noexcept {
    switch (ring) {
        case BusRing::MarketData:
            return "md";
        case BusRing::Requests:
            return "request";
        case BusRing::Responses:
            return "response";
        case BusRing::Unset:
            break;
    }
    return "control";
}

const char* to_text(RecordKind kind) noexcept {
    switch (kind) {
        case RecordKind::Frame:
            return "frame";
        case RecordKind::Gap:
            return "gap";
        case RecordKind::Damage:
            return "damage";
        case RecordKind::Service:
            return "service";
        case RecordKind::ServiceEnded:
            return "service_ended";
        case RecordKind::SessionOpened:
            return "session_opened";
        case RecordKind::SessionEnded:
            return "session_ended";
        case RecordKind::Progress:
            return "progress";
        case RecordKind::Unset:
            break;
    }
    return "unset";
}

FrameView frame_of(const BusRecord& record) noexcept {
    return {.type = record.type,
            .flags = record.flags,
            .sequence = record.sequence,
            .position = 0,
            .payload = record.payload};
}

void BusNames::see(const BusRecord& record) {
    if (record.kind == RecordKind::Service) {
        try {
            info_ = decode_venue_info(record.payload);
        } catch (const Error&) {
            // Numbers stand in for names.
        }
        return;
    }
    SessionNote note;
    if (!read_note(record, note) || record.session >= kMostSessions) return;
    if (record.session >= sessions_.size()) sessions_.resize(record.session + 1);
    sessions_[record.session] = note;
}

const SessionNote* BusNames::note(std::uint32_t number) const noexcept {
    return number < sessions_.size() ? &sessions_[number] : nullptr;
}

std::string BusNames::session(std::uint32_t number) const {
    if (number == kNoSession) return "";
    const SessionNote* found = note(number);
    return found == nullptr ? fmt::format("session {}", number)
                            : fmt::format("{}#{}", found->name, found->slot);
}

std::string BusNames::symbol(AssetNo instrument) const {
    return instrument < info_.instruments.size() ? info_.instruments[instrument].symbol
                                                 : fmt::format("instrument {}", instrument);
}

}  // namespace ringside::ipc
