#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ringside {

/// The candidate that `word` may be a slip of: a few letters wrong, missing, doubled or swapped.
/// Empty when none is near; the earlier of two equally near.
std::string_view closest_word(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean 'x'?", or nothing when no candidate is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// Latin capitals as small letters; the rest as it is, whatever the locale.
std::string lower_case(std::string text);

}  // namespace ringside
