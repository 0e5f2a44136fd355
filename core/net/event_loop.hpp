#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>

#include "core/time.hpp"

namespace boost::asio {
class io_context;
}

namespace ringside::net {

/// Runs the handlers of sockets, timers and signals on the thread that calls run() or poll().
class EventLoop {
  public:
    EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop();

    /// Until stop(), or until nothing is under way any more.
    void run();
    /// Only what is ready; for a thread that spins.
    std::size_t poll();
    /// From any thread. What is ready then waits for restart() and another run().
    void stop();
    void restart();
    /// From any thread; runs in the order of the calls.
    void post(std::function<void()> action);
    /// Runs each time one of the signals arrives. Call it once; run() then ends only by stop().
    void on_signal(std::initializer_list<int> signals, std::function<void(int)> action);

    boost::asio::io_context& context() noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Calls back once, after a steady time. Setting it anew, cancelling and destroying it make sure
/// that what was set before does not run any more.
class Timer {
  public:
    explicit Timer(EventLoop& loop);
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer();

    void after(Nanos delay, std::function<void()> action);
    void cancel() noexcept;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ringside::net
