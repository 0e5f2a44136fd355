#include "connectord/journal_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connectord/order_journal.hpp"
#include "core/error.hpp"

namespace ringside::connectord {

namespace {

[[noreturn]] void give_up(const std::string& name, const char* action, int error) {
    fail(ExitCode::Io, "{}: cannot {}: {}", name, action, std::strerror(error));
}

/// Reserves the blocks of a new file and makes its name durable.
void reserve(const std::filesystem::path& path, int fd, std::size_t size) {
    if (const int error = posix_fallocate(fd, 0, static_cast<off_t>(size)); error != 0) {
        if (ftruncate(fd, 0) != 0) give_up(path.string(), "give back its blocks", errno);
        give_up(path.string(), "reserve room for the order journal", error);
    }
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    const ipc::FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || fsync(fd) != 0 || fsync(directory.get()) != 0) {
        give_up(path.string(), "write to disk", errno);
    }
}

}  // namespace

JournalFile::JournalFile(const std::filesystem::path& path, std::size_t records)
    : name_(path.string()) {
    fd_ = ipc::FileDescriptor(::open(name_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd_) give_up(name_, "open the order journal", errno);
    if (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        fail(ExitCode::Usage,
             "{}: another connectord uses this order journal; one account and prefix has one "
             "journal and one connectord",
             name_);
    }
    struct stat status {};
    if (fstat(fd_.get(), &status) != 0) give_up(name_, "read", errno);
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ == 0) {
        size_ = OrderJournal::bytes(records);
        reserve(path, fd_.get(), size_);
    }
    void* memory =
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_.get(), 0);
    if (memory == MAP_FAILED) give_up(name_, "map", errno);
    memory_ = static_cast<std::byte*>(memory);
}

JournalFile::~JournalFile() { munmap(memory_, size_); }

void JournalFile::sync() {
    if (msync(memory_, size_, MS_SYNC) != 0) give_up(name_, "write to disk", errno);
}

}  // namespace ringside::connectord
