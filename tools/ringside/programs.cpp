#include "tools/ringside/programs.hpp"

#define BOOST_PROCESS_USE_STD_FS 1
#include <cstdlib>

#include <boost/process/child.hpp>
#include <boost/process/search_path.hpp>

#include "core/error.hpp"

namespace ringside {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    return !error && fs::is_regular_file(status) &&
           (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
}

}  // namespace

fs::path find_program(std::string_view name) {
    if (name.find('/') != std::string_view::npos) {
        if (is_program(name)) return name;
        fail(ExitCode::Usage, "{}: no such program", name);
    }
    const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
    for (const fs::path& folder :
         {here, here.parent_path() / "engine", here.parent_path() / "botkit"}) {
        if (is_program(folder / name)) return folder / name;
    }
    const fs::path found = boost::process::search_path(std::string(name));
    if (!found.empty()) return found;
    fail(ExitCode::Usage, "{}: not found beside {} nor on PATH; name the program by its path", name,
         here.string());
}

fs::path find_python() {
    const char* named = std::getenv("RINGSIDE_PYTHON");
    if (named != nullptr && *named != '\0') return named;
    const fs::path found = boost::process::search_path("python3");
    if (found.empty()) {
        fail(ExitCode::Usage, "python3 is not on PATH: install it, or name one in RINGSIDE_PYTHON");
    }
    return found;
}

std::string python_path() {
    const char* named = std::getenv("RINGSIDE_PYTHONPATH");
    if (named != nullptr) return named;
    return fs::exists(RINGSIDE_SOURCE_PYTHON) ? RINGSIDE_SOURCE_PYTHON : "";
}

}  // namespace ringside
