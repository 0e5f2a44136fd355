#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringside {

/// One line on standard error that says how far a command is; nothing unless that is a terminal.
class Progress {
  public:
    /// `unit` names what is counted besides the work done, for the rate shown.
    Progress(std::string_view action, std::uint64_t total, std::string_view unit);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    /// `done` of the total, and the number of units so far.
    void update(std::uint64_t done, std::uint64_t units);
    /// Wipes the line, so that other text can be written; the next update draws it again.
    void clear();

    /// The line for a given state.
    static std::string text(std::string_view action, double done, double units_per_second,
                            std::string_view unit, double seconds);

  private:
    using Clock = std::chrono::steady_clock;

    std::string action_;
    std::string unit_;
    std::uint64_t total_;
    bool visible_;
    bool drawn_ = false;
    Clock::time_point start_;
    Clock::time_point next_;
};

}  // namespace ringside
