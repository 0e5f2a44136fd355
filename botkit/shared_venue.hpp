#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "botkit/link.hpp"
#include "engine/simulated_venue.hpp"

namespace ringside::botkit {

/// One simulated venue for several bots on one thread: the data are decoded once and the exchange's
/// book is rebuilt once, and each bot has its own orders, queue positions and latencies against it.
/// A bot sees exactly what it would see alone.
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

    const bool compat_;
    engine::SimulatedVenue venue_;
    std::deque<Part> parts_;              ///< of the feed, which some bot has not passed
    std::uint64_t first_part_ = 0;        ///< number of parts_.front()
    std::uint64_t rows_ahead_ = 0;        ///< in parts_
    std::vector<std::uint64_t> reading_;  ///< by session: number of the part that it asks for next
    std::uint64_t rows_passed_ = 0;
    std::uint64_t moves_ = 0;
    bool news_ = true;  ///< since the venue last ran
};

/// A compat bot whose clock was turned back has asked for something: what it is answered is known
/// only to a venue that keeps to this bot's pace, so this bot has to run alone.
struct NeedsVenueOfItsOwn {};

}  // namespace ringside::botkit
