#include "botkit/parameters.hpp"

namespace ringside::botkit {

namespace {

/// Lines of TOML for `--set key=value`; a value that is no TOML by itself is taken as a string.
Config parse_overrides(const std::vector<std::string>& overrides) {
    std::string text;
    for (const std::string& item : overrides) {
        const std::size_t equals = item.find('=');
        if (equals == 0 || equals == std::string::npos) {
            fail(ExitCode::Usage, "--set {}: write it as key=value", item);
        }
        const std::string value = item.substr(equals + 1);
        const bool plain =
            !value.empty() && value.find_first_not_of("+-.0123456789eE_") == std::string::npos;
        const bool word =
            value == "true" || value == "false" || value.starts_with('"') || value.starts_with('[');
        text += item.substr(0, equals) + " = ";
        text += plain || word ? value : '"' + value + '"';
        text += '\n';
    }
    return Config::parse(text, "--set");
}

Config bot_table(const Config& file) {
    return file.has("bot") ? file.table("bot") : Config::parse("", "");
}

}  // namespace

Parameters::Parameters(const Config& file, const std::vector<std::string>& overrides)
    : file_(bot_table(file)), overrides_(parse_overrides(overrides)) {
    for (const char* other : {"venue", "asset", "backtest", "sweep"}) file.ignore(other);
}

void Parameters::finish() const {
    file_.finish();
    overrides_.finish();
}

}  // namespace ringside::botkit
