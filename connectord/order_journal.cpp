#include "connectord/order_journal.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>

#include "core/check.hpp"
#include "core/error.hpp"

namespace ringside::connectord {

namespace {

constexpr std::uint64_t kMagic = 0x314c'4a44'5244'4f52;  // "RODRDJL1"
constexpr std::uint32_t kVersion = 1;

std::uint32_t mix(const void* bytes, std::size_t words, std::uint64_t seed) noexcept {
    std::uint64_t h = seed * 0x9e3779b97f4a7c15U + 0x632be59bd9b4e019U;
    for (std::size_t i = 0; i < words; ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, static_cast<const std::byte*>(bytes) + 8 * i, 8);
        h = (h ^ word) * 0xff51afd7ed558ccdU;
        h ^= h >> 32U;
    }
    const auto check = static_cast<std::uint32_t>(h);
    return check == 0 ? 1 : check;  // never that of zeroes
}

std::uint32_t check_of(JournalRecord record, std::uint64_t generation, std::size_t i) noexcept {
    record.check = 0;
    return mix(&record, sizeof(record) / 8, generation * 0x1'0000'01b3U + i);
}

std::string text_of(const JournalRecord& record) {
    char text[kJournalText + 1] = {};
    std::memcpy(text, &record.key, kJournalText);
    return text;
}

/// Gathers what the records of a bank say.
class Reader {
  public:
    void take(const JournalRecord& record) {
        ++contents_.records;
        switch (record.kind) {
            case JournalKind::Instrument:
                name(contents_.symbols, record.asset_no, record);
                return;
            case JournalKind::Bot:
                name(contents_.bots, record.bot, record);
                return;
            case JournalKind::Submit:
                orders_[record.key].submit = record;
                return;
            case JournalKind::Fill:
                position(record) += record.side == Side::Buy ? record.lots : -record.lots;
                [[fallthrough]];
            case JournalKind::KnownFill:
                if (const auto it = orders_.find(record.key); it != orders_.end()) {
                    it->second.fills.push_back({record.id, record.lots, record.ts});
                }
                return;
            case JournalKind::Closed:
                orders_.erase(record.key);
                return;
            case JournalKind::KillSwitch:
                contents_.killed = record.lots != 0;
                return;
            case JournalKind::Position:
                position(record) = record.lots;
                return;
            case JournalKind::Unset:
                return;
        }
    }

    JournalContents finish() {
        for (auto& [key, order] : orders_) contents_.orders.push_back(std::move(order));
        for (const auto& [owner, lots] : positions_) {
            contents_.positions.push_back(
                {.asset_no = owner.second, .bot = owner.first, .lots = lots});
        }
        return std::move(contents_);
    }

  private:
    static void name(std::vector<std::string>& names, std::size_t i, const JournalRecord& record) {
        if (names.size() <= i) names.resize(i + 1);
        names[i] = text_of(record);
    }
    Lots& position(const JournalRecord& record) {
        return positions_[{record.bot, record.asset_no}];
    }

    JournalContents contents_;
    std::map<std::uint64_t, OpenInJournal> orders_;  ///< keys grow with time, within a bot
    std::map<std::pair<BotNo, AssetNo>, Lots> positions_;
};

}  // namespace

struct OrderJournal::FileHeader {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t bank_records;
    std::uint32_t epoch;
    std::uint32_t first_epoch;
    std::uint32_t reserved[10];
};

struct OrderJournal::BankHeader {
    std::uint64_t generation;  ///< 0: the bank holds nothing; stored last
    std::uint64_t live;        ///< records that the bank began with
    std::uint32_t check;
    std::uint32_t reserved[11];
};

static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);

JournalRecord text_record(JournalKind kind, std::uint32_t number, std::string_view text) noexcept {
    JournalRecord record{.kind = kind};
    if (kind == JournalKind::Bot)
        record.bot = static_cast<BotNo>(number);
    else
        record.asset_no = number;
    static_assert(offsetof(JournalRecord, key) + kJournalText == sizeof(JournalRecord));
    std::memcpy(reinterpret_cast<std::byte*>(&record) + offsetof(JournalRecord, key), text.data(),
                std::min(text.size(), kJournalText));
    return record;
}

std::size_t OrderJournal::bytes(std::size_t records) noexcept {
    return sizeof(FileHeader) + 2 * (sizeof(BankHeader) + records * sizeof(JournalRecord));
}

OrderJournal::FileHeader& OrderJournal::header() const noexcept {
    return *reinterpret_cast<FileHeader*>(memory_.data());
}

OrderJournal::BankHeader& OrderJournal::bank(std::size_t which) const noexcept {
    const std::size_t size = sizeof(BankHeader) + bank_records_ * sizeof(JournalRecord);
    return *reinterpret_cast<BankHeader*>(memory_.data() + sizeof(FileHeader) + which * size);
}

JournalRecord* OrderJournal::records(std::size_t which) const noexcept {
    return reinterpret_cast<JournalRecord*>(&bank(which) + 1);
}

OrderJournal::OrderJournal(std::span<std::byte> memory) : memory_(memory) {
    static_assert(sizeof(FileHeader) == 64 && sizeof(BankHeader) == 64);
    if (memory.size() < bytes(16) || reinterpret_cast<std::uintptr_t>(memory.data()) % 64 != 0) {
        fail(ExitCode::Data, "an order journal of {} bytes is too small or not aligned",
             memory.size());
    }
    bank_records_ = (memory.size() - bytes(0)) / (2 * sizeof(JournalRecord));
    if (header().magic == 0) {
        bank(0).generation = bank(1).generation = 0;
        header() = {.magic = 0,
                    .version = kVersion,
                    .bank_records = static_cast<std::uint32_t>(bank_records_),
                    .epoch = 0,
                    .first_epoch = 0,
                    .reserved = {}};
        begin_compaction();
        end_compaction();
        compactions_ = 0;
        // Release: a file with this word has all that was written above.
        std::atomic_ref(header().magic).store(kMagic, std::memory_order_release);
        return;
    }
    const bool ours = header().magic == kMagic && header().version == kVersion &&
                      header().bank_records == bank_records_;
    if (!ours) fail(ExitCode::Data, "not an order journal of this version, or one that was cut");
    current_ = usable(1) && (!usable(0) || bank(1).generation > bank(0).generation) ? 1 : 0;
    if (!usable(current_)) {
        fail(ExitCode::Data,
             "the order journal is damaged: cancel this connector's open orders by hand, then move "
             "the file away");
    }
    generation_ = bank(current_).generation;
    while (used_ < bank_records_ && whole(current_, used_)) ++used_;
}

std::uint32_t OrderJournal::check_of(const BankHeader& header) noexcept {
    const std::uint64_t words[2] = {header.generation, header.live};
    return mix(words, 2, kMagic);
}

bool OrderJournal::whole(std::size_t which, std::size_t i) const noexcept {
    const JournalRecord& record = records(which)[i];
    return record.check == connectord::check_of(record, bank(which).generation, i);
}

bool OrderJournal::usable(std::size_t which) const noexcept {
    const BankHeader& head = bank(which);
    if (head.generation == 0 || head.check != check_of(head) || head.live > bank_records_) {
        return false;
    }
    for (std::size_t i = 0; i < head.live; ++i) {
        if (!whole(which, i)) return false;
    }
    return true;
}

JournalContents OrderJournal::read() const {
    Reader reader;
    for (std::size_t i = 0; i < used_; ++i) reader.take(records(current_)[i]);
    JournalContents contents = reader.finish();
    contents.epoch = header().epoch;
    contents.first_epoch = header().first_epoch;
    return contents;
}

std::uint32_t OrderJournal::begin_epoch(Nanos wall_now) {
    header().epoch = next_epoch(header().epoch, wall_now);
    if (header().first_epoch == 0) header().first_epoch = header().epoch;
    return header().epoch;
}

void OrderJournal::append(JournalRecord record) noexcept {
    RINGSIDE_CHECK(used_ < bank_records_);
    record.check = connectord::check_of(record, generation_, used_);
    JournalRecord& to = records(current_)[used_++];
    std::memcpy(reinterpret_cast<std::byte*>(&to) + sizeof(record.check),
                reinterpret_cast<const std::byte*>(&record) + sizeof(record.check),
                sizeof(record) - sizeof(record.check));
    // Release: whoever finds this word in the memory of a process that was killed finds the rest.
    std::atomic_ref(to.check).store(record.check, std::memory_order_release);
}

void OrderJournal::begin_compaction() noexcept {
    current_ = generation_ == 0 ? 0 : 1 - current_;
    ++generation_;
    used_ = 0;
    // Release: until end_compaction() nobody takes this bank for good, whatever is in it.
    std::atomic_ref(bank(current_).generation).store(0, std::memory_order_release);
}

void OrderJournal::end_compaction() noexcept {
    BankHeader& head = bank(current_);
    BankHeader next{.generation = generation_, .live = used_, .check = 0, .reserved = {}};
    head.live = next.live;
    head.check = check_of(next);
    // Release: a bank with this word has all its records.
    std::atomic_ref(head.generation).store(generation_, std::memory_order_release);
    ++compactions_;
}

}  // namespace ringside::connectord
