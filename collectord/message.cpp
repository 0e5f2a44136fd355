#include "collectord/message.hpp"

#include <simdjson.h>

#include "core/net/web_socket.hpp"

namespace ringside::collectord {

static_assert(net::WebSocket::kPadding >= simdjson::SIMDJSON_PADDING);

struct MessageReader::Json {
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    simdjson::ondemand::object event;
    std::string_view stream;
    bool is_broken = false;  ///< behind damage there is nothing to be looked for
};

MessageReader::MessageReader() : json_(std::make_unique<Json>()) {}
MessageReader::~MessageReader() = default;

bool MessageReader::begin(std::string_view text) {
    simdjson::ondemand::object root;
    json_->is_broken = false;
    return !json_->parser
                .iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING)
                .get(json_->document) &&
           !json_->document.get_object().get(root) &&
           !root.find_field("stream").get_string().get(json_->stream) &&
           !root.find_field("data").get_object().get(json_->event);
}

std::string_view MessageReader::stream() const noexcept { return json_->stream; }

bool MessageReader::read(std::string_view field, std::int64_t& value) {
    if (json_->is_broken) return false;
    simdjson::ondemand::value found;
    if (const auto error = json_->event.find_field_unordered(field).get(found)) {
        json_->is_broken = error != simdjson::NO_SUCH_FIELD;
        return false;
    }
    return !found.get_int64().get(value);
}

bool MessageReader::read(Sequence rule, DepthIds& ids) {
    return read("U", ids.first) && read("u", ids.last) &&
           (rule == Sequence::NextFirst || read("pu", ids.previous_last));
}

bool MessageReader::read_snapshot(std::string_view text, std::int64_t& last_update_id) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    simdjson::dom::array levels;
    return !parser.parse(text.data(), text.size()).get(root) &&
           !root["lastUpdateId"].get_int64().get(last_update_id) &&
           !root["bids"].get_array().get(levels) && !root["asks"].get_array().get(levels);
}

}  // namespace ringside::collectord
