#include "collectord/segment_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ringside::collectord {

namespace {

constexpr int kSameNameMax = 1000;

}  // namespace

SegmentFile::SegmentFile(const std::filesystem::path& directory, std::string_view stem,
                         Nanos opened_ts, Compression compression, int level)
    : packer_(make_packer(compression, level)) {
    const std::string name = fmt::format(
        "{}_{:%Y%m%dT%H%M%S}Z", stem, fmt::gmtime(static_cast<std::time_t>(opened_ts / kSecond)));
    const std::string_view suffix = suffix_of(compression);
    for (int n = 0; fd_ < 0 && n < kSameNameMax; ++n) {
        path_ = directory / (n == 0 ? fmt::format("{}{}", name, suffix)
                                    : fmt::format("{}_{}{}", name, n, suffix));
        fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd_ < 0 && errno != EEXIST) break;
    }
    if (fd_ < 0) {
        fail(ExitCode::Io, "{}: cannot be created: {}", path_.string(), std::strerror(errno));
    }
}

SegmentFile::~SegmentFile() {
    if (fd_ >= 0) ::close(fd_);
}

void SegmentFile::write(std::string_view text) { pack(text, Packer::Then::GoOn); }

void SegmentFile::flush() { pack({}, Packer::Then::Flush); }

void SegmentFile::finish() {
    pack({}, Packer::Then::End);
    // A name that lasts, too, would need the directory synced; the bytes are what is dear.
    if (::fdatasync(fd_) != 0) {
        fail(ExitCode::Io, "{}: {}", path_.string(), std::strerror(errno));
    }
    ::close(fd_);
    fd_ = -1;
}

void SegmentFile::pack(std::string_view text, Packer::Then then) {
    packer_->pack(text, then, [this](std::span<const std::byte> bytes) { put(bytes); });
}

void SegmentFile::put(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            const int error = errno;
            fail(ExitCode::Io,
                 "{}: cannot be written: {}; what was flushed before can be read with "
                 "--allow-truncated",
                 path_.string(), std::strerror(error));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
}

}  // namespace ringside::collectord
