#include "tools/ringside/sweep_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "ipc/processor.hpp"

namespace ringside {
namespace {

constexpr int kResultsFd = 3;  // in the bot's process
constexpr int kJobFd = 4;

[[noreturn]] void give_up(const char* what) {
    fail(ExitCode::Io, "cannot {}: {}", what, std::strerror(errno));
}

std::string job_of(const SweepPlan& plan, const std::vector<std::size_t>& sets,
                   SweepProcess::Task task) {
    nlohmann::ordered_json job = {
        {"results_fd", kResultsFd},
        // A processor that no other process of the sweep is for decodes ahead.
        {"decode_ahead", static_cast<unsigned>(ipc::allowed_processors()) > plan.jobs},
        {"check_only", task == SweepProcess::Task::Check},
        {"sets", nlohmann::ordered_json::array()}};
    for (const std::size_t set : sets) {
        std::string folder;
        if (plan.keep_runs && task == SweepProcess::Task::Run) {
            folder = std::filesystem::absolute(plan.folder(set)).string();
            std::filesystem::create_directories(folder);
        }
        job["sets"].push_back(
            {{"set", set}, {"parameters", plan.parameters(set)}, {"folder", folder}});
    }
    return job.dump();
}

/// A file without a name that holds a text.
int file_with(const std::string& text) {
    const int fd = memfd_create("sweep-job", MFD_CLOEXEC);
    if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        give_up("write a job");
    }
    return fd;
}

}  // namespace

SweepProcess::SweepProcess(const SweepPlan& plan, std::vector<std::size_t> of, Task task)
    : sets(std::move(of)), size(sets.size()) {
    const int job = file_with(job_of(plan, sets, task));
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) give_up("make a pipe");
    fd_ = ends[0];

    // Above both numbers, so that neither copy is made onto the other's source.
    const int results = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
    const int order = fcntl(job, F_DUPFD_CLOEXEC, 10);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, results, kResultsFd);
    posix_spawn_file_actions_adddup2(&files, order, kJobFd);
    std::string arguments[] = {plan.bot.string(), "--in-process", plan.config.string(),
                               "--sweep-job", "/dev/fd/4"};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int error = posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    for (const int fd : {ends[1], job, results, order}) close(fd);
    if (error != 0) {
        close(fd_);
        fail(ExitCode::Io, "{}: {}", plan.bot.string(), std::strerror(error));
    }
    fcntl(fd_, F_SETFL, O_NONBLOCK);
}

SweepProcess::~SweepProcess() {
    if (fd_ >= 0) close(fd_);
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

bool SweepProcess::read(std::vector<std::string>& lines) {
    char bytes[16384];
    for (;;) {
        const ssize_t count = ::read(fd_, bytes, sizeof(bytes));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return true;
        if (count <= 0) return false;
        partial_.append(bytes, static_cast<std::size_t>(count));
        std::size_t begin = 0;
        for (std::size_t end; (end = partial_.find('\n', begin)) != std::string::npos;) {
            lines.push_back(partial_.substr(begin, end - begin));
            begin = end + 1;
        }
        partial_.erase(0, begin);
    }
}

int SweepProcess::wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace ringside
