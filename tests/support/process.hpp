#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ringside::test {

/// A child process. Killed, if it still runs, at the end of its scope.
class Process {
  public:
    /// Output and errors go to the end of `output`; `cpu` pins the process to one processor.
    Process(const std::vector<std::string>& arguments, const std::filesystem::path& output,
            std::optional<int> cpu = {}) {
        std::vector<char*> argv;
        for (const std::string& argument : arguments) {
            argv.push_back(const_cast<char*>(argument.c_str()));
        }
        argv.push_back(nullptr);
        pid_ = fork();
        if (pid_ < 0) throw std::runtime_error("cannot fork");
        if (pid_ > 0) return;
        const int fd = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        if (cpu) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(*cpu, &set);
            sched_setaffinity(0, sizeof(set), &set);
        }
        execv(argv[0], argv.data());
        _exit(127);
    }
    /// A child that only uses up a processor.
    static Process spinning() {
        const pid_t pid = fork();
        if (pid < 0) throw std::runtime_error("cannot fork");
        if (pid == 0) {
            for (std::atomic<unsigned> turns{0};;) turns.fetch_add(1);
        }
        return Process(pid);
    }
    Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
    Process& operator=(Process&&) = delete;
    ~Process() {
        if (pid_ <= 0) return;
        kill(SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    pid_t pid() const noexcept { return pid_; }
    void kill(int signal) const { ::kill(pid_, signal); }

    /// Exit status, or minus the signal that ended it; none if it runs on after `limit`.
    std::optional<int> wait(std::chrono::milliseconds limit = std::chrono::seconds(60)) {
        const auto until = std::chrono::steady_clock::now() + limit;
        for (;;) {
            int status = 0;
            if (waitpid(pid_, &status, WNOHANG) == pid_) {
                pid_ = 0;
                return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
            }
            if (std::chrono::steady_clock::now() > until) return std::nullopt;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

  private:
    explicit Process(pid_t pid) : pid_(pid) {}

    pid_t pid_ = 0;
};

}  // namespace ringside::test
