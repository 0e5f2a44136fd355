#include "core/spelling.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

namespace ringside {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::string_view closest_word(std::string_view word, std::span<const std::string> candidates) {
    constexpr std::size_t kWordMax = 64;
    if (word.size() > kWordMax) return {};
    // A third of the letters may be wrong, three at most.
    std::size_t limit = std::clamp<std::size_t>(word.size() / 3, 1, 3) + 1;
    std::string_view closest;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > kWordMax || candidate == word) continue;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < limit && distance < candidate.size()) {
            limit = distance;
            closest = candidate;
        }
    }
    return closest;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
    const std::string_view closest = closest_word(word, candidates);
    return closest.empty() ? std::string() : fmt::format("; did you mean '{}'?", closest);
}

std::string lower_case(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

}  // namespace ringside
