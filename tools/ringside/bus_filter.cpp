#include "tools/ringside/bus_filter.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

#include "core/error.hpp"
#include "ipc/codec.hpp"
#include "ipc/describe.hpp"
#include "tools/ringside/bus_words.hpp"

namespace ringside {
namespace {

using ipc::BusRecord;
using ipc::BusRing;
using ipc::FrameType;
using ipc::RecordKind;

const std::set<std::string>& event_type_names() {
    static const std::set<std::string> names{"depth",        "trade",        "clear",
                                             "snapshot",     "bbo",          "add",
                                             "cancel_order", "modify_order", "fill_order"};
    return names;
}

template <typename Set>
bool contains(const Set& all, const std::string& name) {
    return std::find(all.begin(), all.end(), name) != all.end();
}

std::optional<std::uint32_t> to_number(const std::string& text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

const std::set<std::string>& bus_type_names() {
    static const std::set<std::string> names = [] {
        std::set<std::string> all = event_type_names();
        all.insert({"market_data", "order_request", "order_response", "venue_info", "notice"});
        all.insert({"submit", "modify", "cancel", "ack", "refused", "fill", "update", "failed"});
        all.insert({"gap", "damage", "service", "service_ended", "session_opened", "session_ended",
                    "progress"});
        return all;
    }();
    return names;
}

BusFilter::BusFilter(BusFilterOptions options) : options_(std::move(options)) {
    event_types_ =
        std::any_of(options_.types.begin(), options_.types.end(),
                    [](const std::string& name) { return event_type_names().contains(name); });
}

bool BusFilter::take(BusRecord& record) {
    names_.see(record);
    if (record.kind == RecordKind::Service) resolve_instruments();
    if (!wants_ring(record) || !wants_session(record.session)) return false;
    if (record.kind != RecordKind::Frame) {
        // What explains the rest (gaps, deaths) is wanted unless types or an order were named.
        return options_.types.empty() ? !options_.order_id : wants_type(record);
    }
    switch (record.type) {
        case FrameType::MarketData:
            return !options_.order_id && take_market_data(record);
        case FrameType::OrderRequest:
        case FrameType::OrderResponse:
            return take_order_message(record);
        case FrameType::Notice:
        case FrameType::VenueInfo:
        case FrameType::Unset:
        case FrameType::Padding:
            break;
    }
    const Nanos ts = ipc::message_time(record);
    return !options_.order_id && wants_type(record) && (ts == kNever || wants_time(ts));
}

bool BusFilter::take_order_message(const BusRecord& record) const {
    const auto wanted = [&](const auto& message, Nanos ts) {
        return wants_instrument(message.asset_no) && wants_time(ts) &&
               (!options_.order_id || *options_.order_id == message.order_id) &&
               (wants_type(record) || contains(options_.types, word(message.kind)));
    };
    OrderRequest request;
    if (record.type == FrameType::OrderRequest && ipc::decode(record.payload, request)) {
        return wanted(request, request.req_ts);
    }
    OrderResponse response;
    if (record.type == FrameType::OrderResponse && ipc::decode(record.payload, response)) {
        return wanted(response, response.resp_ts);
    }
    return wants_type(record);  // unreadable: shown as such
}

bool BusFilter::wants_event(AssetNo instrument, const Event& event) const {
    return wants_instrument(instrument) && wants_time(event.local_ts) &&
           (!event_types_ || contains(options_.types, "market_data") ||
            contains(options_.types, word(event.kind())));
}

bool BusFilter::take_market_data(BusRecord& record) {
    if (!wants_type(record) && !event_types_) return false;
    ipc::MarketDataView data;
    if (!ipc::decode(record.payload, data)) return true;  // shown as unreadable
    const bool all = instruments_.empty() && options_.instruments.empty() && !event_types_ &&
                     options_.since == kBeforeAll && options_.until == kNever;
    if (all) return true;
    rebuilt_.resize(ipc::MarketDataBuilder::bytes(data.events.size()) / 8);
    auto* payload = reinterpret_cast<std::byte*>(rebuilt_.data());
    ipc::MarketDataBuilder builder(payload, data.events.size());
    std::size_t next = 0;
    for (const ipc::Run& run : data.runs) {
        for (std::uint32_t i = 0; i < run.count; ++i, ++next) {
            if (wants_event(run.instrument, data.events[next])) {
                builder.append(run.instrument, data.events[next]);
            }
        }
    }
    if (builder.empty()) return false;
    const std::size_t bytes = builder.finish(data.complete_until);
    record.payload = {payload, bytes};
    return true;
}

bool BusFilter::wants_ring(const BusRecord& record) const {
    if (options_.rings.empty()) return true;
    // A notice is control whichever ring brings it.
    if (record.kind == RecordKind::Frame && record.type == FrameType::Notice &&
        contains(options_.rings, "control")) {
        return true;
    }
    switch (record.ring) {
        case BusRing::MarketData:
            return contains(options_.rings, "md");
        case BusRing::Requests:
            return contains(options_.rings, "requests");
        case BusRing::Responses:
            return contains(options_.rings, "responses");
        case BusRing::Unset:
            break;
    }
    return contains(options_.rings, "control");
}

bool BusFilter::wants_type(const BusRecord& record) const {
    if (options_.types.empty()) return true;
    return contains(options_.types, record.kind == RecordKind::Frame ? ipc::to_text(record.type)
                                                                     : ipc::to_text(record.kind));
}

bool BusFilter::wants_session(std::uint32_t session) const {
    if (options_.sessions.empty()) return true;
    const ipc::SessionNote* note = names_.note(session);
    if (note == nullptr) return false;
    return contains(options_.sessions, note->name) ||
           contains(options_.sessions, std::to_string(note->slot)) ||
           contains(options_.sessions, names_.session(session));
}

bool BusFilter::wants_instrument(AssetNo instrument) const {
    return options_.instruments.empty() || instruments_.contains(instrument);
}

void BusFilter::resolve_instruments() {
    const auto& known = names_.info().instruments;
    for (const std::string& wanted : options_.instruments) {
        const auto number = to_number(wanted);
        for (AssetNo i = 0; i < known.size(); ++i) {
            if (known[i].symbol == wanted || number == i) instruments_.insert(i);
        }
    }
}

void BusFilter::check_instruments() const {
    const auto& known = names_.info().instruments;
    for (const std::string& wanted : options_.instruments) {
        const auto number = to_number(wanted);
        const bool there = (number && *number < known.size()) ||
                           std::any_of(known.begin(), known.end(),
                                       [&](const Instrument& i) { return i.symbol == wanted; });
        if (there) continue;
        std::string all;
        for (const Instrument& i : known) all += (all.empty() ? "" : ", ") + i.symbol;
        fail(ExitCode::Usage, "no instrument '{}' on this bus; there are: {}", wanted, all);
    }
}

Nanos parse_utc(const std::string& text) {
    Nanos number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
    std::tm day{};
    std::string rest;
    for (const char* const format : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"}) {
        day = {};
        if (const char* after = strptime(text.c_str(), format, &day); after != nullptr) {
            rest = after;
            if (!rest.empty() && rest.back() == 'Z') rest.pop_back();
            // Up to nine digits behind the point, none of them lost.
            const bool fraction = rest.size() >= 2 && rest.size() <= 10 && rest[0] == '.' &&
                                  rest.find_first_not_of("0123456789", 1) == std::string::npos;
            if (!rest.empty() && !fraction) continue;
            Nanos nanos = 0;
            if (fraction) nanos = std::stoll((rest.substr(1) + "00000000").substr(0, 9));
            return timegm(&day) * kSecond + nanos;
        }
    }
    fail(ExitCode::Usage,
         "'{}' is no time: write nanoseconds since 1970, or UTC such as 2024-08-08 23:54:16.298",
         text);
}

}  // namespace ringside
