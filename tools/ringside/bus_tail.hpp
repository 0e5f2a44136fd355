#pragma once

#include <string>

namespace ringside {

struct BusTailOptions {
    std::string bus;
    std::string ring = "all";  ///< all, md, requests or responses
    bool json = false;
    bool follow = true;     ///< go on until the service ends; false: what the rings hold now
    bool from_now = false;  ///< skip what the rings hold already
};

/// Prints every frame on the rings of a bus, as an observer that holds nobody back. Frames that
/// were overwritten before they could be read are counted in a line of their own.
void bus_tail(const BusTailOptions& options);

/// Prints each bus: its service, clock, instruments and sessions.
void bus_list(bool json);

}  // namespace ringside
