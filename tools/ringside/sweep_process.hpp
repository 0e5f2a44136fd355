#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tools/ringside/sweep_plan.hpp"

namespace ringside {

/// A process of the bot's program that runs some sets of a sweep; ended with its scope.
class SweepProcess {
  public:
    enum class Task { Check, Run };
    SweepProcess(const SweepPlan& plan, std::vector<std::size_t> sets, Task task);
    SweepProcess(const SweepProcess&) = delete;
    SweepProcess& operator=(const SweepProcess&) = delete;
    ~SweepProcess();

    /// Readable when there is more to read(); the end of it is the end of the process.
    int fd() const noexcept { return fd_; }
    /// Appends the lines that have come; false at their end.
    bool read(std::vector<std::string>& lines);
    /// Waits for its end. Exit status, or minus the signal.
    int wait();

    std::vector<std::size_t> sets;  ///< not answered yet
    std::size_t size;               ///< how many there were
    std::uint64_t rows = 0;         ///< of the data that it has passed

  private:
    int fd_ = -1;
    pid_t pid_ = 0;
    std::string partial_;
};

}  // namespace ringside
