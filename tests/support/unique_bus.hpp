#pragma once

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

namespace ringside::test {

/// A bus root of this test's own, removed with it; RINGSIDE_BUS_ROOT points there meanwhile, in
/// child processes too. One at a time in a process.
class UniqueBusRoot {
  public:
    UniqueBusRoot() {
        static std::atomic<int> count{0};
        path_ =
            "/dev/shm/ringside-test-" + std::to_string(getpid()) + "-" + std::to_string(count++);
        setenv("RINGSIDE_BUS_ROOT", path_.c_str(), 1);
    }
    UniqueBusRoot(const UniqueBusRoot&) = delete;
    UniqueBusRoot& operator=(const UniqueBusRoot&) = delete;
    ~UniqueBusRoot() {
        unsetenv("RINGSIDE_BUS_ROOT");
        std::error_code none;
        std::filesystem::remove_all(path_, none);
    }
    const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

}  // namespace ringside::test
