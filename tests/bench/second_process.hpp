#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/// What benchmarks of two processes on two processors share: the other process, clocks, and the
/// bare cache line that everything is compared with.
namespace ringside::bench {

inline double now_ns() {
    return std::chrono::duration<double, std::nano>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

inline void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

/// A clock of processor ticks, cheap enough for single round trips.
inline std::uint64_t ticks() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return static_cast<std::uint64_t>(now_ns());
#endif
}

/// The value that this part of them is not above; 0 of none.
inline double quantile(std::vector<double> values, double part) {
    if (values.empty()) return 0.0;
    const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return values[at];
}
inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

/// An object in zeroed memory that child processes share; lives as long as the program.
template <typename T>
T& shared() {
    void* memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        fmt::print(stderr, "no memory of {} bytes to share\n", sizeof(T));
        std::exit(4);
    }
    return *new (memory) T();
}

/// Does on demand what it was told before it was started. Both sides spin without pausing while
/// they wait for each other.
class SecondProcess {
  public:
    using Work = std::function<void()>;

    SecondProcess() : words_(shared<Words>()) {}
    SecondProcess(const SecondProcess&) = delete;
    SecondProcess& operator=(const SecondProcess&) = delete;
    ~SecondProcess() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    /// Before start(). What `work` holds by value is the other process's own from start() on, and
    /// stays from one call to the next.
    std::size_t learn(Work work) {
        works_.push_back(std::move(work));
        return works_.size() - 1;
    }
    void start(int cpu = 1) {
        pid_ = fork();
        if (pid_ != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(cpu);
        for (std::uint64_t served = 0;; ++served) {
            std::uint64_t call = 0;
            while ((call = words_.call.load(std::memory_order_acquire)) >> 8 != served + 1) {
            }
            works_[call & 0xff]();
            words_.done.store(served + 1, std::memory_order_release);
        }
    }

    void call(std::size_t work) {
        words_.call.store((++calls_ << 8) | work, std::memory_order_release);
    }
    void await() const {
        while (words_.done.load(std::memory_order_acquire) != calls_) {
        }
    }
    /// ns for `body` here and `work` there together.
    template <typename Body>
    double together(std::size_t work, Body body) {
        call(work);
        const double begin = now_ns();
        body();
        await();
        return now_ns() - begin;
    }

  private:
    struct Words {
        alignas(128) std::atomic<std::uint64_t> call;  ///< number of the call, then of the work
        alignas(128) std::atomic<std::uint64_t> done;
    };

    Words& words_;
    std::vector<Work> works_;
    std::uint64_t calls_ = 0;
    pid_t pid_ = -1;
};

/// Whether the processors stayed where they were between two readings of the bare line.
inline bool steady(double before, double after) {
    return before < 1.1 * after && after < 1.1 * before;
}

}  // namespace ringside::bench
