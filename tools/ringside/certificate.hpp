#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/ringside/quality_rule.hpp"

namespace ringside {

/// Where the rows of several files begin in their stream.
struct FileRows {
    std::vector<std::string> names{};
    std::vector<std::uint64_t> first{};

    /// "file: row 17" of a row of the stream.
    std::string place(std::uint64_t row) const;
};

/// The certificate as text and as JSON. `files` names places of rows; empty for recordings, whose
/// rows have none.
std::string certificate_text(const FeedQuality& feed, const FileRows& files);
std::string certificate_text(const RawQuality& raw);
std::string measures_text(const std::vector<Measure>& measures);
nlohmann::ordered_json certificate_json(const FeedQuality& feed, const FileRows& files);
nlohmann::ordered_json certificate_json(const RawQuality& raw);
nlohmann::ordered_json measures_json(const std::vector<Measure>& measures);

}  // namespace ringside
