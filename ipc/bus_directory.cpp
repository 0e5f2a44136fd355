#include "ipc/bus_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
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

/// In a place where every user may make directories, one that is there already must be ours, or
/// shared with us by its group, before anything of ours goes into it.
void make_directory(const std::string& path, const std::string& group, mode_t group_bits) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        fail(ExitCode::Io,
             "cannot make the directory {}: {}; RINGSIDE_BUS_ROOT may name another place", path,
             std::strerror(errno));
    }
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return;  // an ending service has just removed it
    if (!S_ISDIR(status.st_mode)) {
        fail(ExitCode::Io, "{} is not a directory: remove it, or set RINGSIDE_BUS_ROOT", path);
    }
    if (status.st_uid != geteuid()) {
        const bool shared = (status.st_mode & S_IWGRP) != 0 && (status.st_mode & S_IWOTH) == 0;
        if (shared && euidaccess(path.c_str(), W_OK | X_OK) == 0 && geteuid() != 0) return;
        fail(ExitCode::Io,
             "{} belongs to another user (uid {}): set RINGSIDE_BUS_ROOT to a place of your own",
             path, status.st_uid);
    }
    if (group.empty()) return;
    const struct group* entry = getgrnam(group.c_str());
    if (entry == nullptr) fail(ExitCode::Usage, "there is no group '{}'", group);
    if (chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0 ||
        chmod(path.c_str(), 0700 | group_bits) != 0) {
        fail(ExitCode::Io, "cannot give {} to the group '{}': {}; are you a member of it?", path,
             group, std::strerror(errno));
    }
}

/// Why nobody holds the lock of this control segment.
std::string death_of(const std::string& path) {
    SegmentState state = SegmentState::Missing;
    const auto segment = Segment::open(path, layout::SegmentKind::Control, Access::ReadOnly, state);
    switch (state) {
        case SegmentState::Good:
            return fmt::format("its service, pid {}, has ended", segment->header().creator_pid);
        case SegmentState::Missing:
            return "it has no control segment";
        case SegmentState::Forbidden:
            return "its control segment is another user's, who holds no lock on it";
        case SegmentState::Foreign:
            return "its control segment is damaged or is none";
        case SegmentState::OtherVersion:
            return "its service, of another release, has ended";
        case SegmentState::OtherBoot:
            return "it is from before the machine was restarted";
    }
    return "";
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

void fail_forbidden_bus(std::string_view bus) {
    fail(ExitCode::Bus,
         "bus '{}' under {} belongs to another user: ask for its service to be started with a "
         "group that you are a member of",
         bus, bus_root());
}

BusDirectoryLock::BusDirectoryLock(std::string_view bus, const std::string& group)
    : path_(bus_path(bus)) {
    for (;;) {
        make_directory(bus_root(), group, S_IRGRP | S_IXGRP);
        // Bots of the group make their sessions here; with its group on all files (setgid).
        make_directory(path_, group, S_ISGID | S_IRWXG);
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

Cleaning clean_bus(const std::string& bus, bool dry_run) {
    Cleaning cleaning{.bus = bus};
    try {
        // A service that is just setting up or clearing away holds this lock.
        const BusDirectoryLock lock(bus);
        if (segment_owner_alive(control_path(bus))) return cleaning;
        cleaning.reason = death_of(control_path(bus));
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(bus_path(bus), none)) {
            std::error_code no_size;
            const auto bytes = entry.file_size(no_size);
            ++cleaning.files;
            if (!no_size) cleaning.bytes += bytes;
        }
        cleaning.outcome = Cleaning::Outcome::Removed;
        if (dry_run) return cleaning;
        lock.clear();
        lock.remove();
        if (fs::exists(bus_path(bus), none)) {
            cleaning.outcome = Cleaning::Outcome::Failed;
            cleaning.reason = "some of its files cannot be removed";
        }
    } catch (const Error& error) {
        cleaning.outcome = Cleaning::Outcome::Failed;
        cleaning.reason = error.what();
    }
    return cleaning;
}

std::vector<std::string> remove_dead_buses() {
    std::vector<std::string> removed;
    for (const std::string& bus : all_buses()) {
        if (clean_bus(bus).outcome == Cleaning::Outcome::Removed) removed.push_back(bus);
    }
    return removed;
}

}  // namespace ringside::ipc
