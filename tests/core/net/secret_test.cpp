#include "core/net/secret.hpp"

#include <cstdlib>
#include <type_traits>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::net {
namespace {

using test::expect_error;

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);

TEST(Secret, IsReadFromAFileThatOnlyItsOwnerMayRead) {
    const test::TempDir dir;
    const auto file = dir.write("key", "s3cret\n");
    ::chmod(file.c_str(), 0600);
    EXPECT_EQ(Secret::from_file(file).reveal(), "s3cret");
    ::chmod(file.c_str(), 0400);
    EXPECT_EQ(Secret::from_file(file).reveal(), "s3cret");
}

TEST(Secret, KeepsTheLinesOfAKeyInPem) {
    const test::TempDir dir;
    const auto file = dir.write("key", "-----BEGIN\nabc\n-----END\n");
    ::chmod(file.c_str(), 0600);
    EXPECT_EQ(Secret::from_file(file).reveal(), "-----BEGIN\nabc\n-----END");
}

TEST(Secret, RefusesAFileThatOthersMayRead) {
    const test::TempDir dir;
    const auto file = dir.write("key", "s3cret");
    for (const mode_t mode : {0644U, 0640U, 0604U, 0660U, 0700U, 0620U}) {
        ::chmod(file.c_str(), mode);
        expect_error([&] { Secret::from_file(file); }, ExitCode::Usage, "chmod 600");
    }
}

TEST(Secret, RefusesWhatIsNoFileAndWhatIsEmpty) {
    const test::TempDir dir;
    expect_error([&] { Secret::from_file(dir / "none"); }, ExitCode::Usage, "none");
    expect_error([&] { Secret::from_file(dir.path()); }, ExitCode::Usage, "regular file");
    const auto file = dir.write("key", "\n");
    ::chmod(file.c_str(), 0600);
    expect_error([&] { Secret::from_file(file); }, ExitCode::Usage, "empty");
    const auto pipe = dir / "pipe";
    ::mkfifo(pipe.c_str(), 0600);
    expect_error([&] { Secret::from_file(pipe); }, ExitCode::Usage, "regular file");
}

TEST(Secret, IsReadFromTheEnvironment) {
    ::setenv("RINGSIDE_TEST_SECRET", "from outside", 1);
    EXPECT_EQ(Secret::from_environment("RINGSIDE_TEST_SECRET").reveal(), "from outside");
    ::setenv("RINGSIDE_TEST_SECRET", "", 1);
    expect_error([] { Secret::from_environment("RINGSIDE_TEST_SECRET"); }, ExitCode::Usage,
                 "RINGSIDE_TEST_SECRET");
    ::unsetenv("RINGSIDE_TEST_SECRET");
    expect_error([] { Secret::from_environment("RINGSIDE_TEST_SECRET"); }, ExitCode::Usage,
                 "RINGSIDE_TEST_SECRET");
}

TEST(Secret, MovesAndLeavesNothingBehind) {
    std::string words = "a secret that is too long for a string's own storage";
    const char* const place = words.data();
    const std::size_t size = words.size();
    Secret first(std::move(words));
    EXPECT_EQ(std::string(place, size).find("secret"), std::string::npos);
    const Secret second(std::move(first));
    EXPECT_EQ(second.reveal(), "a secret that is too long for a string's own storage");
    EXPECT_TRUE(first.reveal().empty());
}

}  // namespace
}  // namespace ringside::net
