#include "ipc/bus_tap.hpp"

#include <algorithm>
#include <cstring>

#include "core/wall_clock.hpp"

namespace ringside::ipc {
namespace {

/// Polls between two looks at the directory while no bell rings.
constexpr std::uint32_t kPollsPerLook = 64;

}  // namespace

BusTap::BusTap(std::string_view bus, ReadFrom from)
    : bus_(bus),
      from_(from),
      md_{.ring = BusRing::MarketData,
          .session = kNoSession,
          .observed = bus_.md(),
          .reader = bus_.md().reader(from)},
      ended_sessions_(bus_.session_slots()) {}

BusRecord BusTap::record(RecordKind kind) const {
    BusRecord record;
    record.kind = kind;
    record.seen_ts = wall_now();
    return record;
}

std::size_t BusTap::poll(const Sink& sink) {
    if (!begun_) {
        begun_ = true;
        BusRecord service = record(RecordKind::Service);
        service.payload = bus_.info_message();
        sink(service);
    }
    // Asked before reading: what a service sent before it ended is read after.
    const bool closed = bus_.closed();
    const bool gone = closed || !bus_.service_alive();
    const std::uint64_t bell = bus_.bell();
    if (bell != bell_ || polls_++ % kPollsPerLook == 0) {
        bell_ = bell;
        find_sessions(sink);
    }
    std::size_t frames = drain(md_, sink);
    frames += read_sessions(sink);
    if (gone && frames == 0 && !ended_) {
        ended_ = true;
        BusRecord end = record(RecordKind::ServiceEnded);
        end.flags = closed ? 1 : 0;
        sink(end);
    }
    return frames;
}

void BusTap::find_sessions(const Sink& sink) {
    for (std::uint32_t slot = 0; slot < bus_.session_slots(); ++slot) {
        const std::uint64_t identity = bus_.session_identity(slot);
        if (identity == 0 || identity == ended_sessions_[slot]) continue;
        const bool known = std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& s) {
            return s->observed.slot() == slot && s->identity == identity;
        });
        if (known) continue;
        std::optional<ObservedSession> found = bus_.session(slot);
        if (!found) continue;
        const ObservedRing requests = found->requests();
        const ObservedRing responses = found->responses();
        const std::uint32_t number = next_number_++;
        // A session that is new to us, but not to the bus, is read from where the caller asked.
        sessions_.push_back(std::make_unique<Session>(
            Session{.observed = std::move(*found),
                    .number = number,
                    .identity = identity,
                    .requests = {BusRing::Requests, number, requests, requests.reader(from_)},
                    .responses = {BusRing::Responses, number, responses, responses.reader(from_)},
                    .told = {}}));
        const ObservedSession& session = sessions_.back()->observed;
        SessionNote note{.slot = slot, .pid = session.client_pid()};
        const std::string name = session.client_name();
        std::memcpy(note.name, name.data(), std::min(name.size(), sizeof(note.name) - 1));
        BusRecord opened = record(RecordKind::SessionOpened);
        opened.session = number;
        opened.payload = std::as_bytes(std::span(&note, 1));
        sink(opened);
    }
    // Sessions made from now on are read from their first frame.
    from_ = ReadFrom::Oldest;
}

std::size_t BusTap::read_sessions(const Sink& sink) {
    std::size_t frames = 0;
    for (auto& session : sessions_) {
        const bool left = session->observed.client_left();
        const bool gone = left || !session->observed.client_alive();
        const std::size_t read = drain(session->requests, sink) + drain(session->responses, sink);
        report_progress(*session, sink);
        frames += read;
        if (!gone || read > 0) continue;
        BusRecord end = record(RecordKind::SessionEnded);
        end.session = session->number;
        end.flags = left ? 1 : 0;
        sink(end);
        // It keeps its name until the service frees the slot, for ever without a service.
        ended_sessions_[session->observed.slot()] = session->identity;
        session.reset();
        ++frames;
    }
    std::erase_if(sessions_, [](const auto& session) { return session == nullptr; });
    return frames;
}

std::size_t BusTap::drain(Source& source, const Sink& sink) {
    if (source.broken && !go_on(source, sink)) return 0;
    const std::int64_t begin = source.reader.position();
    const auto most = static_cast<std::int64_t>(source.observed.counters().capacity);
    std::size_t frames = 0;
    FrameView frame;
    while (source.reader.position() - begin < most && source.reader.poll(frame)) {
        copy_.resize((frame.payload.size() + 7) / 8);
        std::memcpy(copy_.data(), frame.payload.data(), frame.payload.size());
        if (!source.reader.intact(frame)) break;
        BusRecord seen = record(RecordKind::Frame);
        seen.ring = source.ring;
        seen.type = frame.type;
        seen.flags = frame.flags;
        seen.session = source.session;
        seen.sequence = frame.sequence;
        seen.payload = std::as_bytes(std::span(copy_)).first(frame.payload.size());
        sink(seen);
        ++frames;
    }
    // A frame that ends the reading is counted with those behind it, by go_on().
    const std::uint64_t corrupt =
        source.reader.corrupt_frames() - (source.reader.state() == ReadState::Corrupt ? 1 : 0);
    if (corrupt != source.corrupt_frames) {
        const std::uint64_t count = corrupt - source.corrupt_frames;
        report_gap(source, RecordKind::Damage, source.reader.next_sequence() - count, count, sink);
        source.corrupt_frames = corrupt;
        ++frames;
    }
    if (source.reader.state() != ReadState::Reading) {
        source.broken = true;
        frames += go_on(source, sink) ? 1 : 0;
    }
    return frames;
}

bool BusTap::go_on(Source& source, const Sink& sink) {
    // Lapped: far enough from what is overwritten next not to be lapped again at once. Damaged:
    // at the next place that the writer has noted.
    RingReader reader = source.observed.reader_after(source.reader);
    if (reader.position() <= source.reader.position()) return false;
    const std::uint64_t first = source.reader.next_sequence();
    const std::uint64_t count = (reader.next_sequence() - first) & frame::kSequenceMask;
    report_gap(source,
               source.reader.state() == ReadState::Corrupt ? RecordKind::Damage : RecordKind::Gap,
               first, count, sink);
    source.reader = reader;
    source.corrupt_frames = 0;
    source.broken = false;
    return true;
}

void BusTap::report_gap(const Source& source, RecordKind kind, std::uint64_t first,
                        std::uint64_t count, const Sink& sink) {
    const GapNote note{count};
    BusRecord gap = record(kind);
    gap.ring = source.ring;
    gap.session = source.session;
    gap.sequence = first;
    gap.payload = std::as_bytes(std::span(&note, 1));
    sink(gap);
}

void BusTap::report_progress(Session& session, const Sink& sink) {
    const ProgressNote now{session.observed.promise(), session.observed.progress()};
    if (now.promise == session.told.promise && now.progress == session.told.progress) return;
    session.told = now;
    BusRecord seen = record(RecordKind::Progress);
    seen.session = session.number;
    seen.payload = std::as_bytes(std::span(&now, 1));
    sink(seen);
}

}  // namespace ringside::ipc
