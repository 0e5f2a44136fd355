#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/segment.hpp"

/// Where buses lie: <root>/<bus>/{control,md,session-NNN}.
namespace ringside::ipc {

/// /dev/shm/ringside, or what the environment variable RINGSIDE_BUS_ROOT says.
std::string bus_root();

/// Directory of a bus. Fails (Usage) on a name that is not 1-48 of [A-Za-z0-9._-] or begins with a
/// dot.
std::string bus_path(std::string_view bus);

std::string control_path(std::string_view bus);
std::string md_path(std::string_view bus);
std::string session_path(std::string_view bus, std::uint32_t slot);

/// Buses whose service runs, by name.
std::vector<std::string> live_buses();

/// Every bus directory there is, dead ones too, by name.
std::vector<std::string> all_buses();

/// Fails (Bus) with the name that was not found and the names that would have been.
[[noreturn]] void fail_unknown_bus(std::string_view bus);

/// A bus's directory, made if need be and locked against other services that start or end. Held for
/// the moment of setting up or clearing away, never while a service runs.
class BusDirectoryLock {
  public:
    explicit BusDirectoryLock(std::string_view bus);
    BusDirectoryLock(const BusDirectoryLock&) = delete;
    BusDirectoryLock& operator=(const BusDirectoryLock&) = delete;

    /// Removes the names of all segments. Whoever has one mapped keeps it.
    void clear() const;
    /// Removes the directory if it is empty.
    void remove() const;

  private:
    std::string path_;
    FileDescriptor fd_;
};

/// Removes what services that died left behind; the names of their buses.
std::vector<std::string> remove_dead_buses();

}  // namespace ringside::ipc
