#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ringside {

enum class LogLevel : std::uint8_t { Info, Warning };

void log_line(LogLevel level, std::string_view text);

/// Messages for the operator, on stderr. Not for hot paths.
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::Info, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::Warning, fmt::format(format, std::forward<Args>(args)...));
}

/// Sends log lines to stderr, each with time, program and level; quiet: warnings and worse only.
void set_up_log(const char* program, bool quiet = false);

}  // namespace ringside
