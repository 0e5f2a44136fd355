// A ring whose every byte, control words included, is somebody else's: whatever lies there, reading
// stays inside it, ends, and hands out frames inside it only.

#include <cstring>
#include <vector>

#include "ipc/bus_observer.hpp"
#include "ipc/codec.hpp"
#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"

namespace {

using namespace ringside::ipc;

constexpr std::size_t kCapacity = kMinRingBytes;

void read_all(RingReader reader, const ObservedRing& ring, const std::byte* data) {
    FrameView view;
    // Each poll moves on by a frame or says no, and a ring holds no more than one lap.
    for (std::size_t frames = 0; reader.poll(view); ++frames) {
        RINGSIDE_CHECK(frames <= 2 * kCapacity / layout::kFrameAlign);
        RINGSIDE_CHECK(view.payload.data() >= data);
        RINGSIDE_CHECK(view.payload.data() + view.payload.size() <= data + kCapacity);
        MarketDataView message;
        if (decode(view.payload, message)) {
            RINGSIDE_CHECK(message.events.empty() ||
                           reinterpret_cast<const std::byte*>(&message.events.back() + 1) <=
                               data + kCapacity);
        }
        if (!reader.intact(view)) break;
    }
    Gap gap;
    if (reader.resync(gap)) reader.poll(view);
    ring.reader_after(reader);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    alignas(4096) static std::byte memory[sizeof(layout::RingControl) + kCapacity];
    std::memset(memory, 0, sizeof(memory));
    auto* control = reinterpret_cast<layout::RingControl*>(memory);
    std::byte* data = memory + sizeof(layout::RingControl);
    const RingMap map{control, data, kCapacity};
    init_ring(map);
    if (size == 0) return 0;
    // The first byte says how many honest frames there are for the rest to damage.
    RingWriter writer(map);
    for (int i = 0; i < bytes[0] % 80; ++i) {
        std::byte* payload = writer.try_claim(64);
        std::memset(payload, i, 64);
        writer.publish(FrameType::MarketData, static_cast<std::size_t>(i % 64));
    }
    // Then triples: where (2 bytes) and what is there now.
    for (std::size_t i = 1; i + 2 < size; i += 3) {
        const std::size_t at = (bytes[i] | (std::size_t{bytes[i + 1]} << 8)) % sizeof(memory);
        memory[at] = static_cast<std::byte>(bytes[i + 2]);
    }
    const ObservedRing ring(control, data, kCapacity);
    read_all(ring.reader(ReadFrom::Oldest), ring, data);
    read_all(ring.reader(ReadFrom::Now), ring, data);
    read_all(RingReader(control, data, kCapacity, 0, 0), ring, data);
    std::atomic<std::int64_t> cursor{0};
    read_all(RingReader(map, 0, 0, &cursor), ring, data);
    return 0;
}
