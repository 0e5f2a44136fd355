#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "ipc/bus_observer.hpp"
#include "ipc/bus_record.hpp"

namespace ringside::ipc {

/// Reads everything that crosses a bus as an observer: it holds nobody back, and what it is too
/// slow for it reports as gaps. One thread.
class BusTap {
  public:
    using Sink = std::function<void(const BusRecord&)>;

    BusTap(std::string_view bus, ReadFrom from);

    const BusObserver& bus() const noexcept { return bus_; }

    /// Reads what there is, ring after ring, and no more of each than it can hold; how much was
    /// there. A record's payload is good during the call of `sink` only.
    std::size_t poll(const Sink& sink);

    /// The service has ended and all that it and its bots left has been read.
    bool ended() const noexcept { return ended_; }

  private:
    /// One ring that is being read.
    struct Source {
        BusRing ring = BusRing::Unset;
        std::uint32_t session = kNoSession;
        ObservedRing observed;
        RingReader reader;
        std::uint64_t corrupt_frames = 0;  ///< reported so far
        bool broken = false;               ///< waiting for a place to go on at
    };
    struct Session {
        ObservedSession observed;
        std::uint32_t number = 0;
        std::uint64_t identity = 0;
        Source requests;
        Source responses;
        ProgressNote told;
    };

    void find_sessions(const Sink& sink);
    std::size_t read_sessions(const Sink& sink);
    std::size_t drain(Source& source, const Sink& sink);
    bool go_on(Source& source, const Sink& sink);
    void report_gap(const Source& source, RecordKind kind, std::uint64_t first, std::uint64_t count,
                    const Sink& sink);
    void report_progress(Session& session, const Sink& sink);
    BusRecord record(RecordKind kind) const;

    BusObserver bus_;
    ReadFrom from_;
    Source md_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::vector<std::uint64_t> ended_sessions_;  ///< by slot: identity of the last that ended
    std::vector<std::uint64_t> copy_;            ///< of a payload
    std::uint64_t bell_ = 0;
    std::uint32_t next_number_ = 0;
    std::uint32_t polls_ = 0;
    bool begun_ = false;
    bool ended_ = false;
};

}  // namespace ringside::ipc
