#include "core/net/event_loop.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ringside::net {

namespace asio = boost::asio;

struct EventLoop::Impl {
    // One thread runs handlers; other threads may only post.
    asio::io_context context{1};
    asio::signal_set signals{context};
    std::function<void(int)> on_signal;

    void wait_for_signal() {
        signals.async_wait([this](const boost::system::error_code& error, int signal) {
            if (error) return;
            wait_for_signal();
            on_signal(signal);
        });
    }
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::run() { impl_->context.run(); }
std::size_t EventLoop::poll() { return impl_->context.poll(); }
void EventLoop::stop() { impl_->context.stop(); }
void EventLoop::restart() { impl_->context.restart(); }
void EventLoop::post(std::function<void()> action) {
    asio::post(impl_->context, std::move(action));
}

void EventLoop::on_signal(std::initializer_list<int> signals, std::function<void(int)> action) {
    impl_->on_signal = std::move(action);
    for (const int signal : signals) impl_->signals.add(signal);
    impl_->wait_for_signal();
}

asio::io_context& EventLoop::context() noexcept { return impl_->context; }

struct Timer::Impl {
    explicit Impl(asio::io_context& context) : timer(context) {}
    asio::steady_timer timer;
    std::uint64_t setting = 0;  ///< a handler of an earlier one comes too late
};

Timer::Timer(EventLoop& loop) : impl_(std::make_shared<Impl>(loop.context())) {}
Timer::~Timer() { cancel(); }

void Timer::after(Nanos delay, std::function<void()> action) {
    const std::uint64_t setting = ++impl_->setting;
    impl_->timer.expires_after(std::chrono::nanoseconds(delay));
    impl_->timer.async_wait([impl = impl_, setting,
                             action = std::move(action)](const boost::system::error_code& error) {
        if (!error && impl->setting == setting) action();
    });
}

void Timer::cancel() noexcept {
    ++impl_->setting;
    try {
        impl_->timer.cancel();
    } catch (const boost::system::system_error&) {
        // The timer fires, and its action does not run.
        return;
    }
}

}  // namespace ringside::net
