#pragma once

#include <cstdio>
#include <exception>
#include <new>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/error.hpp"

namespace ringside {

/// What every Ringside program's main() does: reads the command line, runs `body`, and tells a
/// failure on standard error. Returns the exit status, which is `body`'s unless something failed.
template <typename Body>
int run_program(CLI::App& app, int argc, char** argv, Body&& body) {
    const auto failed = [&](ExitCode code, const char* what) {
        fmt::print(stderr, "{}: {}\n", app.get_name(), what);
        return static_cast<int>(code);
    };
    try {
        app.parse(argc, argv);
        return body();
    } catch (const CLI::ParseError& error) {
        const bool asked = app.exit(error) == 0;  // prints the help or the version asked for
        return static_cast<int>(asked ? ExitCode::Ok : ExitCode::Usage);
    } catch (const Error& error) {
        return failed(error.code(), error.what());
    } catch (const std::bad_alloc&) {
        return failed(ExitCode::Io, "out of memory; use shorter inputs");
    } catch (const std::exception& error) {
        return failed(ExitCode::Internal, error.what());
    }
}

}  // namespace ringside
