#include "core/zip_writer.hpp"

#include <zlib.h>

#include "core/check.hpp"
#include "core/crc32.hpp"
#include "core/error.hpp"
#include "core/zip_format.hpp"

namespace ringside {
namespace {

constexpr std::uint16_t kVersion64 = 45;  ///< needed to extract: 64-bit lengths
constexpr std::uint16_t kMadeByUnix = 3 << 8 | kVersion64;
constexpr std::uint16_t kDate = 1 << 5 | 1;  ///< 1 January 1980, so that the bytes do not vary
constexpr std::uint32_t kMode = 0644U << 16;
constexpr std::size_t kStagedBytes = 64 * 1024;
constexpr std::size_t kExtra64Bytes = 20;
/// Lengths in a local header's 64-bit extra field, from the end of the name.
constexpr std::size_t kLocalExtraSizes = 4;

void append_text(AtomicFile& file, std::string_view text) {
    file.append(std::as_bytes(std::span(text)));
}

/// `value` where 32 bits hold it, else the mark that the 64-bit extra field has it.
std::uint32_t short_form(std::uint64_t value) {
    return value < zip::kSee64 ? static_cast<std::uint32_t>(value) : zip::kSee64;
}

}  // namespace

ZipWriter::ZipWriter(const std::filesystem::path& path, int level) : file_(path), level_(level) {
    if (level < kStoreLevel || level > kLevelMax) {
        fail(ExitCode::Usage, "compression level {} is not one of 0 (none) to 9 (smallest)", level);
    }
}

void ZipWriter::begin_member(std::string_view name, std::size_t head_bytes) {
    RINGSIDE_CHECK(!member_open_ && head_bytes <= 0xffff && name.size() <= 0xffff);
    member_open_ = true;
    Member member;
    member.name = name;
    member.header_offset = file_.size_bytes();
    member.head_bytes = head_bytes;
    const bool stored = level_ == kStoreLevel;
    zip::Record header;
    header.u32(zip::kLocalSignature).u16(kVersion64).u16(0);
    header.u16(stored ? zip::kStored : zip::kDeflated).u16(0).u16(kDate);
    // The CRC and the lengths are filled in when the member ends.
    header.u32(0).u32(zip::kSee64).u32(zip::kSee64).u16(name.size()).u16(kExtra64Bytes);
    file_.append(header.bytes());
    append_text(file_, name);
    file_.append(zip::Record().u16(zip::kExtra64).u16(16).u64(0).u64(0).bytes());
    if (!stored) {
        // The head is a stored block of its own in front of the deflater's blocks: it ends on a
        // byte, and nothing refers back to it, so it can be written over.
        constexpr std::byte kStoredBlock{0};
        if (head_bytes > 0) {
            file_.append({&kStoredBlock, 1});
            file_.append(zip::Record().u16(head_bytes).u16(~head_bytes).bytes());
        }
        deflater_ = make_deflater(level_);
    }
    member.head_offset = file_.size_bytes();
    file_.append(std::vector<std::byte>(head_bytes));
    members_.push_back(std::move(member));
}

void ZipWriter::write(std::span<const std::byte> bytes) {
    RINGSIDE_CHECK(member_open_);
    if (staged_.size() + bytes.size() >= kStagedBytes) {
        pack(staged_);
        staged_.clear();
    }
    if (bytes.size() >= kStagedBytes) {
        pack(bytes);
    } else {
        staged_.insert(staged_.end(), bytes.begin(), bytes.end());
    }
}

void ZipWriter::pack(std::span<const std::byte> bytes) {
    Member& member = members_.back();
    member.crc = crc32_of(bytes, member.crc);
    member.size_bytes += bytes.size();
    if (deflater_) {
        deflater_->write(bytes, file_);
    } else {
        file_.append(bytes);
    }
}

void ZipWriter::end_member(std::span<const std::byte> head) {
    RINGSIDE_CHECK(member_open_);
    pack(staged_);
    staged_.clear();
    member_open_ = false;
    if (deflater_) deflater_->finish(file_);
    deflater_.reset();
    Member& member = members_.back();
    RINGSIDE_CHECK(head.size() == member.head_bytes);
    member.crc = static_cast<std::uint32_t>(
        crc32_combine(crc32_of(head), member.crc, static_cast<z_off_t>(member.size_bytes)));
    member.size_bytes += head.size();
    const std::uint64_t content_offset =
        member.header_offset + zip::kLocalBytes + member.name.size() + kExtra64Bytes;
    member.packed_bytes = file_.size_bytes() - content_offset;
    file_.patch(member.head_offset, head);
    file_.patch(member.header_offset + 14, zip::Record().u32(member.crc).bytes());
    file_.patch(content_offset - kExtra64Bytes + kLocalExtraSizes,
                zip::Record().u64(member.size_bytes).u64(member.packed_bytes).bytes());
}

void ZipWriter::finish() {
    RINGSIDE_CHECK(!member_open_);
    append_directory();
    file_.commit();
}

void ZipWriter::append_directory() {
    const std::uint64_t start = file_.size_bytes();
    for (const Member& member : members_) {
        zip::Record extra;
        for (const std::uint64_t value :
             {member.size_bytes, member.packed_bytes, member.header_offset}) {
            if (short_form(value) == zip::kSee64) extra.u64(value);
        }
        const std::size_t extra_bytes = extra.bytes().empty() ? 0 : extra.bytes().size() + 4;
        zip::Record record;
        record.u32(zip::kCentralSignature).u16(kMadeByUnix).u16(kVersion64).u16(0);
        record.u16(level_ == kStoreLevel ? zip::kStored : zip::kDeflated).u16(0).u16(kDate);
        record.u32(member.crc).u32(short_form(member.packed_bytes));
        record.u32(short_form(member.size_bytes)).u16(member.name.size()).u16(extra_bytes);
        record.u16(0).u16(0).u16(0).u32(kMode).u32(short_form(member.header_offset));
        file_.append(record.bytes());
        append_text(file_, member.name);
        if (extra_bytes == 0) continue;
        file_.append(zip::Record().u16(zip::kExtra64).u16(extra.bytes().size()).bytes());
        file_.append(extra.bytes());
    }
    const std::uint64_t end = file_.size_bytes();
    const std::uint64_t count = members_.size();
    const std::uint64_t short_count = std::min<std::uint64_t>(count, 0xffff);
    if (short_count == 0xffff || short_form(start) == zip::kSee64 ||
        short_form(end - start) == zip::kSee64) {
        zip::Record record;
        record.u32(zip::kEnd64Signature).u64(zip::kEnd64Bytes - 12).u16(kMadeByUnix);
        record.u16(kVersion64).u32(0).u32(0).u64(count).u64(count).u64(end - start).u64(start);
        record.u32(zip::kEnd64LocatorSignature).u32(0).u64(end).u32(1);
        file_.append(record.bytes());
    }
    zip::Record record;
    record.u32(zip::kEndSignature).u16(0).u16(0).u16(short_count).u16(short_count);
    record.u32(short_form(end - start)).u32(short_form(start)).u16(0);
    file_.append(record.bytes());
}

}  // namespace ringside
