#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ringside {

/// Exit status of every Ringside program.
enum class ExitCode : int {
    Ok = 0,
    Internal = 1,   ///< a defect of ours
    Usage = 2,      ///< command line or configuration
    Data = 3,       ///< an input file is missing, damaged or of the wrong kind
    Io = 4,         ///< the system refused: disk full, no permission, no shared memory
    Bus = 5,        ///< no such bus, or its name is in use
    VenueLost = 6,  ///< the venue service ended while a bot was using it
    BotLost = 7,    ///< a bot ended while its venue service was serving it
};

/// A failure that set-up code reports to the person at the keyboard: what, where, and the fix.
/// Thrown outside hot paths only; outcomes of requests are values.
class Error : public std::runtime_error {
  public:
    Error(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
    ExitCode code() const noexcept { return code_; }

  private:
    ExitCode code_;
};

template <typename... Args>
[[noreturn]] void fail(ExitCode code, fmt::format_string<Args...> format, Args&&... args) {
    throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace ringside
