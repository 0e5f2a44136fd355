#include "core/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>

namespace ringside {

void set_up_log(const char* program, bool quiet) {
    spdlog::set_default_logger(spdlog::stderr_color_mt(program));
    if (quiet) spdlog::set_level(spdlog::level::warn);
    spdlog::set_pattern("%H:%M:%S.%e %n %^%l%$: %v");
}

}  // namespace ringside
