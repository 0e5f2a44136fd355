#pragma once

#include <utility>

#include <spdlog/spdlog.h>

namespace ringside {

/// Messages for the operator, on stderr. Not for hot paths.
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
    spdlog::info(format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
    spdlog::warn(format, std::forward<Args>(args)...);
}

/// Sends log lines to stderr, each with time, program and level; quiet: warnings and worse only.
void set_up_log(const char* program, bool quiet = false);

}  // namespace ringside
