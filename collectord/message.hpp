#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "collectord/depth_sequence.hpp"

namespace ringside::collectord {

/// Finds in a venue's messages the few fields that recording depends on. The text must be readable
/// for net::WebSocket::kPadding bytes behind its end.
class MessageReader {
  public:
    MessageReader();
    MessageReader(const MessageReader&) = delete;
    MessageReader& operator=(const MessageReader&) = delete;
    ~MessageReader();

    /// Begins a message of the combined stream. False if it is none.
    bool begin(std::string_view text);
    /// The stream's name, until the next begin().
    std::string_view stream() const noexcept;
    /// An integer field of the event; false if it has none.
    bool read(std::string_view field, std::int64_t& value);
    /// False unless the event is a change of a book with all ids that the rule needs.
    bool read(Sequence rule, DepthIds& ids);

    /// "lastUpdateId" of a snapshot with both sides; false if the text is none.
    static bool read_snapshot(std::string_view text, std::int64_t& last_update_id);

  private:
    struct Json;
    std::unique_ptr<Json> json_;
};

}  // namespace ringside::collectord
