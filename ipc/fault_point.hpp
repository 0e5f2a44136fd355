#pragma once

#include <cstdint>

/// Places at which tests kill the process. Compiled in only where RINGSIDE_FAULT_POINTS is defined
/// (a second build of this folder that the kill tests link); elsewhere a place is nothing.
namespace ringside::ipc {

enum class FaultPoint : std::uint8_t {
    SegmentUnnamed,   ///< a segment is complete and has no name
    MdNamed,          ///< the service has named its md ring, not yet its control
    ServiceNamed,     ///< the whole bus has names
    SessionNamed,     ///< a bot has named its session and not rung the bell
    GateAdded,        ///< the service gates on a bot that does not know yet
    Claimed,          ///< room for a frame, nothing written
    FrameHalf,        ///< payload and second header word written, frame not published
    FramePublished,   ///< frame visible, tail not moved
    TailHalf,         ///< between the words of the tail
    IntentRaised,     ///< announced what will be overwritten
    ProgressHalf,     ///< between the words of the progress
    SessionEnding,    ///< a session no longer gates and still has its name
    ServiceClearing,  ///< the bus said goodbye and still has its names
    Count,
};

#ifdef RINGSIDE_FAULT_POINTS
inline void (*fault_hook)(FaultPoint) = nullptr;
inline void pass(FaultPoint point) noexcept {
    if (fault_hook != nullptr) fault_hook(point);
}
#else
constexpr void pass(FaultPoint /*point*/) noexcept {}
#endif

}  // namespace ringside::ipc
