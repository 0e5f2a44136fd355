#include "connectord/bots.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/steady_clock.hpp"
#include "ipc/codec.hpp"

namespace ringside::connectord {

Bots::Bots(ipc::BusService& bus, std::size_t instruments, Handlers handlers)
    : bus_(bus), instruments_(instruments), handlers_(std::move(handlers)) {}

void Bots::look() {
    for (const ipc::SessionEvent& event : bus_.poll_sessions()) {
        switch (event.change) {
            case ipc::SessionChange::Attached:
                attach(event);
                break;
            case ipc::SessionChange::Detached:
            case ipc::SessionChange::Died:
                leave(event);
                break;
            case ipc::SessionChange::Refused:
                log_warning("{} (pid {}) refused", event.client_name, event.client_pid);
                break;
        }
    }
    for (Desk& desk : desks_) {
        if (!desk.waiting.empty()) flush(desk);
    }
}

void Bots::attach(const ipc::SessionEvent& event) {
    log_info("bot {} (pid {}) attached", event.client_name, event.client_pid);
    const BotNo bot = handlers_.came(event.client_name);
    desks_.push_back({.session = event.session, .bot = bot});
    if (bot == kNoBot) dismiss(desks_.back(), "there were too many bots of different names");
    handlers_.books_wanted();
}

void Bots::leave(const ipc::SessionEvent& event) {
    const auto desk = std::find_if(desks_.begin(), desks_.end(),
                                   [&](const Desk& d) { return d.session == event.session; });
    if (desk == desks_.end()) return;
    const bool died = event.change == ipc::SessionChange::Died;
    // Its last requests are in the ring still, and count: a cancel is one.
    if (!desk->dismissed) take_requests(*desk);
    if (died) {
        ++counts_.lost;
        log_warning("bot {} (pid {}) died after {} request(s)", event.client_name, event.client_pid,
                    desk->requests);
    } else {
        log_info("bot {} (pid {}) left after {} request(s)", event.client_name, event.client_pid,
                 desk->requests);
    }
    const BotNo bot = desk->dismissed ? kNoBot : desk->bot;
    desks_.erase(desk);
    if (bot != kNoBot) handlers_.gone(bot);
}

bool Bots::take_requests() {
    bool any = false;
    for (Desk& desk : desks_) any |= !desk.dismissed && take_requests(desk);
    return any;
}

bool Bots::take_requests(Desk& desk) {
    ipc::FrameView frame;
    bool any = false;
    while (!desk.dismissed && desk.session->requests().poll(frame)) {
        any = true;
        if (!take_frame(desk, frame)) {
            ++counts_.damaged;
            desk.session->count_damaged_request();
            dismiss(desk, fmt::format("request {} is damaged or out of order", desk.requests + 1));
        }
    }
    if (any && !desk.dismissed) {
        desk.session->requests().release_now();
        const Nanos now = steady_now();
        desk.session->publish_progress({.requests_seen = desk.requests,
                                        .safe_until = now,
                                        .venue_now = now,
                                        .venue_last = now});
    }
    return any;
}

bool Bots::take_frame(Desk& desk, const ipc::FrameView& frame) {
    if (frame.type == ipc::FrameType::Notice) {
        try {
            const ipc::Notice notice = ipc::decode_notice(frame.payload);
            if (notice.kind == ipc::NoticeKind::Stale) handlers_.books_wanted();
            return true;
        } catch (const Error&) {
            return false;
        }
    }
    OrderRequest request;
    if (frame.type != ipc::FrameType::OrderRequest || !ipc::decode(frame.payload, request) ||
        request.seq != desk.requests + 1 || request.asset_no >= instruments_) {
        return false;
    }
    desk.requests = request.seq;
    ++counts_.requests;
    handlers_.request(desk.bot, request, steady_now());
    return true;
}

void Bots::dismiss(Desk& desk, const std::string& why) {
    log_warning("bot {} (pid {}) sent away: {}", desk.session->client_name(),
                desk.session->client_pid(), why);
    bus_.evict(*desk.session, why);
    desk.dismissed = true;
    ++counts_.lost;
    if (desk.bot != kNoBot) handlers_.gone(desk.bot);
}

OrderResponse Bots::tell(BotNo bot, OrderResponse response, Nanos now) {
    const auto desk = std::find_if(desks_.begin(), desks_.end(),
                                   [bot](const Desk& d) { return d.bot == bot && !d.dismissed; });
    response.resp_ts = now;
    if (desk == desks_.end()) {
        ++counts_.unheard;
        return response;
    }
    response.seq = ++desk->responses;
    if (!desk->waiting.empty()) flush(*desk);
    if (!desk->waiting.empty() || !desk->session->send(response)) {
        desk->waiting.push_back(response);
        if (desk->waiting.size() > kMostWaiting) dismiss(*desk, "it does not read its responses");
    }
    return response;
}

void Bots::flush(Desk& desk) {
    while (!desk.waiting.empty() && desk.session->send(desk.waiting.front())) {
        desk.waiting.pop_front();
    }
}

}  // namespace ringside::connectord
