#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "tools/ringside/random.hpp"

namespace ringside::venue_simulator {

/// What the venue can do wrong.
enum class FaultKind : std::uint8_t {
    Disconnect,       ///< cuts connections without a word; as long as it lasts, new ones too
    Silence,          ///< connections stay, and nothing comes from them any more
    Slow,             ///< answers are late by `delay`
    ServerError,      ///< HTTP 502 in HTML, carried out or not; by WebSocket 503, not carried out
    RateLimit,        ///< 429 with Retry-After
    Ban,              ///< 418 with Retry-After
    Timeout,          ///< -1007; carried out or not, by chance
    NoAnswer,         ///< none at all; carried out or not, by chance
    Drop,             ///< a message is not sent
    Duplicate,        ///< a message is sent twice
    Reorder,          ///< a message is sent behind the next one
    Gap,              ///< a book update is not sent
    Malformed,        ///< a message is sent damaged
    Huge,             ///< a frame of `bytes` comes in between
    StaleSnapshot,    ///< book snapshots are those of when it began
    ExpireListenKey,  ///< all listen keys are void
    Certificate,      ///< of an authority that nobody trusts
};
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(FaultKind::Certificate) + 1;

/// What it does it to; may be added up.
enum FaultTarget : unsigned { kMarket = 1, kUser = 2, kOrderApi = 4, kRest = 8, kAllTargets = 15 };

struct Fault {
    FaultKind kind = FaultKind::Disconnect;
    unsigned targets = kAllTargets;
    Nanos at = 0;     ///< since the opening
    Nanos lasts = 0;  ///< 0: it strikes `times` times, whenever there is something to strike
    std::uint64_t times = 0;  ///< at most; 0: once, or as often as it can while it lasts
    double probability = 1.0;
    double executed = 0.5;  ///< chance that a request without a proper answer was carried out
    Nanos delay = kSecond;  ///< of slow answers; what Retry-After says
    std::size_t bytes = (std::size_t{16} << 20) + 1;
};

const char* name_of(FaultKind kind) noexcept;
// Both false for a name that is none.
bool read_fault_kind(std::string_view name, FaultKind& kind) noexcept;
bool read_fault_target(std::string_view name, unsigned& target) noexcept;
std::string fault_kind_names();

/// Mixed faults drawn from a seed.
struct FaultMix {
    std::uint64_t seed = 1;
    std::vector<FaultKind> kinds{};
    Nanos every = 20 * kSecond;  ///< on average
    Nanos lasts = 2 * kSecond;   ///< on average
    Nanos from = 5 * kSecond;    ///< since the opening
    Nanos until = 300 * kSecond;
    double probability = 0.3;  ///< of those that strike messages or answers
};
std::vector<Fault> draw_faults(const FaultMix& mix);

/// Which faults there are now. All chance comes from one seed.
class Faults {
  public:
    struct Handlers {
        std::function<void(const Fault&)> on_begin;
        std::function<void(const Fault&)> on_end;
    };

    Faults(std::vector<Fault> schedule, std::uint64_t seed, Handlers handlers);

    /// From now on.
    void begin(const Fault& fault, Nanos wall);
    /// Begins and ends what is due. `wall` since the epoch, the schedule since `opened`.
    void run(Nanos wall, Nanos opened);
    Nanos next_wall(Nanos opened) const;
    /// Ends all of them, scheduled ones included.
    void calm();

    /// The fault of a kind that strikes a target now, null if none.
    const Fault* strikes(FaultKind kind, FaultTarget target);
    bool is_active(FaultKind kind, FaultTarget target) const noexcept;
    bool chance(double probability);

    bool is_calm() const noexcept { return active_.empty(); }
    bool has_more() const noexcept { return next_ < schedule_.size(); }
    std::uint64_t struck(FaultKind kind) const noexcept {
        return struck_[static_cast<std::size_t>(kind)];
    }
    std::vector<FaultKind> active() const;

  private:
    struct Active {
        Fault fault;
        Nanos end = kNever;  ///< wall time
        std::uint64_t left = 0;
    };

    void finish(std::size_t at);

    std::vector<Fault> schedule_;  ///< by time
    std::size_t next_ = 0;
    Random random_;
    Handlers handlers_;
    std::vector<Active> active_;
    Fault last_;
    std::array<std::uint64_t, kFaultKinds> struck_{};
};

}  // namespace ringside::venue_simulator
