#include "collectord/snapshot_queue.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/log.hpp"

namespace ringside::collectord {

SnapshotQueue::SnapshotQueue(net::EventLoop& loop, const net::TlsContext& tls,
                             const CollectorConfig& config, const Venue& venue, std::uint64_t seed,
                             Accept accept)
    : config_(config),
      venue_(venue),
      accept_(std::move(accept)),
      client_(loop, tls, net::Url::parse(config.rest_url),
              {.request_timeout = config.keeper.socket.connect_timeout}),
      timer_(loop),
      backoff_(config.keeper.backoff, seed) {}

void SnapshotQueue::want(std::size_t symbol) {
    // The one that is being asked for may come out older than what is wanted now; accept_ knows.
    if (std::find(waiting_.begin(), waiting_.end(), symbol) != waiting_.end()) return;
    waiting_.push_back(symbol);
    if (!is_busy_) ask_next();
}

void SnapshotQueue::ask_next() {
    if (waiting_.empty()) return;
    is_busy_ = true;
    client_.request(
        {.target = std::string(venue_.snapshot_target) + config_.symbols[waiting_.front()]},
        [this](const net::HttpOutcome& outcome) { hear(outcome); });
}

void SnapshotQueue::hear(const net::HttpOutcome& outcome) {
    const std::size_t symbol = waiting_.front();
    waiting_.pop_front();
    if (outcome.reply && outcome.reply->status == 200 &&
        accept_(symbol, outcome.reply->body, outcome.reply->received_ts)) {
        ++taken_;
        backoff_.reset();
        return pause(config_.snapshot_spacing);
    }
    ++failed_;
    waiting_.push_back(symbol);
    const Nanos asked_for = outcome.reply ? outcome.reply->retry_after() : 0;
    const Nanos wait = std::max({config_.snapshot_spacing, backoff_.next(), asked_for});
    log_warning("{}: no snapshot yet: {}; next request in {} ms", config_.symbols[symbol],
                what_failed(outcome), wait / kMillisecond);
    pause(wait);
}

void SnapshotQueue::pause(Nanos wait) {
    timer_.after(wait, [this] {
        is_busy_ = false;
        ask_next();
    });
}

std::string SnapshotQueue::what_failed(const net::HttpOutcome& outcome) const {
    if (!outcome.reply) return outcome.error.words;
    if (outcome.reply->status == 200)
        return "it is older than the recorded changes, or none at all";
    return fmt::format("the venue answered {}: {}", outcome.reply->status,
                       std::string_view(outcome.reply->body).substr(0, 200));
}

}  // namespace ringside::collectord
