#include "core/net/secret.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"

namespace ringside::net {

namespace {

constexpr std::size_t kMaxBytes = 64 * 1024;  // the longest keys in PEM are a few KiB

struct Descriptor {
    int fd;
    explicit Descriptor(int value) : fd(value) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

void check_keeping(const Descriptor& file, const std::string& name) {
    struct stat status {};
    if (::fstat(file.fd, &status) != 0) {
        fail(ExitCode::Usage, "{}: {}", name, std::strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        fail(ExitCode::Usage, "{}: a secret must be in a regular file", name);
    }
    if (status.st_uid != ::geteuid()) {
        fail(ExitCode::Usage, "{}: belongs to another user; a secret's file must be your own",
             name);
    }
    constexpr mode_t kAllowed = S_IRUSR | S_IWUSR;
    if ((status.st_mode & 07777U & ~kAllowed) != 0) {
        fail(ExitCode::Usage, "{}: has mode {:04o}, so others may have read it; chmod 600 {}", name,
             status.st_mode & 07777U, name);
    }
    if (static_cast<std::size_t>(status.st_size) > kMaxBytes) {
        fail(ExitCode::Usage, "{}: {} bytes are too many for a secret", name, status.st_size);
    }
}

}  // namespace

Secret::Secret(std::string&& bytes) : bytes_(bytes) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
    bytes.clear();
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
        other.wipe();
    }
    return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() noexcept {
    // All of a short string's own storage: after a move its old bytes may still stand there.
    bytes_.resize(bytes_.capacity());
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
}

Secret Secret::from_environment(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
        fail(ExitCode::Usage, "environment variable {} is not set; it must hold the secret", name);
    }
    return Secret(std::string(value));
}

Secret Secret::from_file(const std::filesystem::path& path) {
    const std::string name = path.string();
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.fd < 0) fail(ExitCode::Usage, "{}: {}", name, std::strerror(errno));
    check_keeping(file, name);
    std::string bytes(kMaxBytes, '\0');  // never grows, so no copy is left behind
    std::size_t size = 0;
    for (;;) {
        const ssize_t got = ::read(file.fd, bytes.data() + size, bytes.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(ExitCode::Usage, "{}: {}", name, std::strerror(errno));
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r')) --size;
    bytes.resize(size);
    if (bytes.empty()) fail(ExitCode::Usage, "{}: is empty; it must hold the secret", name);
    return Secret(std::move(bytes));
}

}  // namespace ringside::net
