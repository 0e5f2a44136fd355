#include "ipc/journal_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "core/error.hpp"
#include "core/wall_clock.hpp"

namespace ringside::ipc {

namespace {

using namespace journal;

/// Fast enough to keep up with a bus; events shrink to a fifth or less.
constexpr int kLevel = 1;

BlockHeader empty_header(std::uint64_t number) {
    BlockHeader header{};
    header.magic = kBlockMagic;
    header.number = number;
    header.first_message_ts = std::numeric_limits<std::int64_t>::max();
    header.last_message_ts = std::numeric_limits<std::int64_t>::min();
    return header;
}

template <typename T>
void append_bytes(std::vector<std::byte>& to, const T* from, std::size_t size) {
    const auto* bytes = reinterpret_cast<const std::byte*>(from);
    to.insert(to.end(), bytes, bytes + size);
}

}  // namespace

void JournalWriter::FreeContext::operator()(ZSTD_CCtx_s* context) const noexcept {
    ZSTD_freeCCtx(context);
}

JournalWriter::JournalWriter(const std::filesystem::path& path, std::string_view bus)
    : name_(path.string()), zstd_(ZSTD_createCCtx()), header_(empty_header(0)) {
    fd_ = FileDescriptor(
        ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666));
    if (!fd_) {
        fail(ExitCode::Io, "{}: cannot create: {}{}", name_, std::strerror(errno),
             errno == EEXIST ? "; a recording is not overwritten, choose another name" : "");
    }
    if (zstd_ == nullptr) fail(ExitCode::Io, "{}: no memory to compress in", name_);
    block_.reserve(kBlockBytes);
    JournalHeader header{};
    header.magic = kMagic;
    header.version = kVersion;
    header.begun_ts = wall_now();
    std::memcpy(header.bus, bus.data(), std::min(bus.size(), sizeof(header.bus) - 1));
    header.crc = sealed_crc(header, &JournalHeader::crc);
    write(&header, sizeof(header));
}

JournalWriter::~JournalWriter() = default;

void JournalWriter::append(const BusRecord& record) {
    const std::size_t size = sizeof(RecordHeader) + padded(record.payload.size());
    if (!block_.empty() && block_.size() + size > kBlockBytes) flush();
    if (header_.records == 0) header_.first_seen_ts = record.seen_ts;
    header_.last_seen_ts = record.seen_ts;
    ++header_.records;
    ++records_;
    if (is_context(record.kind)) header_.has_context = 1;
    if (const Nanos ts = message_time(record); ts != kNever) {
        header_.first_message_ts = std::min(header_.first_message_ts, ts);
        header_.last_message_ts = std::max(header_.last_message_ts, ts);
    }
    const RecordHeader header{.payload_bytes = static_cast<std::uint32_t>(record.payload.size()),
                              .kind = static_cast<std::uint8_t>(record.kind),
                              .ring = static_cast<std::uint8_t>(record.ring),
                              .type = static_cast<std::uint8_t>(record.type),
                              .flags = record.flags,
                              .session = record.session,
                              .reserved = 0,
                              .sequence = record.sequence,
                              .seen_ts = record.seen_ts};
    append_bytes(block_, &header, sizeof(header));
    append_bytes(block_, record.payload.data(), record.payload.size());
    block_.resize(padded(block_.size()));
}

void JournalWriter::flush() {
    if (block_.empty()) return;
    index_.push_back({offset_, header_.first_message_ts, header_.last_message_ts, header_.records,
                      header_.has_context});
    raw_bytes_ += block_.size();
    write_block(BlockKind::Records, header_.records);
}

void JournalWriter::write_block(BlockKind kind, std::uint32_t records) {
    stored_.resize(sizeof(BlockHeader) + ZSTD_compressBound(block_.size()) + 8);
    const std::size_t stored = ZSTD_compressCCtx(zstd_.get(), stored_.data() + sizeof(BlockHeader),
                                                 stored_.size() - sizeof(BlockHeader),
                                                 block_.data(), block_.size(), kLevel);
    if (ZSTD_isError(stored) != 0U) {
        fail(ExitCode::Io, "{}: cannot compress: {}", name_, ZSTD_getErrorName(stored));
    }
    header_.kind = kind;
    header_.records = records;
    header_.raw_bytes = static_cast<std::uint32_t>(block_.size());
    header_.stored_bytes = static_cast<std::uint32_t>(stored);
    header_.payload_crc = crc32_of(std::span(stored_).subspan(sizeof(BlockHeader), stored));
    header_.header_crc = sealed_crc(header_, &BlockHeader::header_crc);
    std::memcpy(stored_.data(), &header_, sizeof(header_));
    const std::size_t size = padded(sizeof(BlockHeader) + stored);
    std::memset(stored_.data() + sizeof(BlockHeader) + stored, 0,
                size - sizeof(BlockHeader) - stored);
    write(stored_.data(), size);
    block_.clear();
    header_ = empty_header(header_.number + 1);
}

void JournalWriter::finish() {
    flush();
    const std::uint64_t index_offset = offset_;
    append_bytes(block_, index_.data(), index_.size() * sizeof(IndexEntry));
    write_block(BlockKind::Index, static_cast<std::uint32_t>(index_.size()));
    JournalTrailer trailer{};
    trailer.magic = kTrailerMagic;
    trailer.index_offset = index_offset;
    trailer.records = records_;
    trailer.crc = sealed_crc(trailer, &JournalTrailer::crc);
    write(&trailer, sizeof(trailer));
    if (fsync(fd_.get()) != 0) {
        fail(ExitCode::Io, "{}: cannot write to disk: {}", name_, std::strerror(errno));
    }
    fd_ = FileDescriptor();
}

void JournalWriter::write(const void* bytes, std::size_t size) {
    const auto* at = static_cast<const std::byte*>(bytes);
    while (size > 0) {
        const ssize_t count = ::write(fd_.get(), at, size);
        if (count < 0) {
            if (errno == EINTR) continue;
            fail(ExitCode::Io, "{}: cannot write: {}; {} records are kept", name_,
                 std::strerror(errno), records_ - header_.records);
        }
        at += count;
        size -= static_cast<std::size_t>(count);
        offset_ += static_cast<std::uint64_t>(count);
    }
}

}  // namespace ringside::ipc
