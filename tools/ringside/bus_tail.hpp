#pragma once

#include <cstdint>
#include <string>

#include "tools/ringside/bus_filter.hpp"

namespace ringside {

struct BusTailOptions {
    std::string bus;
    std::string journal;  ///< read this file instead of a bus
    BusFilterOptions filter;
    bool json = false;
    bool follow = true;     ///< go on until the service ends; false: what the rings hold now
    bool from_now = false;  ///< skip what the rings hold already
};

/// Prints what crosses a bus, as an observer that holds nobody back, or what a journal holds. The
/// messages that one look finds on all rings come in the order of their times, so that both sides
/// of an order's life read as one story.
void bus_tail(const BusTailOptions& options);

struct BusRecordOptions {
    std::string bus;
    std::string output;
    bool from_now = false;
};

/// Writes all that crosses a bus to a journal until the service ends or the program is told to stop
/// (SIGINT, SIGTERM).
void bus_record(const BusRecordOptions& options);

/// Prints each bus: its service, clock, instruments and sessions.
void bus_list(bool json);

/// Prints every word of a bus's segments, whatever state they are in.
void bus_dump(const std::string& bus, bool json);

/// Removes what dead services left, of one bus or of all, and says what.
void bus_clean(const std::string& bus, bool dry_run, bool json);

}  // namespace ringside
