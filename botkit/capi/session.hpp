#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "botkit/capi/ringside.h"
#include "botkit/capi/stop_signals.hpp"
#include "botkit/context.hpp"
#include "core/error.hpp"

struct ringside_session {
    explicit ringside_session(std::unique_ptr<ringside::botkit::Link> link);
    ringside_session(const ringside_session&) = delete;
    ringside_session& operator=(const ringside_session&) = delete;

    std::unique_ptr<ringside::botkit::Context> context;  ///< empty once closed
    std::unique_ptr<ringside::botkit::Context> retired;  ///< keeps memory that callers may view
    std::unique_ptr<ringside::botkit::OrderLog> order_log;
    std::unique_ptr<ringside::capi::StopSignals> signals;
    bool stop_told = false;  ///< why it stopped has been said
    /// Outlive the context, so that a handle that is used after close shows an empty market.
    std::vector<ringside_asset> assets;
    ringside_code failure = RINGSIDE_OK;  ///< what every call returns after a failure
};

namespace ringside::capi {

/// Keeps the text and kind of the exception in flight for ringside_error_text(), and returns the
/// code that stands for it.
ringside_code remember_exception() noexcept;
ringside_code remember(ExitCode kind, const char* text) noexcept;

/// Runs `action` and returns its code; what it throws becomes a code.
template <typename Action>
ringside_code guarded(Action&& action) noexcept {
    try {
        return static_cast<ringside_code>(action());
    } catch (...) {
        return remember_exception();
    }
}

/// Remembers and reports the exception in flight, and makes it stay: the session is unusable.
ringside_code fail_session(ringside_session& session) noexcept;

/// As guarded(), with the open session's context.
template <typename Action>
ringside_code on_context(ringside_session* session, Action&& action) noexcept {
    if (session->context == nullptr) [[unlikely]]
        return RINGSIDE_CLOSED;
    if (session->failure != RINGSIDE_OK) [[unlikely]]
        return session->failure;
    try {
        return static_cast<ringside_code>(action(*session->context));
    } catch (...) {
        return fail_session(*session);
    }
}

/// As on_context(), with the number of an asset that exists.
template <typename Action>
ringside_code on_asset(ringside_session* session, std::int64_t asset_no, Action&& action) noexcept {
    if (static_cast<std::uint64_t>(asset_no) >= session->assets.size()) [[unlikely]] {
        return RINGSIDE_UNKNOWN_ASSET;
    }
    return on_context(session, [&](botkit::Context& context) {
        return action(context, static_cast<AssetNo>(asset_no));
    });
}

inline AssetNo number_of(const ringside_asset* asset) noexcept {
    return static_cast<AssetNo>(asset->no);
}

/// Where compiled code finds the orders of a table.
const ringside_orders* view_of(const botkit::OrderTable& table) noexcept;
/// The same for an asset without any.
const ringside_orders* no_orders() noexcept;

/// Context of an asset's session; null once closed.
inline const botkit::Context* context_of(const ringside_asset* asset) noexcept {
    return asset->session->context.get();
}

}  // namespace ringside::capi
