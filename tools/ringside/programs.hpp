#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ringside {

/// Path of one of our programs: beside this one, in its place in a build tree, or on PATH. Fails
/// (Usage) with the places that were looked at.
std::filesystem::path find_program(std::string_view name);

/// Python interpreter: $RINGSIDE_PYTHON, or python3 on PATH.
std::filesystem::path find_python();

/// Folder to put on PYTHONPATH so that the package `ringside` is found: $RINGSIDE_PYTHONPATH, or
/// the source tree this program was built from; empty where it is installed.
std::string python_path();

}  // namespace ringside
