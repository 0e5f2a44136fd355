#include <cstdlib>
#include <fstream>

#include "tests/e2e/replay.hpp"

namespace ringside {
namespace {

using test::Process;
using test::Replay;

/// The example bot with queue and fee models of its own; bytes of its record and order log.
std::string run(const Replay& replay, const std::string& config, const std::string& name) {
    const char* program = std::getenv("RINGSIDE_TEST_CUSTOM_MODELS");
    const std::filesystem::path no_parameters = replay.file("none.toml");
    std::ofstream(no_parameters).flush();
    Process bot(
        {program, "--in-process", config, "--config", no_parameters.string(), "--record",
         replay.file(name + ".npz").string(), "--orders", replay.file(name + ".npy").string()},
        replay.file(name + ".log"));
    EXPECT_EQ(bot.wait(), 0) << replay.log(name);
    return replay.results(name);
}

TEST(CustomModels, OfTheExampleTradeAndGiveTheSameTwice) {
    if (std::getenv("RINGSIDE_TEST_CUSTOM_MODELS") == nullptr) {
        GTEST_SKIP() << "RINGSIDE_TEST_CUSTOM_MODELS names no program";
    }
    const Replay replay(20'000);
    const std::string config = replay.config("1ms");
    const std::string first = run(replay, config, "first");
    EXPECT_GT(replay.order_log_bytes("first"), 20'000u) << "hundreds of rows";
    EXPECT_EQ(run(replay, config, "second"), first);
}

}  // namespace
}  // namespace ringside
