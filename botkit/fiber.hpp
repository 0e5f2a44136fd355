#pragma once

#include <csetjmp>
#include <cstddef>
#include <functional>

#include <ucontext.h>

namespace ringside::botkit {

/// A function with a stack of its own, which can be left in its middle and continued later. All
/// calls come from the thread that made it. A switch costs some nanoseconds and no system call.
class Fiber {
  public:
    /// `body` lets no exception out. Its stack is taken from memory as far as it is used.
    explicit Fiber(std::function<void()> body);
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    /// What the body holds on its stack is not destroyed: let it come to its end.
    ~Fiber();

    /// Continues the body until it suspends or ends.
    void resume();
    /// Called by the body: goes back to where resume() was called.
    void suspend();
    bool done() const noexcept { return done_; }

  private:
    static void enter(unsigned high, unsigned low) noexcept;
    void run() noexcept;

    std::function<void()> body_;
    std::byte* memory_ = nullptr;  ///< a page that nobody may touch, then the stack
    ucontext_t start_{};
    std::jmp_buf inside_;
    std::jmp_buf outside_;
    bool started_ = false;
    bool done_ = false;
    // What sanitizers want to know of stacks.
    void* fake_inside_ = nullptr;
    const void* outer_stack_ = nullptr;
    std::size_t outer_bytes_ = 0;
    void* thread_inside_ = nullptr;
    void* thread_outside_ = nullptr;
};

}  // namespace ringside::botkit
