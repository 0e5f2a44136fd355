// The ringside program as a user meets it: exit codes, what it prints, what it leaves behind.

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "core/error.hpp"
#include "core/event.hpp"
#include "core/row_file.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/raw_file.hpp"

namespace ringside {
namespace {

using test::gzipped;
using test::read_file;
using test::TempDir;
using ::testing::HasSubstr;

constexpr const char* kBook =
    R"(1700000000000000100 {"stream":"s","data":{"e":"depthUpdate","T":1700000000000,"b":[["10","1"]],"a":[]}})"
    "\n";

class RingsideCommand : public testing::Test {
  protected:
    void SetUp() override {
        const char* const program = std::getenv("RINGSIDE_EXE");
        if (program == nullptr) GTEST_SKIP() << "set RINGSIDE_EXE to the ringside program";
        program_ = program;
    }

    /// Exit status of the program in the test's directory.
    int run(const std::string& arguments) {
        const std::string command = "cd '" + dir_.path().string() + "' && '" + program_ + "' " +
                                    arguments + " >out.txt 2>err.txt";
        const int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    std::string out() const { return read_file(dir_ / "out.txt"); }
    std::string err() const { return read_file(dir_ / "err.txt"); }

    TempDir dir_;
    std::string program_;
};

TEST_F(RingsideCommand, ConvertWritesTheFileAndItsSummary) {
    dir_.write("a.gz", gzipped(std::string(kBook) + "junk\n" + kBook));
    ASSERT_EQ(run("convert binance-futures a.gz -o b.npz --json"), 0) << err();
    EXPECT_THAT(out(), HasSubstr(R"("rows":2,)"));
    EXPECT_THAT(out(), HasSubstr(R"("malformed":1,)"));
    EXPECT_THAT(err(), HasSubstr("a.gz:2: does not start with"));
    EXPECT_EQ(read_rows<Event>(dir_ / "b.npz", event_dtype()).size(), 2u);
}

TEST_F(RingsideCommand, ConvertNamesOnlyTheFirstMalformedLines) {
    std::string text = kBook;
    for (int i = 0; i < 40; ++i) text += "junk\n";
    dir_.write("a.gz", gzipped(text));
    ASSERT_EQ(run("convert binance-futures a.gz -o b.npy"), 0) << err();
    EXPECT_THAT(err(), HasSubstr("a.gz:11: "));
    EXPECT_THAT(err(), Not(HasSubstr("a.gz:12: ")));
    EXPECT_THAT(out(), HasSubstr("40 malformed"));
}

TEST_F(RingsideCommand, StrictConvertExitsWith3AndLeavesNoOutput) {
    dir_.write("a.gz", gzipped(std::string(kBook) + "junk\n"));
    EXPECT_EQ(run("convert binance-futures a.gz -o b.npz --strict"), 3);
    EXPECT_THAT(err(), HasSubstr("a.gz:2: "));
    EXPECT_EQ(dir_.count(), 3u) << "only the input and what was printed";
}

TEST_F(RingsideCommand, ConvertKeepsAnOlderOutputWhenItFails) {
    dir_.write("b.npz", "precious");
    dir_.write("a.gz", "not gzip");
    EXPECT_EQ(run("convert binance-futures a.gz -o b.npz"), 3);
    EXPECT_EQ(read_file(dir_ / "b.npz"), "precious");
}

TEST_F(RingsideCommand, SynthRepeatsItself) {
    ASSERT_EQ(run("synth -o a.npz --seed 5 --duration 3s"), 0) << err();
    ASSERT_EQ(run("synth -o b.npz --seed 5 --duration 3s"), 0) << err();
    EXPECT_EQ(read_file(dir_ / "a.npz"), read_file(dir_ / "b.npz"));
    ASSERT_EQ(run("synth -o c.npy --events 5000 --json"), 0) << err();
    EXPECT_GE(read_rows<Event>(dir_ / "c.npy", event_dtype()).size(), 5'000u);
}

TEST_F(RingsideCommand, UsageErrorsExitWith2) {
    for (const char* arguments :
         {"", "convert", "convert binance-futures", "convert binance-futures a.gz -o b.txt",
          "convert binance-futures a.gz -o b.npz --options q", "synth -o a.npz --duration soon",
          "synth -o a.npz --tick-size 0", "synth -o a.npz --events 5 --duration 5s", "nonsense"}) {
        EXPECT_EQ(run(arguments), static_cast<int>(ExitCode::Usage)) << arguments;
        EXPECT_FALSE(err().empty()) << arguments;
    }
    EXPECT_EQ(run("--help"), 0);
    EXPECT_EQ(run("--version"), 0);
}

TEST_F(RingsideCommand, BenchSaysHowFarBacktestsAreFromTheFloor) {
    ASSERT_EQ(run("bench --events 20000 --runs 1"), 0) << err();
    EXPECT_THAT(out(), HasSubstr("(floor)"));
    EXPECT_THAT(out(), HasSubstr("100 %"));
    ASSERT_EQ(run("bench --events 20000 --runs 2 --json"), 0) << err();
    EXPECT_THAT(out(), HasSubstr(R"("events":20000,"rows":[{"name":"two books)"));
    EXPECT_EQ(run("bench --runs 0"), 2);
}

TEST_F(RingsideCommand, ValidateExitsWith3BelowTheGradeThatIsRequired) {
    dir_.write("a.gz", gzipped(R"(1700000000000000100 {"stream":"s","data":{"e":"depthUpdate",)"
                               R"("T":1700000000000,"U":1,"u":2,"pu":0,"b":[["10","1"]],"a":[]}})"
                               "\njunk\n"));
    EXPECT_EQ(run("validate a.gz"), 3);
    EXPECT_THAT(out(), HasSubstr("a.gz: usable"));
    EXPECT_THAT(out(), HasSubstr("over malformed: 1"));
    EXPECT_THAT(err(), HasSubstr("good is required"));
    EXPECT_EQ(run("validate a.gz --require usable"), 0) << err();
    EXPECT_EQ(run("validate a.gz --limit malformed=1 --limit no_snapshot=1 --json"), 0) << err();
    EXPECT_THAT(out(), HasSubstr(R"({"grade":"good",)"));
    ASSERT_EQ(run("convert binance-futures a.gz -o b.npz"), 0) << err();
    EXPECT_EQ(run("validate b.npz"), 0) << err();
    EXPECT_EQ(run("validate a.gz b.npz"), 2);
}

TEST_F(RingsideCommand, ValidateNamesTheRowThatAReplayWouldRefuse) {
    dir_.write("a.gz", gzipped(std::string(kBook) + kBook + kBook));
    ASSERT_EQ(run("convert binance-futures a.gz -o b.npy"), 0) << err();
    std::string bytes = read_file(dir_ / "b.npy");
    // The price of the last row.
    const double none = std::numeric_limits<double>::quiet_NaN();
    std::memcpy(bytes.data() + bytes.size() - sizeof(Event) + offsetof(Event, px), &none,
                sizeof(none));
    dir_.write("b.npy", bytes);
    EXPECT_EQ(run("validate b.npy --require usable"), 3);
    EXPECT_THAT(out(), HasSubstr("b.npy: bad"));
    EXPECT_THAT(out(), HasSubstr("1 of them are no numbers; first b.npy: row 2"));
}

TEST_F(RingsideCommand, ConvertReadsSpot) {
    dir_.write("a.gz", gzipped(R"(1700000000000000100 {"stream":"s","data":{"e":"depthUpdate",)"
                               R"("E":1700000000000,"U":1,"u":2,"b":[["10","1"]],"a":[]}})"
                               "\n"));
    ASSERT_EQ(run("convert binance-spot a.gz -o b.npz --json"), 0) << err();
    EXPECT_THAT(out(), HasSubstr(R"("rows":1,)"));
    EXPECT_EQ(run("convert binance-spot a.gz -o b.npz --options m"), 2);
}

}  // namespace
}  // namespace ringside
