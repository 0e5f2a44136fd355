#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config.hpp"

namespace ringside::botkit {

/// A bot's parameters: the table `[bot]` of its configuration file, overridden by `--set
/// key=value`.
class Parameters {
  public:
    /// `file` may be a configuration of the whole run; only its `[bot]` is read.
    Parameters(const Config& file, const std::vector<std::string>& overrides);

    template <typename T>
    T get_or(std::string_view key, T otherwise) const {
        return overrides_.get_or<T>(key, file_.get_or<T>(key, std::move(otherwise)));
    }
    Nanos duration_or(std::string_view key, Nanos otherwise) const {
        return overrides_.duration_or(key, file_.duration_or(key, otherwise));
    }
    /// Throws Error naming a parameter that the bot does not know.
    void finish() const;

  private:
    Config file_;
    Config overrides_;
};

}  // namespace ringside::botkit
