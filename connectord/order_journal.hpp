#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectord/order_events.hpp"

namespace ringside::connectord {

enum class JournalKind : std::uint8_t {
    Unset = 0,
    Instrument,  ///< text: symbol of `asset_no` in the records that follow
    Bot,         ///< text: name of `bot`
    Submit,      ///< written before the order goes on the wire
    Fill,        ///< `id` is the trade's; adds to the bot's position
    KnownFill,   ///< the same, contained in a Position already
    Closed,      ///< nothing more can come of the order
    KillSwitch,  ///< lots: 1 pulled, 0 reset
    Position,    ///< signed lots of (bot, asset_no); of kNoBot: what the account held before us
};

/// One entry: a cache line. `check` covers the rest, its place and the generation of its bank, so
/// that neither a torn record nor one of an earlier generation passes for good.
struct JournalRecord {
    std::uint32_t check = 0;  ///< stored last
    JournalKind kind = JournalKind::Unset;
    Side side = Side::Unset;
    TimeInForce time_in_force = TimeInForce::Gtc;
    OrderType type = OrderType::Limit;
    AssetNo asset_no = 0;
    BotNo bot = 0;
    std::uint16_t reserved = 0;
    std::uint64_t key = 0;  ///< OrderKey::packed(); the text of Instrument and Bot begins here
    std::uint64_t id = 0;   ///< order id, trade id
    Ticks price_ticks = 0;
    Lots lots = 0;
    double fee = 0.0;
    Nanos ts = 0;
};
static_assert(sizeof(JournalRecord) == 64);
inline constexpr std::size_t kJournalText = 48;

JournalRecord text_record(JournalKind kind, std::uint32_t number, std::string_view text) noexcept;

/// An order that was not closed when the journal ended.
struct OpenInJournal {
    struct Booked {
        TradeId trade = 0;  ///< 0: all up to `ts`
        Lots lots = 0;
        Nanos ts = 0;  ///< venue's
    };
    JournalRecord submit;
    std::vector<Booked> fills;
};

/// What a journal says, asset numbers being its own.
struct JournalContents {
    std::uint32_t epoch = 0;        ///< the last one used; 0: a new journal
    std::uint32_t first_epoch = 0;  ///< since which every order is in it
    std::vector<std::string> symbols;
    std::vector<std::string> bots;
    std::vector<OpenInJournal> orders;  ///< in the order of their submission
    std::vector<JournalRecord> positions;
    bool killed = false;  ///< the kill switch was not reset
    std::uint64_t records = 0;
};

/// Write-ahead journal of own orders, in memory that outlives the process (JournalFile). A record
/// costs a copy of 64 bytes and no system call: a killed process loses nothing, because what it
/// stored is in the page cache. Against loss of power JournalFile::sync() must be called.
///
///     header | bank 0: header, records ... | bank 1: header, records ...
///
/// Records are appended to one bank. When it is full, what still matters is written to the other
/// one, whose header is stored last: whatever the moment of death, one bank is whole. One thread.
class OrderJournal {
  public:
    /// Bytes for so many records in each bank.
    static std::size_t bytes(std::size_t records) noexcept;

    /// Over zeroes (a new journal) or what an earlier OrderJournal left there. Fails (Data) if it
    /// is neither.
    explicit OrderJournal(std::span<std::byte> memory);

    /// Reads the current bank up to the first record that is not whole.
    JournalContents read() const;

    /// Epoch of the run that begins, higher than any before. To be synced before the first order.
    std::uint32_t begin_epoch(Nanos wall_now);

    /// Records that still fit.
    std::size_t room() const noexcept { return bank_records_ - used_; }
    std::size_t capacity() const noexcept { return bank_records_; }
    /// There must be room.
    void append(JournalRecord record) noexcept;

    /// Everything appended from here to end_compaction() replaces all there was.
    void begin_compaction() noexcept;
    void end_compaction() noexcept;
    std::uint64_t compactions() const noexcept { return compactions_; }

  private:
    struct FileHeader;
    struct BankHeader;
    FileHeader& header() const noexcept;
    BankHeader& bank(std::size_t which) const noexcept;
    static std::uint32_t check_of(const BankHeader& header) noexcept;
    JournalRecord* records(std::size_t which) const noexcept;
    bool whole(std::size_t which, std::size_t i) const noexcept;
    bool usable(std::size_t which) const noexcept;

    std::span<std::byte> memory_;
    std::size_t bank_records_ = 0;
    std::size_t current_ = 0;  ///< bank written to
    std::size_t used_ = 0;     ///< records in it
    std::uint64_t generation_ = 0;
    std::uint64_t compactions_ = 0;
};

}  // namespace ringside::connectord
