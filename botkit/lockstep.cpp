#include "botkit/lockstep.hpp"

#include <utility>

#include "botkit/fiber.hpp"
#include "core/check.hpp"

namespace ringside::botkit {

namespace {

/// Rounds without anything moving before this is taken for what it is: nothing ever will.
constexpr unsigned kMostIdleRounds = 16;

}  // namespace

void run_in_lockstep(SharedVenue& venue, std::vector<LockstepBot> bots,
                     const std::function<void()>& on_round) {
    std::vector<std::unique_ptr<Fiber>> fibers(bots.size());
    for (std::size_t b = 0; b < bots.size(); ++b) {
        // A function that can be copied holds no link: the fiber's body takes it from here.
        auto link = std::make_shared<std::unique_ptr<Link>>(
            venue.connect([&fiber = fibers[b]] { fiber->suspend(); }));
        fibers[b] = std::make_unique<Fiber>(
            [bot = std::move(bots[b]), link] { bot(std::exchange(*link, nullptr)); });
    }
    unsigned idle_rounds = 0;
    while (!fibers.empty()) {
        const std::uint64_t moves = venue.moves();
        for (auto& fiber : fibers) {
            if (!fiber->done()) fiber->resume();
        }
        idle_rounds = venue.moves() == moves ? idle_rounds + 1 : 0;
        RINGSIDE_CHECK(idle_rounds < kMostIdleRounds);
        bool any = false;
        for (const auto& fiber : fibers) any |= !fiber->done();
        if (!any) return;
        on_round();
    }
}

}  // namespace ringside::botkit
