// Every reader of messages on any bytes: they answer "no such message" or stay within the bytes.

#include <cstring>
#include <numeric>
#include <vector>

#include "core/error.hpp"
#include "ipc/bus_record.hpp"
#include "ipc/codec.hpp"
#include "ipc/describe.hpp"

namespace {

using namespace ringside;
using namespace ringside::ipc;

template <typename Read>
void ignore_refusal(Read read) {
    try {
        read();
    } catch (const Error& error) {
        RINGSIDE_CHECK(error.code() == ExitCode::Bus);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0 || size > 1 << 16) return 0;
    std::vector<std::uint64_t> words((size + 7) / 8);
    std::memcpy(words.data(), bytes, size);
    // With a true segment table the library's own checks are reached.
    if (size >= 16 && bytes[0] % 2 == 0) words[0] = (std::uint64_t{words.size() - 1}) << 32;
    const auto payload = std::as_bytes(std::span(words));
    OrderRequest request;
    OrderResponse response;
    (void)decode(payload, request);
    (void)decode(payload, response);
    MarketDataView data;
    if (decode(payload, data)) {
        const std::uint64_t total =
            std::accumulate(data.runs.begin(), data.runs.end(), std::uint64_t{0},
                            [](std::uint64_t sum, const Run& run) { return sum + run.count; });
        RINGSIDE_CHECK(total == data.events.size());
    }
    ignore_refusal([&] { (void)decode_venue_info(payload); });
    ignore_refusal([&] { (void)decode_notice(payload); });
    // Which message they are taken for is part of the input.
    constexpr auto kTypes = static_cast<std::uint8_t>(kLastFrameType) + 1;
    const auto type = static_cast<FrameType>(bytes[size - 1] % kTypes);
    const FrameView view{.type = type, .payload = payload};
    if (bytes[0] & 2) RINGSIDE_CHECK(!to_text(view).empty());
    if (bytes[0] & 4) RINGSIDE_CHECK(to_json(view).back() == '}');
    BusRecord record;
    record.kind = RecordKind::Frame;
    record.type = type;
    record.payload = payload;
    (void)message_time(record);
    return 0;
}
