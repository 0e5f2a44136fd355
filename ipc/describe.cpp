#include "ipc/describe.hpp"

#include <cmath>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/pretty-print.h>
#include <control.capnp.h>
#include <fmt/format.h>
#include <kj/exception.h>
#include <market_data.capnp.h>
#include <order.capnp.h>

namespace ringside::ipc {
namespace {

std::optional<capnp::StructSchema> schema_of(FrameType type) {
    switch (type) {
        case FrameType::MarketData:
            return capnp::Schema::from<schema::MarketData>();
        case FrameType::OrderRequest:
            return capnp::Schema::from<schema::OrderRequest>();
        case FrameType::OrderResponse:
            return capnp::Schema::from<schema::OrderResponse>();
        case FrameType::VenueInfo:
            return capnp::Schema::from<schema::VenueInfo>();
        case FrameType::Notice:
            return capnp::Schema::from<schema::Notice>();
        case FrameType::Unset:
        case FrameType::Padding:
            break;
    }
    return std::nullopt;
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (code < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_json(std::string& out, const capnp::DynamicValue::Reader& value);

void append_json(std::string& out, const capnp::DynamicStruct::Reader& value) {
    out += '{';
    bool first = true;
    for (const auto field : value.getSchema().getFields()) {
        if (!first) out += ',';
        first = false;
        append_quoted(out, field.getProto().getName().cStr());
        out += ':';
        append_json(out, value.get(field));
    }
    out += '}';
}

void append_json(std::string& out, const capnp::DynamicValue::Reader& value) {
    using Kind = capnp::DynamicValue;
    switch (value.getType()) {
        case Kind::BOOL:
            out += value.as<bool>() ? "true" : "false";
            return;
        case Kind::INT:
            out += fmt::to_string(value.as<std::int64_t>());
            return;
        case Kind::UINT:
            out += fmt::to_string(value.as<std::uint64_t>());
            return;
        case Kind::FLOAT: {
            const double number = value.as<double>();
            out += std::isfinite(number) ? fmt::to_string(number) : "null";
            return;
        }
        case Kind::TEXT: {
            const auto text = value.as<capnp::Text>();
            append_quoted(out, {text.begin(), text.size()});
            return;
        }
        case Kind::ENUM: {
            const auto choice = value.as<capnp::DynamicEnum>();
            KJ_IF_MAYBE (name, choice.getEnumerant()) {
                append_quoted(out, name->getProto().getName().cStr());
            } else {
                out += fmt::to_string(choice.getRaw());
            }
            return;
        }
        case Kind::LIST: {
            out += '[';
            bool first = true;
            for (const auto item : value.as<capnp::DynamicList>()) {
                if (!first) out += ',';
                first = false;
                append_json(out, item);
            }
            out += ']';
            return;
        }
        case Kind::STRUCT:
            append_json(out, value.as<capnp::DynamicStruct>());
            return;
        default:
            out += "null";
            return;
    }
}

/// Runs `use` on the frame's message; false if there is none that can be read.
template <typename Use>
bool with_message(const FrameView& view, Use use) {
    const auto schema = schema_of(view.type);
    if (!schema || view.payload.size() < 16 || view.payload.size() % 8 != 0) return false;
    std::uint64_t table = 0;
    std::memcpy(&table, view.payload.data(), sizeof(table));
    const std::size_t words = view.payload.size() / 8 - 1;
    if (table != (std::uint64_t{words} << 32)) return false;
    const auto refused = kj::runCatchingExceptions([&] {
        const kj::ArrayPtr<const capnp::word> segments[1] = {
            {reinterpret_cast<const capnp::word*>(view.payload.data()) + 1, words}};
        capnp::SegmentArrayMessageReader reader(
            segments, {.traversalLimitInWords = 8 * words + 64, .nestingLimit = 8});
        use(reader.getRoot<capnp::DynamicStruct>(*schema));
    });
    return refused == nullptr;
}

}  // namespace

const char* to_text(FrameType type) noexcept {
    switch (type) {
        case FrameType::Padding:
            return "padding";
        case FrameType::MarketData:
            return "market_data";
        case FrameType::OrderRequest:
            return "order_request";
        case FrameType::OrderResponse:
            return "order_response";
        case FrameType::VenueInfo:
            return "venue_info";
        case FrameType::Notice:
            return "notice";
        case FrameType::Unset:
            break;
    }
    return "unset";
}

std::string to_text(const FrameView& view) {
    std::string message;
    if (!with_message(view,
                      [&](capnp::DynamicStruct::Reader root) { message = kj::str(root).cStr(); })) {
        message = fmt::format("unreadable, {} bytes", view.payload.size());
    }
    return fmt::format("{} #{} {}", to_text(view.type), view.sequence, message);
}

std::string to_json(const FrameView& view) {
    std::string message;
    if (!with_message(view,
                      [&](capnp::DynamicStruct::Reader root) { append_json(message, root); })) {
        message = "null";
    }
    return fmt::format(R"({{"frame":"{}","sequence":{},"message":{}}})", to_text(view.type),
                       view.sequence, message);
}

}  // namespace ringside::ipc
