#include "core/net/url.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/error.hpp"

namespace ringside::net {

namespace {

constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port != 0;
}

}  // namespace

Url Url::parse(std::string_view text) {
    // The rest of a bad address is not repeated: it may hold a key.
    const auto colon = text.find("://");
    const std::string_view scheme = text.substr(0, colon);
    if (colon == std::string_view::npos || (scheme != "https" && scheme != "wss")) {
        fail(ExitCode::Usage, "an address must begin with https:// or wss://, not with '{}'",
             text.substr(0, std::min<std::size_t>(colon, 8)));
    }
    Url url{.scheme = std::string(scheme), .host = {}, .port = "443", .target = "/"};
    std::string_view rest = text.substr(colon + 3);
    const auto slash = rest.find_first_of("/?");
    if (slash != std::string_view::npos) {
        url.target = rest.substr(slash);
        if (url.target.front() == '?') url.target.insert(url.target.begin(), '/');
        rest = rest.substr(0, slash);
    }
    const bool is_clean = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != '#' && c != '\x7f';
    });
    if (!is_clean || rest.find('@') != std::string_view::npos) {
        fail(ExitCode::Usage, "an address on {}:// has a space, a '#' or a user name in it",
             scheme);
    }
    const bool is_v6 = rest.starts_with('[');
    const auto host_end = is_v6 ? rest.find(']') : std::min(rest.find(':'), rest.size());
    if (host_end == std::string_view::npos || host_end == (is_v6 ? 1U : 0U)) {
        fail(ExitCode::Usage, "an address on {}:// names no host", scheme);
    }
    url.host = rest.substr(is_v6 ? 1 : 0, host_end - (is_v6 ? 1 : 0));
    rest.remove_prefix(host_end + (is_v6 ? 1 : 0));
    if (!rest.empty()) {
        if (rest.front() != ':' || !is_port(rest.substr(1))) {
            fail(ExitCode::Usage, "the address on {}://{} has no proper port behind its host",
                 scheme, url.host);
        }
        url.port = rest.substr(1);
    }
    return url;
}

std::string Url::place() const { return bracketed(host) + ":" + port; }

std::string Url::authority() const { return port == "443" ? bracketed(host) : place(); }

std::string percent_encode(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (kUnreserved.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
    return out;
}

}  // namespace ringside::net
