#include "core/input_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ringside {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

class FileStream final : public ByteStream {
  public:
    explicit FileStream(std::shared_ptr<const InputFile> file) : file_(std::move(file)) {}

    std::size_t read(std::span<std::byte> out) override {
        // What is appended to the file from now on is not part of the stream.
        const std::uint64_t left = file_->size_bytes() - offset_;
        const std::size_t count =
            file_->read_at(offset_, out.first(std::min<std::uint64_t>(out.size(), left)));
        offset_ += count;
        return count;
    }
    const std::string& name() const noexcept override { return file_->name(); }

  private:
    std::shared_ptr<const InputFile> file_;
    std::uint64_t offset_ = 0;
};

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : name_(path.string()) {
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) {
        const int error = errno;
        const bool absent = error == ENOENT || error == ENOTDIR;
        fail(absent ? ExitCode::Data : ExitCode::Io, "{}: cannot open: {}", name_, reason(error));
    }
    struct stat status {};
    const int error = ::fstat(fd_, &status) != 0 ? errno : 0;
    if (error != 0 || !S_ISREG(status.st_mode)) {
        ::close(fd_);
        if (error != 0) fail(ExitCode::Io, "{}: cannot examine: {}", name_, reason(error));
        fail(ExitCode::Data, "{}: not a regular file", name_);
    }
    size_bytes_ = static_cast<std::uint64_t>(status.st_size);
    ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

InputFile::~InputFile() { ::close(fd_); }

std::size_t InputFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    std::size_t filled = 0;
    while (filled < out.size()) {
        const ssize_t count = ::pread(fd_, out.data() + filled, out.size() - filled,
                                      static_cast<off_t>(offset + filled));
        if (count == 0) break;
        if (count > 0) {
            filled += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            fail(ExitCode::Io, "{}: cannot read at byte {}: {}", name_, offset + filled,
                 reason(errno));
        }
    }
    return filled;
}

std::unique_ptr<ByteStream> stream_of(std::shared_ptr<const InputFile> file) {
    return std::make_unique<FileStream>(std::move(file));
}

}  // namespace ringside
