#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "collectord/packer.hpp"
#include "core/config.hpp"
#include "core/net/web_socket_keeper.hpp"
#include "core/time.hpp"

namespace ringside::collectord {

inline constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

enum class Rotation : std::uint8_t { Hourly, Daily };

/// What to record, and where. See README.md for each key.
struct CollectorConfig {
    std::string venue;
    std::vector<std::string> symbols;  ///< as the venue spells them in REST
    std::vector<std::string> streams;  ///< names of ours, see Venue::streams
    std::filesystem::path directory;
    Rotation rotation = Rotation::Daily;
    Nanos flush_interval = kSecond;
    Compression compression = Compression::Gzip;
    int level = 6;                              ///< of the compression
    std::uint64_t free_bytes_min = kMiB << 10;  ///< less on the disk ends the recording
    std::string stream_url;
    std::string rest_url;
    std::optional<std::filesystem::path> ca_file;
    net::KeeperOptions keeper{};  ///< of every connection but for its seed
    Nanos snapshot_spacing = 0;   ///< least time between two requests

    static CollectorConfig read(const Config& file);
};

}  // namespace ringside::collectord
