#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::venue_simulator {

/// Parameters of one request. What is missing or malformed is refused as the venue does.
class Parameters {
  public:
    Parameters() = default;
    /// Of a REST request; the query wins over the body.
    static Parameters of_rest(std::string_view query, std::string_view body);
    /// Of a WebSocket request, values as text.
    static Parameters of_web_socket(std::vector<std::pair<std::string, std::string>> values);

    /// What the signature must be of: all but the signature, as sent (REST) or sorted by name.
    const std::string& signed_text() const noexcept { return signed_text_; }

    bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
    /// None where it is absent or empty.
    std::optional<std::string> get(std::string_view name) const;
    std::string get_or(std::string_view name, std::string_view otherwise) const;
    std::string require(std::string_view name) const;
    std::optional<std::int64_t> integer(std::string_view name) const;
    std::int64_t require_integer(std::string_view name) const;
    bool flag(std::string_view name) const;
    /// Sets a parameter that the request did not bring.
    void supply(std::string_view name, std::string value);

  private:
    const std::string* find(std::string_view name) const noexcept;
    void take(std::string_view text);

    std::vector<std::pair<std::string, std::string>> values_;
    std::string signed_text_;
};

/// Undoes percent-encoding, '+' as a space included.
std::string percent_decode(std::string_view text);
/// Path and query of a target.
std::pair<std::string_view, std::string_view> split_target(std::string_view target);

}  // namespace ringside::venue_simulator
