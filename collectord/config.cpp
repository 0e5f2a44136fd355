#include "collectord/config.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "collectord/venue.hpp"
#include "core/deflater.hpp"
#include "core/net/url.hpp"

namespace ringside::collectord {

namespace {

constexpr int kZstdLevel = 3;
constexpr int kZstdLevelMax = 19;
constexpr std::int64_t kLeastFreeMiB = 16;

const Venue& read_venue(const Config& file, std::string& name) {
    name = file.get<std::string>("venue");
    const Venue* const venue = find_venue(name);
    if (venue == nullptr) {
        file.refuse("venue", "'{}' is not known; it is one of {}", name, venue_names());
    }
    return *venue;
}

void read_symbols(const Config& file, std::vector<std::string>& symbols) {
    symbols = file.get<std::vector<std::string>>("symbols");
    if (symbols.empty()) file.refuse("symbols", "is empty, so there is nothing to record");
    std::set<std::string> seen;
    for (std::string& symbol : symbols) {
        // It becomes part of file names and addresses.
        const bool is_plain = !symbol.empty() && symbol.size() <= 40 &&
                              std::all_of(symbol.begin(), symbol.end(), [](char c) {
                                  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                                         (c >= '0' && c <= '9') || c == '_';
                              });
        if (!is_plain) {
            file.refuse("symbols", "'{}' is no symbol: letters, digits and '_' only", symbol);
        }
        for (char& c : symbol) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        if (!seen.insert(symbol).second) file.refuse("symbols", "{} is there twice", symbol);
    }
}

void read_streams(const Config& file, const Venue& venue, std::vector<std::string>& streams) {
    streams = file.get_or("streams", std::vector<std::string>{"depth", "trade", "book_ticker"});
    if (streams.empty()) file.refuse("streams", "is empty, so there is nothing to record");
    std::set<std::string> seen;
    for (const std::string& stream : streams) {
        if (venue.find(stream) == nullptr) {
            std::string known;
            for (const Stream& one : venue.streams) {
                known += known.empty() ? "" : ", ";
                known += one.name;
            }
            file.refuse("streams", "{} has no '{}'; it has {}", venue.name, stream, known);
        }
        if (!seen.insert(stream).second) file.refuse("streams", "{} is there twice", stream);
    }
}

void read_compression(const Config& file, CollectorConfig& config) {
    const auto name = file.get_or<std::string>("compression", "gzip");
    if (name != "gzip" && name != "zstd") {
        file.refuse("compression", "is '{}'; it is 'gzip' or 'zstd'", name);
    }
    const bool is_gzip = name == "gzip";
    config.compression = is_gzip ? Compression::Gzip : Compression::Zstd;
    config.level = file.get_or("level", is_gzip ? kSmallLevel : kZstdLevel);
    const int most = is_gzip ? kLevelMax : kZstdLevelMax;
    if (config.level < 1 || config.level > most) {
        file.refuse("level", "is {}; the levels of {} are 1 to {}", config.level, name, most);
    }
}

Nanos read_positive(const Config& file, std::string_view key, Nanos otherwise) {
    const Nanos value = file.duration_or(key, otherwise);
    if (value <= 0) file.refuse(key, "must be longer than nothing");
    return value;
}

/// Without a "/" at its end: paths are put behind it.
std::string read_address(const Config& file, std::string_view key, std::string_view scheme,
                         std::string_view otherwise) {
    auto address = file.get_or(key, std::string(otherwise));
    if (net::Url::parse(address).scheme != scheme) {
        file.refuse(key, "must begin with {}://", scheme);
    }
    while (address.ends_with('/')) address.pop_back();
    return address;
}

}  // namespace

CollectorConfig CollectorConfig::read(const Config& file) {
    CollectorConfig config;
    const Venue& venue = read_venue(file, config.venue);
    read_symbols(file, config.symbols);
    read_streams(file, venue, config.streams);
    config.directory = file.get<std::filesystem::path>("directory");
    const auto rotation = file.get_or<std::string>("rotation", "daily");
    if (rotation != "daily" && rotation != "hourly") {
        file.refuse("rotation", "is '{}'; it is 'daily' or 'hourly'", rotation);
    }
    config.rotation = rotation == "daily" ? Rotation::Daily : Rotation::Hourly;
    config.flush_interval = read_positive(file, "flush_interval", config.flush_interval);
    read_compression(file, config);
    const auto free_mib = file.get_or<std::int64_t>("free_space_min", 1024);
    if (free_mib < kLeastFreeMiB) {
        file.refuse("free_space_min", "is {} MiB; what waits to be written needs {}", free_mib,
                    kLeastFreeMiB);
    }
    config.free_bytes_min = static_cast<std::uint64_t>(free_mib) * kMiB;
    config.stream_url = read_address(file, "network.stream_url", "wss", venue.stream_url);
    config.rest_url = read_address(file, "network.rest_url", "https", venue.rest_url);
    if (file.has("network.ca_file")) {
        config.ca_file = file.get<std::filesystem::path>("network.ca_file");
    }
    const auto read = [&](const char* key, Nanos& value) {
        value = read_positive(file, key, value);
    };
    read("network.connect_timeout", config.keeper.socket.connect_timeout);
    read("network.silence_limit", config.keeper.socket.silence_limit);
    read("network.retry_first", config.keeper.backoff.first);
    read("network.retry_most", config.keeper.backoff.most);
    read("network.renew_after", config.keeper.renew_after);
    config.snapshot_spacing =
        read_positive(file, "network.snapshot_spacing", venue.snapshot_spacing_ms * kMillisecond);
    return config;
}

}  // namespace ringside::collectord
