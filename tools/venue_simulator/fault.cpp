#include "tools/venue_simulator/fault.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace ringside::venue_simulator {

namespace {

constexpr std::array<const char*, kFaultKinds> kNames{
    "disconnect", "silence",   "slow",           "server_error",      "rate_limit", "ban",
    "timeout",    "no_answer", "drop",           "duplicate",         "reorder",    "gap",
    "malformed",  "huge",      "stale_snapshot", "expire_listen_key", "certificate"};
constexpr std::array<std::pair<std::string_view, unsigned>, 5> kTargets{{
    {"market", kMarket},
    {"user", kUser},
    {"order_api", kOrderApi},
    {"rest", kRest},
    {"all", kAllTargets},
}};

/// Done at once, not to something that comes by.
bool is_momentary(FaultKind kind) {
    return kind == FaultKind::Disconnect || kind == FaultKind::Silence ||
           kind == FaultKind::ExpireListenKey;
}
/// Holds by itself as long as it lasts.
bool is_condition(FaultKind kind) {
    return kind == FaultKind::StaleSnapshot || kind == FaultKind::Certificate;
}

}  // namespace

const char* name_of(FaultKind kind) noexcept { return kNames[static_cast<std::size_t>(kind)]; }

bool read_fault_kind(std::string_view name, FaultKind& kind) noexcept {
    for (std::size_t i = 0; i < kFaultKinds; ++i) {
        if (name != kNames[i]) continue;
        kind = static_cast<FaultKind>(i);
        return true;
    }
    return false;
}

bool read_fault_target(std::string_view name, unsigned& target) noexcept {
    for (const auto& [word, value] : kTargets) {
        if (name != word) continue;
        target = value;
        return true;
    }
    return false;
}

std::string fault_kind_names() {
    std::string names;
    for (const char* name : kNames) {
        if (!names.empty()) names += ", ";
        names += name;
    }
    return names;
}

std::vector<Fault> draw_faults(const FaultMix& mix) {
    std::vector<Fault> faults;
    if (mix.kinds.empty()) return faults;
    Random random(mix.seed);
    // Microseconds, so that the means fit what is drawn from.
    const auto draw = [&](Nanos mean) {
        return random.exponential(mean / kMicrosecond) * kMicrosecond;
    };
    constexpr std::array kOneOf{kMarket, kUser, kOrderApi, kRest};
    for (Nanos at = mix.from + draw(mix.every); at < mix.until; at += draw(mix.every)) {
        Fault fault;
        fault.at = at;
        fault.kind = mix.kinds[static_cast<std::size_t>(
            random.below(static_cast<std::uint32_t>(mix.kinds.size())))];
        const bool all = random.percent(25);
        fault.targets = all ? kAllTargets : kOneOf[static_cast<std::size_t>(random.below(4))];
        fault.lasts = is_momentary(fault.kind) ? 0 : kMillisecond + draw(mix.lasts);
        fault.probability = is_condition(fault.kind) ? 1.0 : mix.probability;
        fault.delay = draw(mix.lasts);
        if (fault.kind == FaultKind::Huge) fault.times = 1;
        faults.push_back(fault);
    }
    return faults;
}

Faults::Faults(std::vector<Fault> schedule, std::uint64_t seed, Handlers handlers)
    : schedule_(std::move(schedule)), random_(seed), handlers_(std::move(handlers)) {
    std::stable_sort(schedule_.begin(), schedule_.end(),
                     [](const Fault& a, const Fault& b) { return a.at < b.at; });
}

void Faults::begin(const Fault& fault, Nanos wall) {
    Active active{fault};
    if (fault.lasts > 0) {
        active.end = saturating_add(wall, fault.lasts);
        active.left = fault.times > 0 ? fault.times : std::numeric_limits<std::uint64_t>::max();
    } else {
        active.left = std::max<std::uint64_t>(fault.times, 1);
    }
    const bool passes = is_momentary(fault.kind) && fault.lasts == 0;
    if (!passes) active_.push_back(active);
    if (passes || is_condition(fault.kind)) ++struck_[static_cast<std::size_t>(fault.kind)];
    if (handlers_.on_begin) handlers_.on_begin(fault);
}

void Faults::run(Nanos wall, Nanos opened) {
    while (next_ < schedule_.size() && saturating_add(opened, schedule_[next_].at) <= wall) {
        begin(schedule_[next_++], wall);
    }
    for (std::size_t i = active_.size(); i-- > 0;) {
        if (active_[i].end <= wall || active_[i].left == 0) finish(i);
    }
}

Nanos Faults::next_wall(Nanos opened) const {
    Nanos next = next_ < schedule_.size() ? saturating_add(opened, schedule_[next_].at) : kNever;
    for (const Active& active : active_) next = std::min(next, active.end);
    return next;
}

void Faults::calm() {
    next_ = schedule_.size();
    while (!active_.empty()) finish(active_.size() - 1);
}

void Faults::finish(std::size_t at) {
    const Fault fault = active_[at].fault;
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(at));
    if (handlers_.on_end) handlers_.on_end(fault);
}

const Fault* Faults::strikes(FaultKind kind, FaultTarget target) {
    for (std::size_t i = 0; i < active_.size(); ++i) {
        Active& active = active_[i];
        const bool meant = active.fault.kind == kind && (active.fault.targets & target) != 0;
        if (!meant || active.left == 0 || !chance(active.fault.probability)) continue;
        ++struck_[static_cast<std::size_t>(kind)];
        last_ = active.fault;
        if (--active.left == 0) finish(i);
        return &last_;
    }
    return nullptr;
}

bool Faults::is_active(FaultKind kind, FaultTarget target) const noexcept {
    return std::any_of(active_.begin(), active_.end(), [&](const Active& active) {
        return active.fault.kind == kind && (active.fault.targets & target) != 0;
    });
}

bool Faults::chance(double probability) {
    if (probability >= 1.0) return true;
    constexpr double kScale = 0x1.0p-53;
    return static_cast<double>(random_.next() >> 11) * kScale < probability;
}

std::vector<FaultKind> Faults::active() const {
    std::vector<FaultKind> kinds;
    for (const Active& active : active_) kinds.push_back(active.fault.kind);
    return kinds;
}

}  // namespace ringside::venue_simulator
