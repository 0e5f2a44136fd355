#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/event.hpp"
#include "core/order.hpp"
#include "core/rows.hpp"
#include "core/venue_info.hpp"
#include "ipc/layout.hpp"

/// Core structs to and from the Cap'n Proto messages of schemas/, in place in a claimed frame. The
/// bytes are those which the Cap'n Proto library builds; the fixed shapes are written as a constant
/// prologue and one copy.
namespace ringside::ipc {

/// Payload bytes of the two order messages.
inline constexpr std::size_t kOrderRequestBytes = 80;
inline constexpr std::size_t kOrderResponseBytes = 144;

void encode(const OrderRequest& request, std::byte* payload) noexcept;
void encode(const OrderResponse& response, std::byte* payload) noexcept;

/// False: not such a message, or a value out of range; `out` is then unspecified. Messages of
/// another shape (a newer schema's) go through the bounded Cap'n Proto reader.
[[nodiscard]] bool decode(std::span<const std::byte> payload, OrderRequest& out) noexcept;
[[nodiscard]] bool decode(std::span<const std::byte> payload, OrderResponse& out) noexcept;

/// Consecutive events of one instrument; the layout of schema::Run.
struct Run {
    AssetNo instrument = 0;
    std::uint32_t count = 0;
};
static_assert(sizeof(Run) == 8 && std::is_trivially_copyable_v<Run>);

/// A MarketData message where it lies.
struct MarketDataView {
    Nanos complete_until = 0;  ///< rows up to this local time have been sent; kNever: end of data
    std::span<const Event> events;
    std::span<const Run> runs;  ///< counts add up to events.size()
};

/// False: not the one shape in which this layout version writes market data.
[[nodiscard]] bool decode(std::span<const std::byte> payload, MarketDataView& out) noexcept;

/// Fills a claimed frame with one MarketData message, event by event.
class MarketDataBuilder {
  public:
    static constexpr std::size_t kMaxRuns = 32;
    /// Payload offset of the first event: with the frame's header it makes 64.
    static constexpr std::size_t kEventsOffset = 48;
    static_assert(kEventsOffset + layout::kFrameHeaderBytes == layout::kFrameAlign);

    /// Payload bytes to claim for this many events.
    static constexpr std::size_t bytes(std::size_t max_events) noexcept {
        return kEventsOffset + max_events * sizeof(Event) + 8 + kMaxRuns * sizeof(Run);
    }
    /// Most events whose message fits a payload of `payload_bytes`.
    static constexpr std::size_t max_events(std::size_t payload_bytes) noexcept {
        return payload_bytes < bytes(0) ? 0 : (payload_bytes - bytes(0)) / sizeof(Event);
    }

    /// Nothing can be appended until begin().
    MarketDataBuilder() noexcept = default;
    MarketDataBuilder(std::byte* payload, std::size_t max_events) noexcept {
        begin(payload, max_events);
    }
    void begin(std::byte* payload, std::size_t max_events) noexcept {
        payload_ = payload;
        max_events_ = max_events;
        events_ = 0;
        runs_ = 0;
        streamed_ = false;
    }

    /// False: full, publish and begin another.
    bool append(AssetNo instrument, const Event& event) noexcept {
        return append(instrument, std::span<const Event>(&event, 1)) == 1;
    }
    /// Appends as many as there is room for, and says how many.
    std::size_t append(AssetNo instrument, std::span<const Event> events) noexcept;
    /// Appends the rows of updates that bots hear, past the caches: for a writer that is far ahead
    /// of its readers. Returns how many updates it came to before the message was full.
    std::size_t stream(AssetNo instrument, std::span<const MarketUpdate> updates,
                       const Rows& rows) noexcept;

    std::size_t size() const noexcept { return events_; }
    bool empty() const noexcept { return events_ == 0; }

    /// Completes the message; the payload's length, for publish().
    std::size_t finish(Nanos complete_until) noexcept;

  private:
    std::size_t room(AssetNo instrument) const noexcept;
    void extend(AssetNo instrument, std::size_t count) noexcept;
    std::byte* end() noexcept { return payload_ + kEventsOffset + events_ * sizeof(Event); }

    std::byte* payload_ = nullptr;
    std::size_t max_events_ = 0;
    std::size_t events_ = 0;
    std::size_t runs_ = 0;
    bool streamed_ = false;
    Run run_[kMaxRuns];
};

/// What a service says about itself outside the flow of data; schema::NoticeKind.
enum class NoticeKind : std::uint8_t {
    Unset = 0,
    VenueUp = 1,
    VenueDown = 2,
    Stale = 3,
    Fresh = 4,
    Error = 5,
    Info = 6,
    Halted = 7,
    Resumed = 8,
};
inline constexpr AssetNo kWholeVenue = 0xffff'ffff;

struct Notice {
    NoticeKind kind = NoticeKind::Unset;
    AssetNo asset_no = kWholeVenue;
    Nanos ts = 0;
    std::string text;
};

/// Rare messages: allocate, and throw Error(ExitCode::Bus) when the bytes are not such a message.
std::vector<std::byte> encode_venue_info(const VenueInfo& info);
VenueInfo decode_venue_info(std::span<const std::byte> payload);
std::vector<std::byte> encode_notice(const Notice& notice);
Notice decode_notice(std::span<const std::byte> payload);

}  // namespace ringside::ipc
