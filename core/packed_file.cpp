#include "core/packed_file.hpp"

#include <algorithm>
#include <cstring>

#include "core/check.hpp"
#include "core/crc32.hpp"
#include "core/error.hpp"

namespace ringside {
namespace {

constexpr char kFileMagic[8] = {'R', 'S', 'E', 'V', 'E', 'N', 'T', 'S'};
constexpr char kEndMagic[8] = {'R', 'S', 'E', 'V', '-', 'E', 'N', 'D'};
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kBlockMagic = 0x4b4c4252;  // "RBLK"

template <typename T>
std::span<const std::byte> bytes_of(const T& value) noexcept {
    return std::as_bytes(std::span(&value, 1));
}

}  // namespace

PackedWriter::PackedWriter(const std::filesystem::path& path) : file_(path) {
    packed::FileHeader header{};
    std::memcpy(header.magic, kFileMagic, sizeof(kFileMagic));
    header.version = kVersion;
    file_.append(bytes_of(header));
    pending_.reserve(kPackedBlockRows);
}

void PackedWriter::append(std::span<const Event> rows) {
    while (!rows.empty()) {
        const std::size_t count = std::min(rows.size(), kPackedBlockRows - pending_.size());
        pending_.insert(pending_.end(), rows.begin(),
                        rows.begin() + static_cast<std::ptrdiff_t>(count));
        rows = rows.subspan(count);
        if (pending_.size() == kPackedBlockRows) write_block();
    }
}

void PackedWriter::write_block() {
    const auto bytes = packer_.pack(pending_);
    index_.push_back(
        {file_.size_bytes(), rows_, pending_.front().exch_ts, pending_.front().local_ts});
    const packed::BlockHeader header{.magic = kBlockMagic,
                                     .rows = static_cast<std::uint32_t>(pending_.size()),
                                     .bytes = static_cast<std::uint32_t>(bytes.size()),
                                     .crc = crc32_of(bytes)};
    file_.append(bytes_of(header));
    file_.append(bytes);
    rows_ += pending_.size();
    pending_.clear();
}

void PackedWriter::finish() {
    if (!pending_.empty()) write_block();
    packed::Trailer trailer{.index_offset = file_.size_bytes(),
                            .blocks = index_.size(),
                            .rows = rows_,
                            .index_crc = crc32_of(std::as_bytes(std::span(index_))),
                            .reserved = 0,
                            .magic = {}};
    std::memcpy(trailer.magic, kEndMagic, sizeof(kEndMagic));
    file_.append(std::as_bytes(std::span(index_)));
    file_.append(bytes_of(trailer));
    file_.commit();
}

PackedFile::PackedFile(const std::filesystem::path& path) : file_(path) { read_index(); }

void PackedFile::read_index() {
    packed::FileHeader header{};
    const std::size_t got = file_.read_at(0, std::as_writable_bytes(std::span(&header, 1)));
    if (got != sizeof(header) || std::memcmp(header.magic, kFileMagic, sizeof(kFileMagic)) != 0) {
        fail(ExitCode::Data, "{}: not an .rsev file", name());
    }
    if (header.version != kVersion) {
        fail(ExitCode::Data, "{}: .rsev version {}, this program reads version {}", name(),
             header.version, kVersion);
    }
    packed::Trailer trailer{};
    const std::uint64_t size = file_.size_bytes();
    const bool room = size >= sizeof(header) + sizeof(trailer);
    if (room) {
        file_.read_at(size - sizeof(trailer), std::as_writable_bytes(std::span(&trailer, 1)));
    }
    if (!room || std::memcmp(trailer.magic, kEndMagic, sizeof(kEndMagic)) != 0) {
        fail(ExitCode::Data, "{}: truncated: the end of the file is missing", name());
    }
    const std::uint64_t index_bytes = size - sizeof(trailer) - trailer.index_offset;
    const bool fits = trailer.index_offset >= sizeof(header) &&
                      trailer.index_offset <= size - sizeof(trailer) &&
                      index_bytes % sizeof(packed::IndexEntry) == 0 &&
                      index_bytes / sizeof(packed::IndexEntry) == trailer.blocks;
    if (fits) {
        index_.resize(trailer.blocks);
        file_.read_at(trailer.index_offset, std::as_writable_bytes(std::span(index_)));
    }
    index_offset_ = trailer.index_offset;
    rows_ = trailer.rows;
    if (!fits || crc32_of(std::as_bytes(std::span(index_))) != trailer.index_crc ||
        !index_sound()) {
        fail(ExitCode::Data, "{}: damaged: the index of its blocks is wrong", name());
    }
}

/// Whether the blocks lie behind one another and none is empty or too large.
bool PackedFile::index_sound() const noexcept {
    packed::IndexEntry end{
        .offset = index_offset_, .first_row = rows_, .exch_ts = 0, .local_ts = 0};
    for (auto entry = index_.rbegin(); entry != index_.rend(); ++entry) {
        const std::uint64_t rows = end.first_row - entry->first_row;
        if (entry->offset >= end.offset || entry->first_row >= end.first_row ||
            rows > kPackedBlockRows) {
            return false;
        }
        end = *entry;
    }
    return end.first_row == 0 && (index_.empty() || end.offset == sizeof(packed::FileHeader));
}

std::size_t PackedFile::read(std::span<Event> out) {
    if (unpacker_.left() == 0) {
        if (next_block_ == index_.size()) return 0;
        open_block();
    }
    return unpacker_.read(out);
}

std::size_t PackedFile::read_updates(const Grid& grid, RowCheck& check,
                                     std::span<MarketUpdate> updates, RowColumns& columns,
                                     ReadOn read_on) {
    if (unpacker_.left() == 0) {
        if (next_block_ == index_.size()) return 0;
        open_block();
    }
    return unpacker_.read_updates(grid, check, updates, columns, read_on);
}

void PackedFile::open_block() {
    const packed::IndexEntry& entry = index_[next_block_];
    const bool last = next_block_ + 1 == index_.size();
    const std::uint64_t end = last ? index_offset_ : index_[next_block_ + 1].offset;
    const std::uint64_t rows = (last ? rows_ : index_[next_block_ + 1].first_row) - entry.first_row;
    bytes_.resize(end - entry.offset);
    packed::BlockHeader header{};
    const bool whole =
        bytes_.size() > sizeof(header) && file_.read_at(entry.offset, bytes_) == bytes_.size();
    if (whole) std::memcpy(&header, bytes_.data(), sizeof(header));
    const auto packed_rows = std::span<const std::byte>(bytes_).subspan(whole ? sizeof(header) : 0);
    if (!whole || header.magic != kBlockMagic || header.rows != rows ||
        header.bytes != packed_rows.size() || header.crc != crc32_of(packed_rows) ||
        !unpacker_.open(packed_rows, rows)) {
        fail(ExitCode::Data, "{}: block {} of {} (from row {}) is damaged: write the file again",
             name(), next_block_ + 1, index_.size(), entry.first_row);
    }
    ++next_block_;
}

}  // namespace ringside
