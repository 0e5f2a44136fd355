#include "core/atomic_file.hpp"

#include <atomic>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "core/check.hpp"
#include "core/error.hpp"

namespace ringside {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBufferBytes = 256 * 1024;

/// Unique among the living: no two processes share an id, no two files of one process a number.
fs::path temporary_beside(const fs::path& path) {
    static std::atomic<unsigned> number{0};
    return path.parent_path() / fmt::format(".{}.{}-{}.tmp", path.filename().string(), ::getpid(),
                                            number.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : name_(path.string()) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        fail(ExitCode::Io, "{}: cannot write: exists and is not a regular file", name_);
    }
    // A link keeps pointing where it did: the file behind it is the one replaced.
    path_ = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
    if (error && error != std::errc::no_such_file_or_directory) {
        fail(ExitCode::Io, "{}: cannot write: {}", name_, error.message());
    }
    temporary_ = temporary_beside(path_);
    buffer_.reserve(kBufferBytes);
    // A leftover of a killed process whose id came around again is nobody's.
    ::unlink(temporary_.c_str());
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0) {
        fail(ExitCode::Io, "{}: cannot create {}: {}", name_, temporary_.string(),
             std::generic_category().message(errno));
    }
}

AtomicFile::~AtomicFile() { remove_temporary(); }

void AtomicFile::append(std::span<const std::byte> bytes) {
    if (buffer_.size() + bytes.size() > kBufferBytes) flush();
    if (bytes.size() >= kBufferBytes) {
        write_at(written_, bytes);
        written_ += bytes.size();
    } else {
        buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    }
}

void AtomicFile::patch(std::uint64_t offset, std::span<const std::byte> bytes) {
    flush();
    RINGSIDE_CHECK(offset + bytes.size() <= written_);
    write_at(offset, bytes);
}

void AtomicFile::commit() {
    flush();
    if (::fsync(fd_) != 0) give_up("write", errno);
    const int closed = ::close(std::exchange(fd_, -1));
    if (closed != 0) give_up("write", errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) give_up("rename the finished", errno);
    temporary_.clear();
    // The data are safe under the new name only once the directory is; a file system that cannot
    // sync directories gives what it can.
    const fs::path directory = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
    const int directory_fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd >= 0) {
        ::fsync(directory_fd);
        ::close(directory_fd);
    }
}

void AtomicFile::flush() {
    write_at(written_, buffer_);
    written_ += buffer_.size();
    buffer_.clear();
}

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (fd_ < 0) fail(ExitCode::Io, "{}: an earlier write failed; write the file anew", name_);
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0) {
            if (errno == EINTR) continue;
            give_up("write", errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

void AtomicFile::give_up(const char* action, int error) {
    remove_temporary();
    fail(ExitCode::Io, "{}: cannot {} file: {}; nothing was kept, an earlier file is unchanged",
         name_, action, std::generic_category().message(error));
}

void AtomicFile::remove_temporary() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
}

}  // namespace ringside
