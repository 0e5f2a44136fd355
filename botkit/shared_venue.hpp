#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "botkit/link.hpp"
#include "botkit/local_asset.hpp"
#include "engine/simulated_venue.hpp"

namespace ringside::botkit {

/// One simulated venue for several bots on one thread: the data are decoded once, the book is
/// rebuilt once at exchange time and once at local time, and each bot has its own orders, queue
/// positions and latencies. A bot sees exactly what it would see alone: the book at local time
/// waits for whoever looks at it, and the bots come back to their own code in the order of time.
class SharedVenue {
  public:
    SharedVenue(const engine::VenueConfig& config, Decoding decoding);
    SharedVenue(const SharedVenue&) = delete;
    SharedVenue& operator=(const SharedVenue&) = delete;

    /// A bot's way to the venue; all are made before the first one is used. The link calls `wait`
    /// where its bot cannot go on before the others have.
    std::unique_ptr<Link> connect(std::function<void()> wait);

    const VenueInfo& info() const noexcept { return venue_.info(); }
    /// Rows of the data that every bot has left behind.
    std::uint64_t rows_passed() const noexcept { return rows_passed_; }
    /// Counts whatever any bot does that may let another one go on.
    std::uint64_t moves() const noexcept { return moves_; }

  private:
    friend class SharedLink;
    struct Part {
        engine::FeedRun run;
        Nanos complete_until;
    };

    FeedRows next_rows(std::size_t reader);
    void drop_passed();
    /// Whether no other bot looks at the books as they are before this time.
    bool may_show(std::size_t reader, Nanos time) const noexcept;
    /// Brings the books to where a bot is in the part that it reads.
    void show_books(std::size_t reader, const MarketUpdate* next);
    const MarketUpdate* books_at(const Part& part) const noexcept;
    void pass_part();
    void pass_books(const Part& part, const MarketUpdate* end);

    const bool compat_;
    engine::SimulatedVenue venue_;
    std::deque<Part> parts_;              ///< of the feed, which some bot has not passed
    std::uint64_t first_part_ = 0;        ///< number of parts_.front()
    std::uint64_t rows_ahead_ = 0;        ///< in parts_
    std::vector<std::uint64_t> reading_;  ///< by session: number of the part that it asks for next
    std::vector<LocalAsset> books_;       ///< at local time, by instrument
    std::uint64_t books_part_ = 0;        ///< number of the part that they are in
    const MarketUpdate* books_next_ = nullptr;  ///< first one in it that they have not; null: all
    std::vector<Nanos> looks_from_;  ///< by session: it will not look at books of earlier times
    std::uint64_t rows_passed_ = 0;
    std::uint64_t moves_ = 0;
    bool news_ = true;  ///< since the venue last ran
};

/// A compat bot whose clock was turned back has asked for something: what it is answered is known
/// only to a venue that keeps to this bot's pace, so this bot has to run alone.
struct NeedsVenueOfItsOwn {};

}  // namespace ringside::botkit
