#include "tools/ringside/clock_line.hpp"

#include <cmath>

namespace ringside {

void ClockLine::halve() {
    for (std::size_t i = 0; i < lowest_.size(); i += 2) {
        const Point& second = i + 1 < lowest_.size() ? lowest_[i + 1] : lowest_[i];
        lowest_[i / 2] = second.latency < lowest_[i].latency ? second : lowest_[i];
    }
    lowest_.resize((lowest_.size() + 1) / 2);
    width_ *= 2;
}

std::optional<ClockLine::Fit> ClockLine::fit() const {
    std::vector<Point> hull;
    for (const Point& point : lowest_) {
        if (point.latency == kNever) continue;
        // Whether the last point of the hull lies on or above the line past it.
        const auto is_above = [&] {
            const Point& a = hull[hull.size() - 2];
            const Point& b = hull.back();
            const auto run = [](const Point& from, const Point& to) {
                return static_cast<long double>(to.x - from.x);
            };
            const auto rise = [](const Point& from, const Point& to) {
                return static_cast<long double>(to.latency - from.latency);
            };
            return rise(a, b) * run(a, point) >= rise(a, point) * run(a, b);
        };
        while (hull.size() >= 2 && is_above()) hull.pop_back();
        hull.push_back(point);
    }
    if (hull.size() < 2) return std::nullopt;
    std::size_t edge = 1;
    while (edge + 1 < hull.size() && static_cast<double>(hull[edge].x) < mean_) ++edge;
    const Point& from = hull[edge - 1];
    const Point& to = hull[edge];
    const double slope =
        static_cast<double>(to.latency - from.latency) / static_cast<double>(to.x - from.x);
    const Nanos first = hull.front().x;
    return Fit{.offset = from.latency + std::llround(slope * static_cast<double>(first - from.x)),
               .drift_ppm = slope * 1e6,
               .span = hull.back().x - first};
}

}  // namespace ringside
