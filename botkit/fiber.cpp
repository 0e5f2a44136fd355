// The checked longjmp of fortified builds refuses to go from one stack to another.
#undef _FORTIFY_SOURCE
#include "botkit/fiber.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "core/check.hpp"
#include "core/error.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace ringside::botkit {

namespace {

constexpr std::size_t kStackBytes = std::size_t{1} << 20;

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

void* this_thread() {
#if defined(__SANITIZE_THREAD__)
    return __tsan_get_current_fiber();
#else
    return nullptr;
#endif
}

void switch_thread([[maybe_unused]] void* thread) {
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(thread, 0);
#endif
}

void leave_stack([[maybe_unused]] void** fake, [[maybe_unused]] const void* to,
                 [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(fake, to, bytes);
#endif
}

void reach_stack([[maybe_unused]] void* fake, [[maybe_unused]] const void** from,
                 [[maybe_unused]] std::size_t* bytes) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, from, bytes);
#endif
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)) {
    const std::size_t guard = page_bytes();
    void* const memory = mmap(nullptr, guard + kStackBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, guard, PROT_NONE) != 0) {
        fail(ExitCode::Io, "no memory for the stack of another bot: {}", std::strerror(errno));
    }
    memory_ = static_cast<std::byte*>(memory);
    RINGSIDE_CHECK(getcontext(&start_) == 0);
    start_.uc_stack.ss_sp = memory_ + guard;
    start_.uc_stack.ss_size = kStackBytes;
    start_.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&start_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
                static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
#if defined(__SANITIZE_THREAD__)
    thread_inside_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(thread_inside_);
#endif
    munmap(memory_, page_bytes() + kStackBytes);
}

void Fiber::enter(unsigned high, unsigned low) noexcept {
    const auto self = (static_cast<std::uintptr_t>(high) << 32) | low;
    reinterpret_cast<Fiber*>(self)->run();
}

void Fiber::run() noexcept {
    reach_stack(nullptr, &outer_stack_, &outer_bytes_);
    body_();
    done_ = true;
    leave_stack(nullptr, outer_stack_, outer_bytes_);
    switch_thread(thread_outside_);
    _longjmp(outside_, 1);
}

void Fiber::resume() {
    RINGSIDE_CHECK(!done_);
    void* fake_outside = nullptr;
    thread_outside_ = this_thread();
    leave_stack(&fake_outside, start_.uc_stack.ss_sp, kStackBytes);
    // setcontext starts the stack; from then on jumps do, which leave the signal mask alone and
    // so need no system call.
    if (_setjmp(outside_) == 0) {
        switch_thread(thread_inside_);
        if (started_) _longjmp(inside_, 1);
        started_ = true;
        setcontext(&start_);
    }
    reach_stack(fake_outside, nullptr, nullptr);
}

void Fiber::suspend() {
    leave_stack(&fake_inside_, outer_stack_, outer_bytes_);
    if (_setjmp(inside_) == 0) {
        switch_thread(thread_outside_);
        _longjmp(outside_, 1);
    }
    reach_stack(fake_inside_, &outer_stack_, &outer_bytes_);
}

}  // namespace ringside::botkit
