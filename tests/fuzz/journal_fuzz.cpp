// The journal's reader on any file: what it gives out lies within what it read, and it ends.

#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/error.hpp"
#include "ipc/journal_reader.hpp"

namespace {

using namespace ringside;
using namespace ringside::ipc;
using namespace ringside::ipc::journal;

/// Mutations do not find a checksum, so the headers that are there get true ones.
void seal(std::vector<std::uint8_t>& file) {
    if (file.size() < sizeof(JournalHeader)) return;
    JournalHeader header{};
    std::memcpy(&header, file.data(), sizeof(header));
    header.magic = kMagic;
    header.version = kVersion;
    header.crc = sealed_crc(header, &JournalHeader::crc);
    std::memcpy(file.data(), &header, sizeof(header));
    std::size_t at = sizeof(JournalHeader);
    while (at + sizeof(BlockHeader) <= file.size()) {
        BlockHeader block{};
        std::memcpy(&block, file.data() + at, sizeof(block));
        block.magic = kBlockMagic;
        block.stored_bytes %= 4096;
        block.raw_bytes = block.raw_bytes % 65536 / 8 * 8;
        const std::size_t begin = at + sizeof(block);
        if (begin + block.stored_bytes <= file.size()) {
            block.payload_crc =
                crc32_of(std::as_bytes(std::span(file)).subspan(begin, block.stored_bytes));
        }
        block.header_crc = sealed_crc(block, &BlockHeader::header_crc);
        std::memcpy(file.data() + at, &block, sizeof(block));
        at += padded(sizeof(block) + block.stored_bytes);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 1 || size > 1 << 16) return 0;
    std::uint64_t sum = 0;
    const auto use = [&sum](const BusRecord& record) {
        for (const std::byte b : record.payload) sum += static_cast<std::uint64_t>(b);
        (void)message_time(record);
    };
    std::vector<std::uint64_t> words((size + 7) / 8);
    std::memcpy(words.data(), bytes, size);
    (void)JournalReader::parse(std::as_bytes(std::span(words)), use);

    std::vector<std::uint8_t> file(bytes + 1, bytes + size);
    if (bytes[0] % 4 != 0) seal(file);
    static const int fd = memfd_create("journal", MFD_CLOEXEC);
    static const std::string path = fmt::format("/proc/self/fd/{}", fd);
    if (ftruncate(fd, 0) != 0 ||
        pwrite(fd, file.data(), file.size(), 0) != static_cast<ssize_t>(file.size())) {
        return 0;
    }
    try {
        JournalReader reader(path);
        const JournalState state = reader.read(use);
        RINGSIDE_CHECK(state.damaged_blocks <= 2 * state.blocks + file.size() / 8 + 1);
    } catch (const Error& error) {
        RINGSIDE_CHECK(error.code() == ExitCode::Data);
    }
    asm volatile("" : : "r"(sum));  // keeps the reads
    return 0;
}
