#pragma once

#include <stdexcept>
#include <string>

namespace ringside::venue_simulator {

/// Why the venue does not do what it was asked, in its own code and words.
class Refusal : public std::runtime_error {
  public:
    Refusal(int code, const std::string& words, int http_status = 400)
        : std::runtime_error(words), code_(code), http_status_(http_status) {}

    int code() const noexcept { return code_; }
    int http_status() const noexcept { return http_status_; }

  private:
    int code_;
    int http_status_;
};

}  // namespace ringside::venue_simulator
