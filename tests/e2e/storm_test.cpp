// connectord between bots and a venue at which things go wrong: each fault by itself, then all of
// them mixed. What must be true once it is calm again is the same.

#include <algorithm>
#include <chrono>
#include <csignal>

#include "tests/e2e/book_witness.hpp"
#include "tests/e2e/live_rig.hpp"

namespace ringside {
namespace {

using test::BookWitness;
using test::LiveRig;
using test::Process;

/// "Within 5 s of calm" in beats of connectord, which are a millisecond apart at least: so a
/// machine that is busy, or stands still, has no say in it.
constexpr std::int64_t kBeatsToAgree = 5000;

int number(const char* variable, int otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

std::string mixed_faults(int seed) {
    return fmt::format(R"([fault_mix]
seed = {}
kinds = ["disconnect", "slow", "server_error", "timeout", "no_answer", "drop", "duplicate", "reorder", "gap", "malformed", "stale_snapshot", "expire_listen_key", "rate_limit", "silence", "huge", "certificate"]
every = "600ms"
lasts = "300ms"
from = "2s"
until = "8s"
probability = 0.3
)",
                       seed);
}

/// A venue, a connector, a bot that trades and one that only looks.
class Storm {
  public:
    explicit Storm(const std::string& more)
        : rig_("[market]\nbook_log = \"books.txt\"\n" + more),
          connectord_(rig_.connectord(rig_.config("request_window = \"1s\"\n"))),
          bot_(rig_.bot("bot", "10min")),
          witness_("live") {}

    LiveRig& rig() noexcept { return rig_; }

    /// After the last fault, which must have ended: waits until connectord and the venue agree.
    /// Returns beats until then.
    std::int64_t settle() {
        const std::int64_t calm = rig_.beats();
        // Orders agree while the market stands still, and a book comes back with its next change,
        // perhaps only now: the fault's last message may be on its way still.
        rig_.hold(true);
        rig_.wait_until("agreement", [&] { return agree(); });
        rig_.hold(false);
        rig_.wait_until("the book", [&] { return rig_.figure("books fresh") == 1; });
        return rig_.beats() - calm;
    }
    void expect_the_truth() {
        rig_.retire({&bot_});
        const auto heard = rig_.heard("bot");
        EXPECT_EQ(rig_.fills(), heard.fills) << rig_.log("connectord");
        EXPECT_EQ(rig_.position_lots(), heard.position_lots) << rig_.log("connectord");
        const auto state = rig_.state();
        EXPECT_EQ(state["reusedClientIds"], 0);
        const auto accepted = state["ordersAccepted"].get<std::int64_t>();
        rig_.wait_until("as many submits as orders",
                        [&] { return rig_.figure("submits") >= accepted; });
        EXPECT_EQ(rig_.figure("fills of bots gone"), 0);

        witness_.stop();
        EXPECT_GT(witness_.sightings(), 0U);
        rig_.wait_until("the log of books",
                        [&] { return logged_until() > witness_.last_millis(); });
        EXPECT_EQ(witness_.differences(test::read_file(rig_.file("books.txt"))), "")
            << rig_.log("connectord");
    }
    /// Whether bots were told of every loss of the book that connectord knows of.
    std::size_t stale_periods() const noexcept { return witness_.stale_periods(); }

  private:
    std::int64_t logged_until() const {
        const std::string log = test::read_file(rig_.file("books.txt"));
        const std::size_t end = log.rfind('\n');
        const std::size_t begin = end == 0 ? end : log.rfind('\n', end - 1);
        if (begin == log.npos || end == log.npos) return 0;
        return std::atoll(log.c_str() + log.find(' ', begin) + 1);
    }
    bool agree() {
        const auto account = rig_.account();
        return rig_.figure("account ready") == 1 && rig_.figure("orders unknown") == 0 &&
               rig_.figure("position drift lots") == 0 &&
               rig_.figure("fills") == account["fills"].get<std::int64_t>() &&
               rig_.figure("orders live") == std::ssize(account["openOrders"]);
    }

    LiveRig rig_;
    Process connectord_;
    Process bot_;
    BookWitness witness_;
};

class Storms : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!LiveRig::has_programs()) {
            GTEST_SKIP() << "RINGSIDE_TEST_SIMULATOR, _CONNECTORD and _GRID_BOT name no programs";
        }
    }
};

/// RINGSIDE_LIVE_STORMS of them (3), from RINGSIDE_SEED (1).
TEST_F(Storms, LeaveConnectorBotsAndVenueInAgreement) {
    const int rounds = number("RINGSIDE_LIVE_STORMS", 3);
    const int first_seed = number("RINGSIDE_SEED", 1);
    std::vector<std::int64_t> beats;
    std::size_t stale_periods = 0;
    for (int seed = first_seed; seed < first_seed + rounds && !HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        Storm storm(mixed_faults(seed));
        storm.rig().wait_until("calm", [&] { return storm.rig().state()["calm"].get<bool>(); });
        beats.push_back(storm.settle());
        EXPECT_LE(beats.back(), kBeatsToAgree) << storm.rig().log("connectord");
        storm.expect_the_truth();
        stale_periods += storm.stale_periods();
    }
    std::sort(beats.begin(), beats.end());
    fmt::print(
        "{} storms: from calm to agreement {} beats in the middle, {} at most; bots were told of "
        "{} stale periods\n",
        beats.size(), beats[beats.size() / 2], beats.back(), stale_periods);
}

struct OneFault {
    const char* name;
    std::vector<const char*> faults;  ///< as the simulator's control takes them
    const char* kind;                 ///< that must have struck; null: connections must be lost
    bool breaks_book = false;
};

void PrintTo(const OneFault& one, std::ostream* out) { *out << one.name; }

class EachFault : public Storms, public ::testing::WithParamInterface<OneFault> {};

TEST_P(EachFault, LeavesConnectorBotsAndVenueInAgreement) {
    const OneFault& one = GetParam();
    Storm storm("");
    LiveRig& rig = storm.rig();
    rig.wait_until("fills", [&] { return rig.fills() > 0; });
    rig.wait_until("a book", [&] { return rig.figure("books fresh") == 1; });
    const std::size_t stale_before = storm.stale_periods();
    for (const char* const fault : one.faults) rig.fault(fault);
    rig.wait_until("the fault", [&] {
        return one.kind == nullptr ? rig.figure("private stream lost") > 0
                                   : rig.state()["struck"][one.kind] > 0;
    });
    rig.wait_until("calm", [&] { return rig.state()["calm"].get<bool>(); });
    EXPECT_LE(storm.settle(), kBeatsToAgree) << rig.log("connectord");
    storm.expect_the_truth();
    if (one.breaks_book) {
        EXPECT_GT(storm.stale_periods(), stale_before);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Venue, EachFault,
    ::testing::Values(
        OneFault{"Disconnect", {R"({"kind": "disconnect", "lasts": "1s"})"}, nullptr, true},
        OneFault{"HalfOpenSilence", {R"({"kind": "silence", "lasts": "4s"})"}, nullptr, true},
        OneFault{"SlowAnswers", {R"({"kind": "slow", "lasts": "3s", "delay": "1500ms"})"}, "slow"},
        OneFault{"ServerErrors",
                 {R"({"kind": "server_error", "lasts": "3s", "probability": 0.7})"},
                 "server_error"},
        OneFault{"RateLimits", {R"({"kind": "rate_limit", "lasts": "2s"})"}, "rate_limit"},
        OneFault{"Bans", {R"({"kind": "ban", "lasts": "1s", "delay": "1s"})"}, "ban"},
        OneFault{"TimeoutsOfUnknownOutcome",
                 {R"({"kind": "timeout", "lasts": "3s", "probability": 0.7})"},
                 "timeout"},
        OneFault{"NoAnswers",
                 {R"({"kind": "no_answer", "lasts": "3s", "probability": 0.7})"},
                 "no_answer"},
        OneFault{"LostOrderEvents",
                 {R"({"kind": "drop", "target": "user", "lasts": "3s", "probability": 0.7})"},
                 "drop"},
        OneFault{"LostMarketData",
                 {R"({"kind": "drop", "target": "market", "lasts": "1s", "probability": 0.5})"},
                 "drop",
                 true},
        OneFault{"DuplicatedMessages",
                 {R"({"kind": "duplicate", "lasts": "3s", "probability": 0.7})"},
                 "duplicate"},
        OneFault{"ReorderedMessages",
                 {R"({"kind": "reorder", "lasts": "3s", "probability": 0.5})"},
                 "reorder",
                 true},
        OneFault{"SequenceGap", {R"({"kind": "gap", "times": 3})"}, "gap", true},
        OneFault{"MalformedMessages",
                 {R"({"kind": "malformed", "lasts": "2s", "probability": 0.5})"},
                 "malformed",
                 true},
        OneFault{"HugeMarketFrame", {R"({"kind": "huge", "target": "market"})"}, "huge", true},
        OneFault{"HugeOrderEvent", {R"({"kind": "huge", "target": "user"})"}, "huge"},
        OneFault{"HugeAnswer", {R"({"kind": "huge", "target": "order_api"})"}, "huge"},
        OneFault{"StaleSnapshot",
                 {R"({"kind": "stale_snapshot", "lasts": "2s"})",
                  R"({"kind": "gap", "target": "market"})"},
                 "stale_snapshot",
                 true},
        OneFault{"ExpiredListenKey", {R"({"kind": "expire_listen_key"})"}, "expire_listen_key"},
        OneFault{"SwappedCertificate",
                 {R"({"kind": "certificate", "lasts": "2s"})",
                  R"({"kind": "disconnect", "lasts": "100ms"})"},
                 "certificate",
                 true}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace ringside
