#include "collectord/segment_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include "core/error.hpp"

namespace ringside::collectord {

namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kSameNameMax = 1000;

}  // namespace

struct SegmentFile::Deflate {
    explicit Deflate(int level) {
        if (::deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) !=
            Z_OK) {
            fail(ExitCode::Internal, "zlib could not be started");
        }
    }
    Deflate(const Deflate&) = delete;
    Deflate& operator=(const Deflate&) = delete;
    ~Deflate() { ::deflateEnd(&stream); }

    z_stream stream{};
    std::array<unsigned char, 64 * 1024> output{};
};

SegmentFile::SegmentFile(const std::filesystem::path& directory, std::string_view stem,
                         Nanos opened_ts, int level)
    : deflate_(std::make_unique<Deflate>(level)) {
    const std::string name = fmt::format(
        "{}_{:%Y%m%dT%H%M%S}Z", stem, fmt::gmtime(static_cast<std::time_t>(opened_ts / kSecond)));
    for (int n = 0; fd_ < 0 && n < kSameNameMax; ++n) {
        path_ = directory / (n == 0 ? name + ".gz" : fmt::format("{}_{}.gz", name, n));
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

void SegmentFile::write(std::string_view text) { deflate(text, Z_NO_FLUSH); }

void SegmentFile::flush() { deflate({}, Z_FULL_FLUSH); }

void SegmentFile::finish() {
    deflate({}, Z_FINISH);
    // A name that lasts, too, would need the directory synced; the bytes are what is dear.
    if (::fdatasync(fd_) != 0) {
        fail(ExitCode::Io, "{}: {}", path_.string(), std::strerror(errno));
    }
    ::close(fd_);
    fd_ = -1;
}

void SegmentFile::deflate(std::string_view text, int mode) {
    z_stream& stream = deflate_->stream;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    do {
        stream.next_out = deflate_->output.data();
        stream.avail_out = static_cast<uInt>(deflate_->output.size());
        ::deflate(&stream, mode);
        put(deflate_->output.data(), deflate_->output.size() - stream.avail_out);
    } while (stream.avail_out == 0);
}

void SegmentFile::put(const unsigned char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t done = ::write(fd_, bytes, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            fail(ExitCode::Io, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
        }
        bytes += done;
        size -= static_cast<std::size_t>(done);
    }
}

}  // namespace ringside::collectord
