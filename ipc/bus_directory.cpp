#include "ipc/bus_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ringside::ipc {
namespace {

namespace fs = std::filesystem;

bool is_bus_name(std::string_view name) {
    constexpr std::string_view kAllowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return !name.empty() && name.size() <= 48 && name.front() != '.' &&
           name.find_first_not_of(kAllowed) == std::string_view::npos;
}

void make_private_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        fail(ExitCode::Io,
             "cannot make the directory {}: {}; RINGSIDE_BUS_ROOT may name another place", path,
             std::strerror(errno));
    }
}

/// Whether the descriptor still is what the path names.
bool same_file(int fd, const std::string& path) {
    struct stat by_fd {};
    struct stat by_path {};
    return fstat(fd, &by_fd) == 0 && stat(path.c_str(), &by_path) == 0 &&
           by_fd.st_ino == by_path.st_ino && by_fd.st_dev == by_path.st_dev;
}

}  // namespace

std::string bus_root() {
    const char* root = std::getenv("RINGSIDE_BUS_ROOT");
    return root != nullptr && *root != '\0' ? root : "/dev/shm/ringside";
}

std::string bus_path(std::string_view bus) {
    if (!is_bus_name(bus)) {
        fail(ExitCode::Usage,
             "'{}' cannot name a bus: use 1 to 48 letters, digits, '.', '_' or '-', "
             "not beginning with a dot",
             bus);
    }
    return fmt::format("{}/{}", bus_root(), bus);
}

std::string control_path(std::string_view bus) { return bus_path(bus) + "/control"; }
std::string md_path(std::string_view bus) { return bus_path(bus) + "/md"; }
std::string session_path(std::string_view bus, std::uint32_t slot) {
    return fmt::format("{}/session-{:03}", bus_path(bus), slot);
}

std::vector<std::string> all_buses() {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(bus_root(), none)) {
        std::string name = entry.path().filename();
        if (is_bus_name(name) && entry.is_directory(none)) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> live_buses() {
    std::vector<std::string> names = all_buses();
    std::erase_if(names,
                  [](const std::string& bus) { return !segment_owner_alive(control_path(bus)); });
    return names;
}

void fail_unknown_bus(std::string_view bus) {
    const std::vector<std::string> names = live_buses();
    if (names.empty()) {
        fail(ExitCode::Bus, "no bus '{}' under {}, nor any other: is its service running?", bus,
             bus_root());
    }
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    fail(ExitCode::Bus, "no bus '{}' under {}; there are: {}", bus, bus_root(), list);
}

BusDirectoryLock::BusDirectoryLock(std::string_view bus) : path_(bus_path(bus)) {
    for (;;) {
        make_private_directory(bus_root());
        make_private_directory(path_);
        FileDescriptor fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!fd) {
            if (errno == ENOENT) continue;  // an ending service has just removed it
            fail(ExitCode::Io, "cannot open the directory {}: {}", path_, std::strerror(errno));
        }
        if (flock(fd.get(), LOCK_EX) != 0) {
            if (errno == EINTR) continue;
            fail(ExitCode::Io, "cannot lock the directory {}: {}", path_, std::strerror(errno));
        }
        // The lock counts only if the directory was not removed while we waited for it.
        if (!same_file(fd.get(), path_)) continue;
        fd_ = std::move(fd);
        return;
    }
}

void BusDirectoryLock::clear() const {
    std::error_code none;
    // Control goes first: nobody can find the rest without it.
    fs::remove(path_ + "/control", none);
    for (const auto& entry : fs::directory_iterator(path_, none)) fs::remove(entry.path(), none);
}

void BusDirectoryLock::remove() const { rmdir(path_.c_str()); }

std::vector<std::string> remove_dead_buses() {
    std::vector<std::string> removed;
    for (const std::string& bus : all_buses()) {
        const BusDirectoryLock lock(bus);
        if (segment_owner_alive(control_path(bus))) continue;
        lock.clear();
        lock.remove();
        removed.push_back(bus);
    }
    return removed;
}

}  // namespace ringside::ipc
