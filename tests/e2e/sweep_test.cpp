// `ringside sweep`: rows are those of the sets' own backtests, whatever interrupts it.

#include <cstdlib>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/row_writer.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/ringside/sweep_table.hpp"
#include "tools/ringside/synth.hpp"

namespace ringside {
namespace {

using test::read_file;
using test::TempDir;
using ::testing::HasSubstr;

class RingsideSweep : public testing::Test {
  protected:
    void SetUp() override {
        const char* const program = std::getenv("RINGSIDE_EXE");
        const char* const bot = std::getenv("RINGSIDE_TEST_GRID_BOT");
        if (program == nullptr || bot == nullptr) {
            GTEST_SKIP() << "set RINGSIDE_EXE and RINGSIDE_TEST_GRID_BOT to the two programs";
        }
        program_ = program;
        bot_ = bot;
    }

    void write_market(std::uint64_t events) {
        EventWriter writer(dir_ / "market.npy");
        synthesize({.seed = 11, .duration = kNever, .events = events},
                   [&](std::span<const Event> rows) { writer.append(rows); });
        writer.finish();
    }
    std::string venue(const std::string& rules) const {
        return "[venue]\nname = \"replay\"\nrules = \"" + rules +
               "\"\n[[asset]]\nsymbol = \"SYNTH\"\ndata = [\"market.npy\"]\n"
               "tick_size = 0.1\nlot_size = 0.001\nlatency = { entry = \"2ms\", response = \"1ms\" "
               "}\nqueue = { model = \"power_prob\", n = 2.0 }\n"
               "fee = { maker = -0.00005, taker = 0.0007 }\n[backtest]\nbot = \"" +
               bot_ + "\"\n";
    }
    std::string write_grid(const std::string& rules, const std::string& more = "") {
        dir_.write("sweep.toml", venue(rules) + "[bot]\nstep = \"10ms\"\ninterval = 0.3\n" + more +
                                     "[sweep.grid]\nhalf_spread = [0.1, 0.5, 1.0]\n"
                                     "max_position = [1, 5.0]\nstep = [\"10ms\", \"7ms\"]\n");
        return "sweep.toml";
    }

    /// Exit status of the program in the test's directory.
    int run(const std::string& arguments) {
        const std::string command = "cd '" + dir_.path().string() + "' && '" + program_ + "' " +
                                    arguments + " >out.txt 2>err.txt";
        const int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    /// A backtest of one set by itself.
    int run_alone(const std::vector<std::string>& set) {
        std::string command = "cd '" + dir_.path().string() + "' && '" + bot_ +
                              "' --in-process sweep.toml --record alone.npz --orders alone.npy";
        for (const std::string& parameter : set) command += " --set '" + parameter + "'";
        return std::system(command.c_str());
    }
    std::string out() const { return read_file(dir_ / "out.txt"); }
    std::string err() const { return read_file(dir_ / "err.txt"); }
    std::string table() const { return read_file(dir_ / "sweep-sweep/results.csv"); }

    TempDir dir_;
    std::string program_;
    std::string bot_;
};

TEST_F(RingsideSweep, EverySetLeavesTheBytesOfItsOwnBacktest) {
    write_market(60'000);
    for (const char* rules : {"strict", "compat"}) {
        SCOPED_TRACE(rules);
        write_grid(rules);
        ASSERT_EQ(run("sweep sweep.toml --keep-runs --jobs 2 --together 5 --fresh"), 0) << err();
        const SweepPlan plan = SweepPlan::read(dir_ / "sweep.toml");
        const auto rows = read_csv(plan.table());
        ASSERT_EQ(plan.sets.size(), 12u);
        ASSERT_EQ(rows.size(), 13u);
        std::map<std::string, int> different;
        for (std::size_t set = 0; set < plan.sets.size(); ++set) {
            SCOPED_TRACE(testing::Message() << "set " << set);
            ASSERT_EQ(rows[set + 1].front(), std::to_string(set));
            ASSERT_EQ(run_alone(plan.parameters(set)), 0);
            const std::string record = read_file(plan.folder(set) / "record.npz");
            EXPECT_GT(record.size(), 1000u);
            EXPECT_EQ(record, read_file(dir_ / "alone.npz"));
            EXPECT_EQ(read_file(plan.folder(set) / "orders.npy"), read_file(dir_ / "alone.npy"));
            ++different[record];
        }
        EXPECT_GT(different.size(), 6U) << "the parameters matter";
    }
}

TEST_F(RingsideSweep, KilledAtAnyTimeItGoesOnWithoutALostOrADoubledRow) {
    write_market(250'000);
    write_grid("strict");
    ASSERT_EQ(run("sweep sweep.toml --jobs 2 --together 2"), 0) << err();
    const std::string whole = table();
    ASSERT_EQ(run("sweep sweep.toml --fresh -o other --jobs 1 --together 1"), 0) << err();
    ASSERT_EQ(read_file(dir_ / "other/results.csv"), whole) << "whatever is run together";

    std::filesystem::remove_all(dir_ / "sweep-sweep");
    const std::string config = (dir_ / "sweep.toml").string();
    int kills = 0;
    for (int ms = 40;; ms += 35) {
        test::Process sweep({program_, "sweep", config, "--jobs", "2", "--together", "2"},
                            dir_ / "out.txt");
        const auto status = sweep.wait(std::chrono::milliseconds(ms));
        if (status) {
            ASSERT_EQ(*status, 0) << out();
            break;
        }
        sweep.kill(SIGKILL);
        sweep.wait();
        ++kills;
    }
    EXPECT_GT(kills, 0);
    EXPECT_EQ(table(), whole);
}

TEST_F(RingsideSweep, ARowThatWasCutShortIsRunAgain) {
    write_market(20'000);
    write_grid("strict");
    ASSERT_EQ(run("sweep sweep.toml"), 0) << err();
    const std::string whole = table();
    const auto file = dir_ / "sweep-sweep/results.csv";
    std::filesystem::resize_file(file, whole.size() - 20);
    ASSERT_EQ(run("sweep sweep.toml"), 0) << err();
    EXPECT_THAT(out(), HasSubstr("11 of 12 sets are done already"));
    EXPECT_EQ(table(), whole);
}

TEST_F(RingsideSweep, AListOfSetsIsRunAsItStands) {
    write_market(20'000);
    dir_.write("sweep.toml", venue("strict") +
                                 "[bot]\nstep = \"10ms\"\n[sweep]\njobs = 1\n"
                                 "[[sweep.set]]\nskew = 0.5\nlevels = 3\n"
                                 "[[sweep.set]]\nskew = 0.25\nlevels = 4\n");
    ASSERT_EQ(run("sweep sweep.toml --npz"), 0) << err();
    const auto rows = read_csv(dir_ / "sweep-sweep/results.csv");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0][1], "levels");
    EXPECT_EQ(rows[2][1], "4");
    EXPECT_EQ(rows[2][2], "0.25");
    EXPECT_TRUE(std::filesystem::exists(dir_ / "sweep-sweep/results.npz"));
}

TEST_F(RingsideSweep, AnotherSweepsResultsAreNeitherMixedNorOverwritten) {
    write_market(20'000);
    write_grid("strict");
    ASSERT_EQ(run("sweep sweep.toml"), 0) << err();
    const std::string before = table();
    write_grid("compat");
    EXPECT_EQ(run("sweep sweep.toml"), 2);
    EXPECT_THAT(err(), HasSubstr("another configuration, program or data"));
    EXPECT_THAT(err(), HasSubstr("--fresh"));
    EXPECT_EQ(table(), before);
}

TEST_F(RingsideSweep, AParameterThatTheBotDoesNotKnowIsRefusedBeforeAnythingRuns) {
    write_market(20'000);
    dir_.write("sweep.toml", venue("strict") + "[[sweep.set]]\nskew = 0.5\nlevls = 3\n");
    EXPECT_EQ(run("sweep sweep.toml"), 2);
    EXPECT_THAT(err(), HasSubstr("levls"));
    EXPECT_EQ(read_csv(dir_ / "sweep-sweep/results.csv").size(), 1u) << "no row";
}

TEST_F(RingsideSweep, UnknownKeysAndMissingSetsAreErrorsThatSayWhatToDo) {
    write_market(20'000);
    dir_.write("sweep.toml", venue("strict") + "[sweep]\njob = 1\n[sweep.grid]\nskew = [0.5]\n");
    EXPECT_EQ(run("sweep sweep.toml"), 2);
    EXPECT_THAT(err(), HasSubstr("unknown key 'job' in [sweep]; did you mean 'jobs'?"));
    dir_.write("sweep.toml", venue("strict"));
    EXPECT_EQ(run("sweep sweep.toml"), 2);
    EXPECT_THAT(err(), HasSubstr("[sweep.grid]"));
}

TEST_F(RingsideSweep, ABacktestReadsTheSameFile) {
    write_market(20'000);
    write_grid("strict");
    EXPECT_EQ(run("backtest sweep.toml --in-process --no-report"), 0) << err();
}

}  // namespace
}  // namespace ringside
