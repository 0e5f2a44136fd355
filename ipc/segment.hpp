#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/interprocess/mapped_region.hpp>

#include "ipc/layout.hpp"

namespace ringside::ipc {

/// An open file descriptor; closed with its owner.
class FileDescriptor {
  public:
    FileDescriptor() noexcept = default;
    explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~FileDescriptor();
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

enum class Access { ReadOnly, ReadWrite };

/// What stands between a file and its use as a segment.
enum class SegmentState {
    Good,
    Missing,
    Forbidden,     ///< another user's
    Foreign,       ///< not a segment, or of another kind or size than its header says
    OtherVersion,  ///< of a build with another layout
    OtherBoot,     ///< left over from before the machine was restarted
};

/// How a segment's pages are had.
struct SegmentPages {
    bool prefault = true;  ///< touch them at the start, 4 to 5 us each that are not paid later
    /// Ask for pages of 2 MiB; the system may not have them, and then they are small ones.
    bool huge = false;
};

/// A file in a bus directory, mapped. Its creator holds a lock on it that the kernel releases when
/// the creator ends in whatever way, and by that lock everybody knows whether a segment is alive.
class Segment {
  public:
    Segment() noexcept = default;

    /// Makes a segment without a name: zeroed, all of its pages reserved, locked by this process,
    /// open to the directory's group if that is. Fails (Io) when the file system is full.
    static Segment create(const std::string& directory, layout::SegmentKind kind,
                          std::size_t size_bytes, std::string_view label,
                          const SegmentPages& pages = {});
    /// Gives it a name in its directory; false if there is such a name already.
    bool publish_as(const std::string& path);

    /// Maps an existing segment; empty with the reason in `state` if it is not usable. Whatever
    /// the file holds, this neither follows nor changes it.
    static std::optional<Segment> open(const std::string& path, layout::SegmentKind kind,
                                       Access access, SegmentState& state);

    /// Whether the creating process lives. One system call.
    bool owner_alive() const noexcept;

    const layout::SegmentHeader& header() const noexcept { return *at<layout::SegmentHeader>(0); }
    std::size_t size() const noexcept { return region_.get_size(); }

    /// The struct at this offset. The mapping keeps its address when the Segment moves.
    template <typename T>
    T* at(std::size_t offset) const noexcept {
        return reinterpret_cast<T*>(static_cast<std::byte*>(region_.get_address()) + offset);
    }
    explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

  private:
    Segment(FileDescriptor fd, std::size_t size, Access access, bool populate = true);

    FileDescriptor fd_;
    boost::interprocess::mapped_region region_;
};

/// Whether the process that created this file as a segment lives; false if it is no segment.
bool segment_owner_alive(const std::string& path) noexcept;

}  // namespace ringside::ipc
