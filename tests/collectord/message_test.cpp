#include "collectord/message.hpp"

#include <string>

#include <gtest/gtest.h>

#include "core/net/web_socket.hpp"

namespace ringside::collectord {
namespace {

constexpr const char* kChange =
    R"({"stream":"x@depth","data":{"e":"depthUpdate","E":9,"T":8,"s":"X","U":3,"u":5,"pu":2,)"
    R"("b":[["1.5","2"],["1.4","0"]],"a":[["1.6","0"],["1.7","4"]]}})";

/// As collectord asks: for the stream's own id first, whatever comes of it for those of the book.
bool read_all(MessageReader& reader, std::string text, DepthIds& ids) {
    const std::size_t size = text.size();
    text.resize(size + net::WebSocket::kPadding);
    std::int64_t id = 0;
    if (!reader.begin({text.data(), size})) return false;
    const bool has_id = reader.read("u", id);
    return reader.read(Sequence::PreviousLast, ids) && has_id;
}

TEST(Message, GivesTheIdsOfABookChange) {
    MessageReader reader;
    DepthIds ids;
    ASSERT_TRUE(read_all(reader, kChange, ids));
    EXPECT_EQ(reader.stream(), "x@depth");
    EXPECT_EQ(ids.first, 3);
    EXPECT_EQ(ids.last, 5);
    EXPECT_EQ(ids.previous_last, 2);
}

/// Damage at each place of a message, which is asked for as much as it would be whole.
void damage_everywhere(const std::string& whole) {
    MessageReader reader;
    DepthIds ids;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        read_all(reader, whole.substr(0, at), ids);
        read_all(reader, whole.substr(0, at) + whole.substr(at + 1), ids);
        for (const char c : {'"', '{', '}', '[', ']', ',', ':', '\\', '7', ' ', '\0'}) {
            std::string text = whole;
            text[at] = c;
            read_all(reader, text, ids);
        }
        // What was before does not matter to the next.
        ASSERT_TRUE(read_all(reader, kChange, ids)) << at;
    }
}

TEST(Message, MayBeDamagedAnywhere) { damage_everywhere(kChange); }

TEST(Message, MayBeDamagedAnywhereAndLackAnId) {
    std::string text = kChange;
    text[text.find("\"u\"") + 1] = 'v';
    damage_everywhere(text);
}

}  // namespace
}  // namespace ringside::collectord
