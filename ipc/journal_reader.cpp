#include "ipc/journal_reader.hpp"

#include <algorithm>
#include <cstring>

#include <zstd.h>

#include "core/error.hpp"

namespace ringside::ipc {
namespace {

using namespace journal;

bool is_good(const BlockHeader& header) noexcept {
    return header.magic == kBlockMagic &&
           header.header_crc == sealed_crc(header, &BlockHeader::header_crc) &&
           header.raw_bytes <= kMaxBlockBytes && header.stored_bytes <= kMaxBlockBytes &&
           header.raw_bytes % 8 == 0;
}

bool is_good(const JournalTrailer& trailer) noexcept {
    return trailer.magic == kTrailerMagic &&
           trailer.crc == sealed_crc(trailer, &JournalTrailer::crc);
}

}  // namespace

void JournalReader::FreeContext::operator()(ZSTD_DCtx_s* context) const noexcept {
    ZSTD_freeDCtx(context);
}

JournalReader::JournalReader(const std::filesystem::path& path)
    : file_(path), since_(kBeforeAll), until_(kNever) {
    JournalHeader header{};
    if (!read_at(0, std::span(&header, 1)) || header.magic != kMagic) {
        fail(ExitCode::Data, "{}: is no journal of a bus, which 'ringside bus record' makes",
             file_.name());
    }
    if (header.version != kVersion) {
        fail(ExitCode::Data, "{}: is a journal of version {}; this build reads version {}",
             file_.name(), header.version, kVersion);
    }
    if (header.crc != sealed_crc(header, &JournalHeader::crc)) {
        fail(ExitCode::Data, "{}: the first {} bytes are damaged", file_.name(), sizeof(header));
    }
    bus_.assign(header.bus, strnlen(header.bus, sizeof(header.bus)));
}

JournalReader::~JournalReader() = default;

void JournalReader::limit(Nanos since, Nanos until) noexcept {
    since_ = since;
    until_ = until;
}

JournalState JournalReader::read(const Sink& sink) {
    JournalState state;
    state.complete = read_index();
    if (state.complete) {
        read_indexed(sink, state);
    } else {
        read_scanned(sink, state);
    }
    return state;
}

bool JournalReader::read_index() {
    JournalTrailer trailer{};
    const std::uint64_t size = file_.size_bytes();
    if (size < sizeof(JournalHeader) + sizeof(trailer) ||
        !read_at(size - sizeof(trailer), std::span(&trailer, 1)) || !is_good(trailer)) {
        return false;
    }
    Place block{.offset = trailer.index_offset};
    if (!header_at(block.offset, block.header) || block.header.kind != BlockKind::Index ||
        !load(block) || block.header.raw_bytes % sizeof(IndexEntry) != 0) {
        return false;
    }
    index_.resize(block.header.raw_bytes / sizeof(IndexEntry));
    std::memcpy(index_.data(), raw_.data(), block.header.raw_bytes);
    return true;
}

void JournalReader::read_indexed(const Sink& sink, JournalState& state) {
    for (const IndexEntry& entry : index_) {
        Place block{.offset = entry.offset};
        if (entry.has_context == 0 && outside(entry.first_message_ts, entry.last_message_ts)) {
            ++state.blocks;
            ++state.skipped_blocks;
        } else if (header_at(block.offset, block.header)) {
            read_block(block, sink, state);
        } else {
            ++state.blocks;
            ++state.damaged_blocks;
        }
    }
}

void JournalReader::read_scanned(const Sink& sink, JournalState& state) {
    Place block{.offset = sizeof(JournalHeader)};
    for (;;) {
        const std::uint64_t expected = block.offset;
        if (!find_header(block.offset, block.header)) return;
        // What lies between counts as one block, however many it was.
        if (block.offset != expected) ++state.damaged_blocks;
        const std::uint64_t end = block.offset + sizeof(BlockHeader) + block.header.stored_bytes;
        if (end > file_.size_bytes()) return;  // the writer died in the middle of it
        if (block.header.kind == BlockKind::Records) read_block(block, sink, state);
        block.offset += padded(sizeof(BlockHeader) + block.header.stored_bytes);
    }
}

void JournalReader::read_block(const Place& block, const Sink& sink, JournalState& state) {
    ++state.blocks;
    const bool left_out = outside(block.header.first_message_ts, block.header.last_message_ts);
    state.skipped_blocks += left_out ? 1 : 0;
    if (left_out && block.header.has_context == 0) return;
    const bool whole =
        load(block) && parse(std::as_bytes(std::span(raw_)).first(block.header.raw_bytes),
                             [&](const BusRecord& record) {
                                 if (left_out && !is_context(record.kind)) return;
                                 ++state.records;
                                 sink(record);
                             });
    if (!whole) ++state.damaged_blocks;
}

bool JournalReader::header_at(std::uint64_t offset, BlockHeader& header) const {
    return offset % 8 == 0 && read_at(offset, std::span(&header, 1)) && is_good(header);
}

bool JournalReader::find_header(std::uint64_t& offset, BlockHeader& header) const {
    if (header_at(offset, header)) return true;
    std::vector<std::uint64_t> window(8192);
    const std::uint64_t size = file_.size_bytes();
    for (; offset < size; offset += window.size() * 8) {
        const std::size_t words = std::min<std::size_t>(window.size(), (size - offset) / 8);
        if (!read_at(offset, std::span(window).first(words))) return false;
        for (std::size_t i = 0; i < words; ++i) {
            if (static_cast<std::uint32_t>(window[i]) != kBlockMagic) continue;
            if (!header_at(offset + i * 8, header)) continue;
            offset += i * 8;
            return true;
        }
    }
    return false;
}

bool JournalReader::load(const Place& block) {
    stored_.resize(block.header.stored_bytes);
    if (!read_at(block.offset + sizeof(BlockHeader), std::span(stored_))) return false;
    if (crc32_of(stored_) != block.header.payload_crc) return false;
    raw_.resize(block.header.raw_bytes / 8);
    if (zstd_ == nullptr) zstd_.reset(ZSTD_createDCtx());
    const std::size_t raw = ZSTD_decompressDCtx(zstd_.get(), raw_.data(), block.header.raw_bytes,
                                                stored_.data(), stored_.size());
    return ZSTD_isError(raw) == 0U && raw == block.header.raw_bytes;
}

bool JournalReader::parse(std::span<const std::byte> records, const Sink& sink) {
    while (!records.empty()) {
        RecordHeader header{};
        if (records.size() < sizeof(header)) return false;
        std::memcpy(&header, records.data(), sizeof(header));
        const std::size_t size = sizeof(header) + padded(header.payload_bytes);
        if (records.size() < size) return false;
        BusRecord record;
        record.kind = static_cast<RecordKind>(header.kind);
        record.ring = static_cast<BusRing>(header.ring);
        record.type = static_cast<FrameType>(header.type);
        if (record.kind > kLastRecordKind || record.ring > kLastBusRing ||
            record.type > kLastFrameType) {
            return false;
        }
        record.flags = header.flags;
        record.session = header.session;
        record.sequence = header.sequence;
        record.seen_ts = header.seen_ts;
        record.payload = records.subspan(sizeof(header), header.payload_bytes);
        sink(record);
        records = records.subspan(size);
    }
    return true;
}

bool JournalReader::outside(Nanos first, Nanos last) const noexcept {
    if (first > last) return false;  // none of its messages carries a time
    return last < since_ || first > until_;
}

template <typename T>
bool JournalReader::read_at(std::uint64_t offset, std::span<T> to) const {
    const auto bytes = std::as_writable_bytes(to);
    return file_.read_at(offset, bytes) == bytes.size();
}

}  // namespace ringside::ipc
