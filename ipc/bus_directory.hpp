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

/// Fails (Bus): the bus is another user's and not shared with this one.
[[noreturn]] void fail_forbidden_bus(std::string_view bus);

/// A bus's directory, made if need be and locked against other services that start or end. Held for
/// the moment of setting up or clearing away, never while a service runs.
class BusDirectoryLock {
  public:
    /// Makes it usable by members of `group` unless that is empty. Fails (Io) if the root is
    /// another user's private one.
    explicit BusDirectoryLock(std::string_view bus, const std::string& group = {});
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

/// What became of a bus directory.
struct Cleaning {
    enum class Outcome {
        Live,     ///< its service runs: nothing was touched
        Removed,  ///< its service was dead, or there was none
        Failed,   ///< could not be removed
    };
    std::string bus;
    Outcome outcome = Outcome::Live;
    std::string reason{};     ///< why it was taken for dead, or could not be removed
    std::uint64_t bytes = 0;  ///< of its files
    unsigned files = 0;
};

/// Removes what a service that died left behind, whatever its layout; a live one is never harmed.
/// `dry_run`: only says what would be done.
Cleaning clean_bus(const std::string& bus, bool dry_run = false);

/// Does so for all buses; the names of those that were removed.
std::vector<std::string> remove_dead_buses();

}  // namespace ringside::ipc
