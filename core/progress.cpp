#include "core/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace ringside {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24;

}  // namespace

Progress::Progress(std::string_view action, std::uint64_t total, std::string_view unit)
    : action_(action),
      unit_(unit),
      total_(std::max<std::uint64_t>(total, 1)),
      visible_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      next_(start_ + kInterval) {}

Progress::~Progress() { clear(); }

void Progress::update(std::uint64_t done, std::uint64_t units) {
    if (!visible_) return;
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    fmt::print(stderr, "\r{}\x1b[K",
               text(action_, part, static_cast<double>(units) / seconds, unit_, seconds));
    std::fflush(stderr);
    drawn_ = true;
}

void Progress::clear() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    drawn_ = false;
}

std::string Progress::text(std::string_view action, double done, double units_per_second,
                           std::string_view unit, double seconds) {
    const int filled = static_cast<int>(done * kBarWidth);
    std::string line = fmt::format("{} [{:=<{}}{: <{}}] {:3.0f} %  {:.0f} {}/s", action, "", filled,
                                   "", kBarWidth - filled, done * 100.0, units_per_second, unit);
    if (done > 0.0) line += fmt::format("  {:.0f} s left", seconds * (1.0 - done) / done);
    return line;
}

}  // namespace ringside
