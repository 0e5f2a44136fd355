#include "core/zip_archive.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/zip_format.hpp"
#include "core/zip_member.hpp"

namespace ringside {
namespace {

using zip::load16;
using zip::load32;
using zip::load64;

constexpr std::uint64_t kCommentBytesMax = 0xffff;
/// Room for half a million members with ordinary names.
constexpr std::uint64_t kDirectoryBytesMax = 64 << 20;
/// Deflate's best ratio is 1032.
constexpr std::uint64_t kExpansionMax = 1100;

struct Directory {
    std::uint64_t offset = 0;
    std::uint64_t size_bytes = 0;
};

std::vector<std::byte> read_exactly(const InputFile& file, std::uint64_t offset,
                                    std::size_t count) {
    std::vector<std::byte> bytes(count);
    if (file.read_at(offset, bytes) != count) {
        fail(ExitCode::Data, "{}: ends at byte {}, inside its zip directory: the file is truncated",
             file.name(), file.size_bytes());
    }
    return bytes;
}

[[noreturn]] void refuse_directory(const InputFile& file, std::uint64_t offset) {
    fail(ExitCode::Data, "{}: damaged zip directory at byte {}", file.name(), offset);
}

/// The 64-bit end record overrides the short one when a locator stands before the latter.
Directory find_directory64(const InputFile& file, std::uint64_t end_offset, Directory directory) {
    if (end_offset < zip::kEnd64LocatorBytes) return directory;
    const std::uint64_t locator_offset = end_offset - zip::kEnd64LocatorBytes;
    const auto locator = read_exactly(file, locator_offset, zip::kEnd64LocatorBytes);
    if (load32(locator, 0) != zip::kEnd64LocatorSignature) return directory;
    const std::uint64_t record_offset = load64(locator, 8);
    if (record_offset > locator_offset) refuse_directory(file, locator_offset);
    const auto record = read_exactly(file, record_offset, zip::kEnd64Bytes);
    if (load32(record, 0) != zip::kEnd64Signature) refuse_directory(file, record_offset);
    return {load64(record, 48), load64(record, 40)};
}

Directory find_directory(const InputFile& file) {
    const std::uint64_t tail_bytes = std::min(file.size_bytes(), zip::kEndBytes + kCommentBytesMax);
    const std::uint64_t tail_offset = file.size_bytes() - tail_bytes;
    const auto tail = read_exactly(file, tail_offset, tail_bytes);
    for (std::size_t at = tail.size() + 1; at-- > zip::kEndBytes;) {
        const std::size_t start = at - zip::kEndBytes;
        // The comment after the record must reach the end exactly, or this is chance.
        if (load32(tail, start) != zip::kEndSignature ||
            start + zip::kEndBytes + load16(tail, start + 20) != tail.size()) {
            continue;
        }
        const Directory directory{load32(tail, start + 16), load32(tail, start + 12)};
        return find_directory64(file, tail_offset + start, directory);
    }
    const auto head = read_exactly(file, 0, std::min<std::uint64_t>(file.size_bytes(), 4));
    const bool starts_as_zip = head.size() == 4 && load32(head, 0) == zip::kLocalSignature;
    fail(ExitCode::Data, "{}: {}", file.name(),
         starts_as_zip ? "zip archive without an end record: the file is truncated"
                       : "not a zip archive");
}

/// Replaces those of the three values that the short record refers to the 64-bit extra field.
void apply_extra64(std::span<const std::byte> extra, ZipArchive::Member& member) {
    while (extra.size() >= 4) {
        const std::size_t length = load16(extra, 2);
        if (extra.size() < 4 + length) return;
        if (load16(extra, 0) == zip::kExtra64) {
            std::size_t at = 4;
            for (std::uint64_t* value :
                 {&member.size_bytes, &member.packed_bytes, &member.header_offset}) {
                if (*value != zip::kSee64 || at + 8 > 4 + length) continue;
                *value = load64(extra, at);
                at += 8;
            }
            return;
        }
        extra = extra.subspan(4 + length);
    }
}

}  // namespace

ZipArchive::ZipArchive(std::shared_ptr<const InputFile> file) : file_(std::move(file)) {
    const Directory directory = find_directory(*file_);
    if (directory.size_bytes > kDirectoryBytesMax || directory.offset > file_->size_bytes()) {
        refuse_directory(*file_, directory.offset);
    }
    const auto bytes = read_exactly(*file_, directory.offset, directory.size_bytes);
    const std::span<const std::byte> all(bytes);
    for (std::size_t at = 0; at < all.size();) {
        const auto record = all.subspan(at);
        const std::uint64_t offset = directory.offset + at;
        if (record.size() < zip::kCentralBytes || load32(record, 0) != zip::kCentralSignature) {
            refuse_directory(*file_, offset);
        }
        const std::size_t name_bytes = load16(record, 28);
        const std::size_t extra_bytes = load16(record, 30);
        const std::size_t total =
            zip::kCentralBytes + name_bytes + extra_bytes + load16(record, 32);
        if (record.size() < total) refuse_directory(*file_, offset);
        Member member;
        for (const std::byte c : record.subspan(zip::kCentralBytes, name_bytes)) {
            member.name += std::to_integer<char>(c);
        }
        member.encrypted = (load16(record, 8) & 1) != 0;
        member.method = load16(record, 10);
        member.crc = load32(record, 16);
        member.packed_bytes = load32(record, 20);
        member.size_bytes = load32(record, 24);
        member.header_offset = load32(record, 42);
        apply_extra64(record.subspan(zip::kCentralBytes + name_bytes, extra_bytes), member);
        members_.push_back(std::move(member));
        at += total;
    }
}

const ZipArchive::Member& ZipArchive::find(std::string_view name) const {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const Member& member) { return member.name == name; });
    if (found != members_.end()) return *found;
    constexpr std::size_t kListedMax = 10;
    std::string listed;
    for (std::size_t i = 0; i < std::min(members_.size(), kListedMax); ++i) {
        listed += (i == 0 ? "" : ", ") + members_[i].name;
    }
    if (members_.size() > kListedMax) listed += ", ...";
    fail(ExitCode::Data, "{}: no member {}; the archive holds {}", file_->name(), name,
         members_.empty() ? "nothing" : listed);
}

std::unique_ptr<ByteStream> ZipArchive::open(const Member& member) const {
    if (member.encrypted) {
        fail(ExitCode::Data, "{}: member {} is encrypted; write the archive without a password",
             file_->name(), member.name);
    }
    // Nobody allocates for more than the packed bytes can yield.
    const bool plausible = member.method == zip::kStored
                               ? member.packed_bytes == member.size_bytes
                               : member.size_bytes / kExpansionMax <= member.packed_bytes;
    if (!plausible) {
        fail(ExitCode::Data, "{}: member {} cannot unpack from {} to {} bytes: damaged directory",
             file_->name(), member.name, member.packed_bytes, member.size_bytes);
    }
    const auto header = read_exactly(*file_, member.header_offset, zip::kLocalBytes);
    if (load32(header, 0) != zip::kLocalSignature) refuse_directory(*file_, member.header_offset);
    const std::uint64_t offset =
        member.header_offset + zip::kLocalBytes + load16(header, 26) + load16(header, 28);
    if (offset > file_->size_bytes() || member.packed_bytes > file_->size_bytes() - offset) {
        fail(ExitCode::Data, "{}: member {} reaches beyond the end of the file: it is truncated",
             file_->name(), member.name);
    }
    return open_zip_member(file_, member, offset);
}

}  // namespace ringside
