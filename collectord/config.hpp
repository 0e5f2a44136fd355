#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/net/web_socket_keeper.hpp"
#include "core/time.hpp"

namespace ringside::collectord {

enum class Rotation : std::uint8_t { Hourly, Daily };

/// What to record, and where. See README.md for each key.
struct CollectorConfig {
    std::string venue;
    std::vector<std::string> symbols;  ///< as the venue spells them in REST
    std::vector<std::string> streams;  ///< names of ours, see Venue::streams
    std::filesystem::path directory;
    Rotation rotation = Rotation::Daily;
    Nanos flush_interval = kSecond;
    int level = 6;  ///< of gzip
    std::string stream_url;
    std::string rest_url;
    std::optional<std::filesystem::path> ca_file;
    net::KeeperOptions keeper{};  ///< of every connection but for its seed
    Nanos snapshot_spacing = 0;   ///< least time between two requests

    static CollectorConfig read(const Config& file);
};

}  // namespace ringside::collectord
