#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "core/event.hpp"
#include "tools/ringside/book_crossing.hpp"
#include "tools/ringside/clock_line.hpp"

namespace ringside {

/// The difference of two times, however wrong they are.
inline Nanos difference(Nanos later, Nanos earlier) noexcept {
    Nanos result = 0;
    if (!__builtin_sub_overflow(later, earlier, &result)) return result;
    return later < earlier ? kBeforeAll : kNever;
}

/// Every so-many-th of a stream of numbers, as many as memory was set aside for.
class Sample {
  public:
    void add(Nanos value) {
        if (seen_++ % stride_ != 0) return;
        if (values_.size() == kMost) thin_out();
        values_.push_back(value);
    }
    /// Share 0 to 1 of the values kept lie below; nothing without values.
    std::optional<Nanos> quantile(double share) const;

  private:
    static constexpr std::size_t kMost = std::size_t{1} << 16;
    void thin_out();

    std::vector<Nanos> values_;
    std::uint64_t seen_ = 0;
    std::uint64_t stride_ = 1;
};

/// What is right and wrong with a stream of rows, found in one pass with bounded memory. Nothing
/// is refused: bad rows are counted and the first is named.
///
/// Rows of equal times that follow each other are one message. Latencies, clocks, silences and the
/// book are those of rows that the bot sees.
class FeedQuality {
  public:
    struct Faults {
        std::uint64_t count = 0;
        std::uint64_t first_row = 0;  ///< from 0, of all rows
        Nanos worst = 0;              ///< how far time went back
    };
    struct Span {
        Nanos first = kNever;
        Nanos last = kBeforeAll;
        Nanos length() const noexcept { return last < first ? 0 : difference(last, first); }
        void add(Nanos ts) noexcept {
            first = ts < first ? ts : first;
            last = ts > last ? ts : last;
        }
    };
    struct Silence {
        Nanos from = 0;
        Nanos length = 0;
    };
    static constexpr std::size_t kSilencesKept = 5;

    void add(std::span<const Event> rows);
    /// After the last row.
    void finish();

    std::uint64_t rows() const noexcept { return rows_; }
    std::uint64_t messages() const noexcept { return messages_; }
    const std::array<std::uint64_t, 256>& rows_by_kind() const noexcept { return by_kind_; }
    const Span& exch_span() const noexcept { return exch_span_; }
    const Span& local_span() const noexcept { return local_span_; }
    const Faults& not_finite() const noexcept { return not_finite_; }
    const Faults& exch_back() const noexcept { return exch_back_; }
    const Faults& local_back() const noexcept { return local_back_; }
    const Faults& duplicates() const noexcept { return duplicates_; }
    /// Seen by nobody: neither at the exchange nor by the bot.
    const Faults& unseen() const noexcept { return unseen_; }

    std::uint64_t negative_latencies() const noexcept { return negative_; }  ///< messages
    std::uint64_t zero_latencies() const noexcept { return zero_; }          ///< messages
    Nanos least_latency() const noexcept { return least_latency_; }
    Nanos greatest_latency() const noexcept { return greatest_latency_; }
    std::optional<Nanos> latency_quantile(double share) const { return latencies_.quantile(share); }
    std::optional<ClockLine::Fit> clock() const { return clock_.fit(); }
    /// Greatest common divisor of exchange times.
    Nanos exch_resolution() const noexcept { return resolution_; }

    /// The longest first.
    const std::vector<Silence>& silences() const noexcept { return silences_; }
    const BookCrossing& book() const noexcept { return book_; }
    /// Rows of single orders: no book was built.
    bool has_orders() const noexcept { return has_orders_; }

  private:
    static void note(Faults& faults, std::uint64_t row, Nanos back = 0) {
        if (faults.count++ == 0) faults.first_row = row;
        faults.worst = back > faults.worst ? back : faults.worst;
    }
    void add_row(const Event& row);
    void begin_message(const Event& row);
    void note_silence(Nanos from, Nanos length);
    bool is_repeated(const Event& row) noexcept;

    std::uint64_t rows_ = 0;
    std::uint64_t messages_ = 0;
    std::array<std::uint64_t, 256> by_kind_{};
    Span exch_span_;
    Span local_span_;
    Faults not_finite_;
    Faults exch_back_;
    Faults local_back_;
    Faults duplicates_;
    Faults unseen_;
    std::uint64_t negative_ = 0;
    std::uint64_t zero_ = 0;
    Nanos least_latency_ = kNever;
    Nanos greatest_latency_ = kBeforeAll;
    Sample latencies_;
    ClockLine clock_;
    Nanos resolution_ = 0;
    std::vector<Silence> silences_;
    BookCrossing book_;
    bool has_orders_ = false;

    Nanos exch_ts_ = kBeforeAll;   // of the last row seen at the exchange
    Nanos local_ts_ = kBeforeAll;  // of the last row seen by the bot
    Nanos message_exch_ts_ = 0;
    Nanos message_local_ts_ = kNever;
    std::array<std::uint64_t, 4096> recent_{};  // hashes of rows, each in its own place
};

}  // namespace ringside
