#include "core/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace ringside {

void log_line(LogLevel level, std::string_view text) {
    spdlog::log(level == LogLevel::Info ? spdlog::level::info : spdlog::level::warn, text);
}

void set_up_log(const char* program, bool quiet) {
    spdlog::set_default_logger(spdlog::stderr_color_mt(program));
    if (quiet) spdlog::set_level(spdlog::level::warn);
    spdlog::set_pattern("%H:%M:%S.%e %n %^%l%$: %v");
}

}  // namespace ringside
