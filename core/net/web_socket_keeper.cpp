#include "core/net/web_socket_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace ringside::net {

struct WebSocketKeeper::Link {
    std::uint64_t number = 0;
    std::chrono::steady_clock::time_point open_since{};
    std::optional<WebSocket> socket;
};

WebSocketKeeper::WebSocketKeeper(EventLoop& loop, const TlsContext& tls, const Url& url,
                                 const KeeperOptions& options, Handlers handlers)
    : loop_(loop),
      tls_(tls),
      url_(url),
      options_(options),
      handlers_(std::move(handlers)),
      backoff_(options.backoff, options.seed),
      attempt_timer_(loop),
      renew_timer_(loop),
      overlap_timer_(loop) {
    begin_attempt();
}

WebSocketKeeper::~WebSocketKeeper() = default;

bool WebSocketKeeper::is_up() const noexcept { return current_ != nullptr; }

bool WebSocketKeeper::is_open(std::uint64_t connection) const noexcept {
    return (current_ && current_->number == connection) || (old_ && old_->number == connection);
}

bool WebSocketKeeper::send(std::string text) {
    return current_ && current_->socket->send(std::move(text));
}

void WebSocketKeeper::renew() {
    if (!next_) begin_attempt();
}

void WebSocketKeeper::begin_attempt() {
    attempt_timer_.cancel();
    next_ = std::make_shared<Link>();
    next_->number = ++connections_;
    // The link is told apart from later ones by its address, and outlives its handlers.
    const std::weak_ptr<Link> mine = next_;
    next_->socket.emplace(
        loop_, tls_, url_, options_.socket,
        WebSocket::Handlers{
            .on_open = [this, mine] { opened(mine.lock()); },
            .on_message = [this, number = next_->number](
                              std::string_view text,
                              Nanos received) { handlers_.on_message(number, text, received); },
            .on_down = [this, mine](const NetError& error) { lost(mine.lock(), error); }});
}

void WebSocketKeeper::schedule_attempt(Nanos wait) {
    attempt_timer_.after(wait, [this] { begin_attempt(); });
}

void WebSocketKeeper::opened(const std::shared_ptr<Link>& link) {
    link->open_since = std::chrono::steady_clock::now();
    next_.reset();
    old_ = std::move(current_);
    current_ = link;
    renew_timer_.after(options_.renew_after, [this] { renew(); });
    if (old_) overlap_timer_.after(options_.overlap, [this] { retire_old(); });
    handlers_.on_up(link->number);
}

void WebSocketKeeper::lost(const std::shared_ptr<Link>& link, const NetError& error) {
    if (link == old_) {
        overlap_timer_.cancel();
        old_.reset();
        return;
    }
    Nanos wait = 0;
    if (link == current_) {
        const auto lived = std::chrono::steady_clock::now() - current_->open_since;
        // One that was dropped soon after it was opened counts as a failed attempt.
        if (lived >= std::chrono::nanoseconds(options_.backoff.most)) backoff_.reset();
        renew_timer_.cancel();
        current_ = std::move(old_);
        old_.reset();
        overlap_timer_.cancel();
        if (!next_) schedule_attempt(wait = next_wait(error));
    } else {
        next_.reset();
        schedule_attempt(wait = next_wait(error));
    }
    handlers_.on_down(link->number, error, current_ ? 0 : wait);
}

void WebSocketKeeper::retire_old() { old_.reset(); }

Nanos WebSocketKeeper::next_wait(const NetError& error) {
    return std::max(backoff_.next(), error.retry_after);
}

}  // namespace ringside::net
