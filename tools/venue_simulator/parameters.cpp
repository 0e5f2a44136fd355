#include "tools/venue_simulator/parameters.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::string_view kSignature = "signature=";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The text without its parameter "signature".
std::string without_signature(std::string_view text) {
    std::string kept;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view part = text.substr(0, end);
        if (!part.starts_with(kSignature)) {
            if (!kept.empty()) kept += '&';
            kept += part;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return kept;
}

[[noreturn]] void refuse_missing(std::string_view name) {
    throw Refusal(-1102, fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or "
                                     "malformed.",
                                     name));
}

}  // namespace

std::string percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                            hex_digit(text[i + 2]) >= 0;
        if (escape) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
    const std::size_t at = target.find('?');
    if (at == target.npos) return {target, {}};
    return {target.substr(0, at), target.substr(at + 1)};
}

Parameters Parameters::of_rest(std::string_view query, std::string_view body) {
    Parameters made;
    made.take(query);
    made.take(body);
    // The two are joined without anything between them.
    made.signed_text_ = without_signature(query) + without_signature(body);
    return made;
}

Parameters Parameters::of_web_socket(std::vector<std::pair<std::string, std::string>> values) {
    Parameters made;
    made.values_ = std::move(values);
    std::sort(made.values_.begin(), made.values_.end());
    for (const auto& [name, value] : made.values_) {
        if (name == "signature") continue;
        if (!made.signed_text_.empty()) made.signed_text_ += '&';
        made.signed_text_ += name + "=" + value;
    }
    return made;
}

void Parameters::take(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view part = text.substr(0, end);
        const std::size_t equals = std::min(part.find('='), part.size());
        std::string name = percent_decode(part.substr(0, equals));
        const bool is_new = !name.empty() && !has(name);
        if (is_new) {
            values_.emplace_back(std::move(name),
                                 percent_decode(part.substr(std::min(equals + 1, part.size()))));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

const std::string* Parameters::find(std::string_view name) const noexcept {
    for (const auto& [key, value] : values_) {
        if (key == name) return &value;
    }
    return nullptr;
}

std::optional<std::string> Parameters::get(std::string_view name) const {
    const std::string* const value = find(name);
    return value == nullptr || value->empty() ? std::nullopt : std::optional(*value);
}
std::string Parameters::get_or(std::string_view name, std::string_view otherwise) const {
    return get(name).value_or(std::string(otherwise));
}
std::string Parameters::require(std::string_view name) const {
    auto value = get(name);
    if (!value) refuse_missing(name);
    return *std::move(value);
}

std::optional<std::int64_t> Parameters::integer(std::string_view name) const {
    const auto text = get(name);
    if (!text) return {};
    std::int64_t value = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, value);
    // Some clients send "5000.0".
    const std::string_view behind(rest, static_cast<std::size_t>(end - rest));
    if (error != std::errc() || behind.find_first_not_of(".0") != behind.npos) refuse_missing(name);
    return value;
}
std::int64_t Parameters::require_integer(std::string_view name) const {
    const auto value = integer(name);
    if (!value) refuse_missing(name);
    return *value;
}

bool Parameters::flag(std::string_view name) const {
    const std::string value = get_or(name, "false");
    if (value == "true" || value == "TRUE" || value == "True") return true;
    if (value == "false" || value == "FALSE" || value == "False") return false;
    refuse_missing(name);
}

void Parameters::supply(std::string_view name, std::string value) {
    if (!has(name)) values_.emplace_back(std::string(name), std::move(value));
}

}  // namespace ringside::venue_simulator
