#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace ringside {

struct BusTopOptions {
    std::string bus;
    bool once = false;
    bool json = false;
    int interval_ms = 500;
};

/// What the keys of the full-screen table change.
struct BusTopView {
    enum class Sort { Slot, Name, Requests, Lag, Cpu, Count };
    Sort sort = Sort::Slot;
    bool paused = false;
};

/// Shows processes, rings, rates, lag, overruns, stalls, signs of life and books, over and over or
/// once. Needs nobody's cooperation.
void bus_top(const BusTopOptions& options);

/// One table, as wide as the terminal, of what bus_top() found out.
std::string render_top(const nlohmann::ordered_json& look, const BusTopView& view);

}  // namespace ringside
