#include "botkit/capi/session.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include "botkit/bus_link.hpp"
#include "botkit/capi/venue.hpp"
#include "botkit/in_process_link.hpp"
#include "core/error.hpp"

namespace {

struct LastError {
    ringside::ExitCode kind = ringside::ExitCode::Ok;
    std::string text;
};
thread_local LastError last_error;

ringside_code code_of(ringside::ExitCode kind) noexcept {
    switch (kind) {
        case ringside::ExitCode::Data:
            return RINGSIDE_DATA_ERROR;
        case ringside::ExitCode::VenueLost:
            return RINGSIDE_VENUE_LOST;
        default:
            return RINGSIDE_FAILURE;
    }
}

/// A strategy that stops for an error ends as if it had been told to: says why, once.
ringside_code told(ringside_session* session, ringside_code code) noexcept {
    if (code != RINGSIDE_END_OF_DATA || session->stop_told) return code;
    const ringside::botkit::LiveError* const error = session->context->stopped_by();
    if (error == nullptr) return code;
    session->stop_told = true;
    ringside::capi::remember(ringside::ExitCode::VenueLost, error->words.c_str());
    std::fprintf(stderr, "ringside: stopped: %s\n", error->words.c_str());
    return code;
}

}  // namespace

namespace ringside::capi {

ringside_code remember(ExitCode kind, const char* text) noexcept {
    last_error.kind = kind;
    try {
        last_error.text = text;
    } catch (...) {
        last_error.text.clear();
    }
    return code_of(kind);
}

ringside_code remember_exception() noexcept {
    try {
        throw;
    } catch (const Error& error) {
        return remember(error.code(), error.what());
    } catch (const std::exception& error) {
        return remember(ExitCode::Internal, error.what());
    } catch (...) {
        return remember(ExitCode::Internal, "unknown failure");
    }
}

ringside_code fail_session(ringside_session& session) noexcept {
    session.failure = remember_exception();
    // A strategy that only looks at codes would end as if the data had: say why on the terminal.
    std::fprintf(stderr, "ringside: %s\n", last_error.text.c_str());
    return session.failure;
}

}  // namespace ringside::capi

using namespace ringside;
using namespace ringside::capi;
using botkit::Context;

ringside_session::ringside_session(std::unique_ptr<botkit::Link> link)
    : context(std::make_unique<Context>(std::move(link))) {
    for (AssetNo a = 0; a < context->num_assets(); ++a) {
        assets.push_back({.orders = view_of(context->orders(a)),
                          .tick_size = context->instrument(a).grid.tick_size,
                          .session = this,
                          .no = a});
    }
}

extern "C" {

int64_t ringside_error_kind(void) { return static_cast<int64_t>(last_error.kind); }
const char* ringside_error_text(void) { return last_error.text.c_str(); }
const char* ringside_version(void) { return RINGSIDE_VERSION; }

ringside_session* ringside_open(const ringside_venue* venue) {
    try {
        check(venue->config);
        return new ringside_session(std::make_unique<botkit::InProcessLink>(venue->config));
    } catch (...) {
        remember_exception();
        return nullptr;
    }
}

ringside_session* ringside_connect(const char* bus, const char* bot_name) {
    try {
        return new ringside_session(botkit::connect_bus(bus, bot_name));
    } catch (...) {
        remember_exception();
        return nullptr;
    }
}

ringside_code ringside_close(ringside_session* session) {
    if (session->context != nullptr) {
        session->context->disconnect();
        session->retired = std::move(session->context);
        for (ringside_asset& asset : session->assets) asset.orders = no_orders();
        session->retired->stop_after(nullptr, kNever);
        session->signals.reset();
    }
    const auto log = std::move(session->order_log);
    if (log == nullptr) return RINGSIDE_OK;
    return guarded([&] {
        log->finish();
        return RINGSIDE_OK;
    });
}

void ringside_free(ringside_session* session) { delete session; }

ringside_code ringside_stop_on_signals(ringside_session* session) {
    return on_context(session, [=](Context& context) {
        if (context.venue().clock != ClockMode::RealTime) return RINGSIDE_OK;
        if (session->signals == nullptr) session->signals = std::make_unique<StopSignals>();
        context.stop_after(&session->signals->flag(), kNever);
        return RINGSIDE_OK;
    });
}

ringside_code ringside_stop_on_error(ringside_session* session, int64_t stop) {
    return on_context(session, [=](Context& context) {
        context.on_error(stop != 0 ? botkit::OnError::Stop : botkit::OnError::GoOn);
        return RINGSIDE_OK;
    });
}

int64_t ringside_live_errors(const ringside_session* session) {
    const Context* const context =
        session->context != nullptr ? session->context.get() : session->retired.get();
    return context == nullptr ? 0 : static_cast<int64_t>(context->errors());
}

ringside_code ringside_log_orders(ringside_session* session, const char* path) {
    if (session->context == nullptr) return RINGSIDE_CLOSED;
    return guarded([&] {
        session->order_log = std::make_unique<botkit::OrderLog>(path);
        session->context->set_order_log(session->order_log.get());
        return RINGSIDE_OK;
    });
}

int64_t ringside_current_timestamp(const ringside_session* session) {
    return session->context == nullptr ? kNever : session->context->current_timestamp();
}

int64_t ringside_num_assets(const ringside_session* session) {
    return static_cast<int64_t>(session->assets.size());
}

int64_t ringside_events_processed(const ringside_session* session) {
    return session->context == nullptr ? 0
                                       : static_cast<int64_t>(session->context->events_processed());
}

ringside_code ringside_elapse(ringside_session* session, int64_t duration_ns) {
    return told(session,
                on_context(session, [=](Context& context) { return context.elapse(duration_ns); }));
}

ringside_code ringside_wait_next_feed(ringside_session* session, int64_t include_order_resp,
                                      int64_t timeout_ns) {
    return told(session, on_context(session, [=](Context& context) {
                    return context.wait_next_feed(include_order_resp != 0, timeout_ns);
                }));
}

ringside_code ringside_wait_order_response(ringside_session* session, int64_t asset_no,
                                           uint64_t order_id, int64_t timeout_ns) {
    return told(session, on_asset(session, asset_no, [=](Context& context, AssetNo a) {
                    return context.wait_order_response(a, order_id, timeout_ns);
                }));
}

ringside_code ringside_go_to_end(ringside_session* session) {
    constexpr Nanos kStep = 3600 * kSecond;
    return on_context(session, [](Context& context) {
        Code code = Code::Ok;
        while (code == Code::Ok) code = context.elapse(kStep);
        return code;
    });
}

}  // extern "C"
