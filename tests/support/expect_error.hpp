#pragma once

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace ringside::test {

/// The Error that `action` throws, or none.
template <typename Action>
std::optional<Error> error_of(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

/// Expects an Error with this exit code whose message contains `part`.
template <typename Action>
void expect_error(const Action& action, ExitCode code, const std::string& part) {
    const std::optional<Error> error = error_of(action);
    ASSERT_TRUE(error.has_value()) << "no error; expected one about: " << part;
    EXPECT_EQ(error->code(), code) << error->what();
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, std::string(error->what()));
}

}  // namespace ringside::test
