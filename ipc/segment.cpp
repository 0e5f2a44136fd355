#include "ipc/segment.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include <boost/interprocess/exceptions.hpp>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"
#include "ipc/fault_point.hpp"

namespace ringside::ipc {
namespace {

using layout::SegmentHeader;
using layout::SegmentKind;

/// Lets Boost map a descriptor that is open (and locked) already.
struct OpenFile {
    int fd;
    boost::interprocess::mapping_handle_t get_mapping_handle() const noexcept {
        return {.handle = fd, .is_xsi = false};
    }
};

struct flock whole_file(short type) noexcept {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

/// An open-file-description lock: it ends when the last descriptor of that open file is closed, so
/// other descriptors of the same file in this process do not disturb it.
bool lock_for_life(int fd) noexcept {
    struct flock lock = whole_file(F_WRLCK);
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool locked_by_other(int fd) noexcept {
    struct flock lock = whole_file(F_WRLCK);
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

const std::string& boot_id() {
    static const std::string id = [] {
        std::ifstream file("/proc/sys/kernel/random/boot_id");
        std::string line;
        std::getline(file, line);
        line.resize(std::min(line.size(), sizeof(SegmentHeader::boot_id) - 1));
        return line;
    }();
    return id;
}

std::uint64_t own_start_ticks() {
    std::ifstream file("/proc/self/stat");
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    // Field 22; the second one is the program's name in parentheses and may hold blanks.
    const std::size_t end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos) return 0;
    std::istringstream fields(text.substr(end_of_name + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number) fields >> field;
    return std::strtoull(field.c_str(), nullptr, 10);
}

void copy_text(char* to, std::size_t size, std::string_view text) noexcept {
    std::memcpy(to, text.data(), std::min(size - 1, text.size()));
}

/// Never waits (a named pipe) and never leaves the directory (a link).
int open_segment(const std::string& path, Access access) noexcept {
    return ::open(path.c_str(), (access == Access::ReadWrite ? O_RDWR : O_RDONLY) | O_CLOEXEC |
                                    O_NOFOLLOW | O_NONBLOCK);
}

/// Has the file's pages allocated in large pieces, which happens by touching memory that was
/// marked for it. Whatever is missing afterwards, posix_fallocate adds or refuses.
void reserve_huge_pages(int fd, std::size_t size) noexcept {
    if (ftruncate(fd, static_cast<off_t>(size)) != 0) return;
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return;
    if (madvise(memory, size, MADV_HUGEPAGE) == 0) {
        // Unlike a write of ours, this ends with an error when the file system is full.
        madvise(memory, size, MADV_POPULATE_WRITE);
    }
    munmap(memory, size);
}

/// In a directory that its group may use, so may its files, whatever the umask.
void share_with_group(int fd, const std::string& directory) {
    struct stat status {};
    if (stat(directory.c_str(), &status) != 0 || (status.st_mode & S_IWGRP) == 0) return;
    if (fchown(fd, static_cast<uid_t>(-1), status.st_gid) != 0 || fchmod(fd, 0660) != 0) {
        fail(ExitCode::Io, "cannot give a file in {} to the group of its directory: {}", directory,
             std::strerror(errno));
    }
}

SegmentState check_header(const SegmentHeader& header, SegmentKind kind, std::size_t size) {
    if (header.magic != layout::kMagic || header.byte_order != layout::kByteOrder) {
        return SegmentState::Foreign;
    }
    if (header.layout_version != layout::kLayoutVersion) return SegmentState::OtherVersion;
    if (header.kind != kind || header.size_bytes != size) return SegmentState::Foreign;
    if (std::strncmp(header.boot_id, boot_id().c_str(), sizeof(header.boot_id)) != 0) {
        return SegmentState::OtherBoot;
    }
    return SegmentState::Good;
}

}  // namespace

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
}

Segment::Segment(FileDescriptor fd, std::size_t size, Access access, bool populate)
    : fd_(std::move(fd)) {
    namespace bip = boost::interprocess;
    region_ = bip::mapped_region(OpenFile{fd_.get()},
                                 access == Access::ReadWrite ? bip::read_write : bip::read_only, 0,
                                 size, nullptr, populate ? MAP_POPULATE : 0);
}

Segment Segment::create(const std::string& directory, SegmentKind kind, std::size_t size_bytes,
                        std::string_view label, const SegmentPages& pages) {
    // Without a name until it is complete, and gone by itself if we die before that.
    FileDescriptor fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!fd) {
        fail(ExitCode::Io,
             "cannot make a shared-memory file in {}: {}; RINGSIDE_BUS_ROOT may name "
             "another directory on a tmpfs",
             directory, std::strerror(errno));
    }
    if (!lock_for_life(fd.get())) {
        fail(ExitCode::Io, "cannot lock a file in {}: {}", directory, std::strerror(errno));
    }
    // Without this a full file system would show as SIGBUS at some later write.
    if (pages.huge) reserve_huge_pages(fd.get(), size_bytes);
    if (const int error = posix_fallocate(fd.get(), 0, static_cast<off_t>(size_bytes));
        error != 0) {
        fail(ExitCode::Io,
             "no room for {} KiB of shared memory in {}: {}; free some ('ringside bus clean' "
             "removes what dead services left) or make the file system larger",
             size_bytes / 1024, directory, std::strerror(error));
    }
    share_with_group(fd.get(), directory);
    try {
        Segment segment(std::move(fd), size_bytes, Access::ReadWrite, pages.prefault);
        auto& header = *segment.at<SegmentHeader>(0);
        header.magic = layout::kMagic;
        header.layout_version = layout::kLayoutVersion;
        header.byte_order = layout::kByteOrder;
        header.kind = kind;
        header.creator_pid = getpid();
        header.creator_start_ticks = own_start_ticks();
        header.size_bytes = size_bytes;
        copy_text(header.boot_id, sizeof(header.boot_id), boot_id());
        copy_text(header.label, sizeof(header.label), label);
        pass(FaultPoint::SegmentUnnamed);
        return segment;
    } catch (const boost::interprocess::interprocess_exception& error) {
        fail(ExitCode::Io, "cannot map {} KiB of shared memory in {}: {}", size_bytes / 1024,
             directory, error.what());
    }
}

bool Segment::publish_as(const std::string& path) {
    const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
    if (errno == EEXIST) return false;
    fail(ExitCode::Io, "cannot name the shared-memory file {}: {}", path, std::strerror(errno));
}

std::optional<Segment> Segment::open(const std::string& path, SegmentKind kind, Access access,
                                     SegmentState& state) {
    FileDescriptor fd(open_segment(path, access));
    if (!fd) {
        if (errno == EACCES || errno == EPERM) {
            state = SegmentState::Forbidden;
            return std::nullopt;
        }
        if (errno == ELOOP || errno == EISDIR || errno == ENXIO) {
            state = SegmentState::Foreign;
            return std::nullopt;
        }
        if (errno != ENOENT && errno != ENOTDIR) {
            fail(ExitCode::Io, "cannot open {}: {}", path, std::strerror(errno));
        }
        state = SegmentState::Missing;
        return std::nullopt;
    }
    // Read before it is mapped: a file shorter than its header says would be SIGBUS.
    SegmentHeader header{};
    struct stat status {};
    const bool whole = fstat(fd.get(), &status) == 0 &&
                       pread(fd.get(), &header, sizeof(header), 0) == sizeof(header);
    state = whole ? check_header(header, kind, static_cast<std::size_t>(status.st_size))
                  : SegmentState::Foreign;
    if (state != SegmentState::Good) return std::nullopt;
    try {
        return Segment(std::move(fd), header.size_bytes, access);
    } catch (const boost::interprocess::interprocess_exception& error) {
        fail(ExitCode::Io, "cannot map {}: {}", path, error.what());
    }
}

bool Segment::owner_alive() const noexcept { return locked_by_other(fd_.get()); }

bool segment_owner_alive(const std::string& path) noexcept {
    const FileDescriptor fd(open_segment(path, Access::ReadOnly));
    return fd && locked_by_other(fd.get());
}

}  // namespace ringside::ipc
