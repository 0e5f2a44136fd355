#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"

namespace ringside {

/// A table of a TOML file, read with types. Keys are dotted paths from the table, such as
/// "venue.tick_size". Whatever is wrong throws Error (Usage) with file and line. Copies are cheap
/// and share the record of which keys were read.
class Config {
  public:
    static Config load(const std::filesystem::path& file);
    /// `file` names the text in messages; relative paths start from its directory.
    static Config parse(std::string_view text, const std::filesystem::path& file);

    bool has(std::string_view key) const;

    /// T: bool, an integer type, double (an integer will do), std::string, std::filesystem::path,
    /// or a vector of std::int64_t, double, std::string or std::filesystem::path.
    template <typename T>
    T get(std::string_view key) const {
        if constexpr (std::integral<T> && !std::same_as<T, bool>) {
            constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
            constexpr std::uint64_t kTomlMost = std::numeric_limits<std::int64_t>::max();
            return static_cast<T>(
                get_integer(key, std::numeric_limits<T>::min(),
                            static_cast<std::int64_t>(std::min(kMost, kTomlMost))));
        } else {
            return get_value<T>(key);
        }
    }
    template <typename T>
    T get_or(std::string_view key, T otherwise) const {
        return has(key) ? get<T>(key) : std::move(otherwise);
    }

    /// What the word at `key` stands for, one of `words`; `otherwise` is the word where there is
    /// none.
    template <typename T, std::size_t N>
    T choice(std::string_view key, std::string_view otherwise,
             const std::array<std::pair<std::string_view, T>, N>& words) const {
        const auto word = get_or(key, std::string(otherwise));
        std::string known;
        for (const auto& [name, value] : words) {
            if (name == word) return value;
            known += known.empty() ? "" : ", ";
            known += name;
        }
        refuse(key, "\"{}\" is none of: {}", word, known);
    }

    /// A text, number or truth value as TOML would write it, for whoever reads it with its type.
    std::string literal(std::string_view key) const;
    /// The same of each element of an array.
    std::vector<std::string> literals(std::string_view key) const;

    /// A text of number and unit, such as "100ms"; see parse_duration().
    Nanos duration(std::string_view key) const;
    Nanos duration_or(std::string_view key, Nanos otherwise) const {
        return has(key) ? duration(key) : otherwise;
    }

    Config table(std::string_view key) const;
    /// Elements of an array of tables; none when the key is absent.
    std::vector<Config> tables(std::string_view key) const;
    /// Keys of this table in alphabetical order, for tables whose keys are names.
    std::vector<std::string> keys() const;

    /// Leaves a key, and all below it, to another reader of the same file.
    void ignore(std::string_view key) const;

    /// Throws naming the keys of the whole file that nobody read. Call it when all has been read.
    void finish() const;

    /// Reports a value that has the right type and yet cannot be used.
    template <typename... Args>
    [[noreturn]] void refuse(std::string_view key, fmt::format_string<Args...> format,
                             Args&&... args) const {
        refuse_value(key, fmt::format(format, std::forward<Args>(args)...));
    }

  private:
    struct Scope;
    explicit Config(std::shared_ptr<const Scope> scope) : scope_(std::move(scope)) {}

    template <typename T>
    T get_value(std::string_view key) const;
    std::int64_t get_integer(std::string_view key, std::int64_t least, std::int64_t most) const;
    [[noreturn]] void refuse_value(std::string_view key, const std::string& what) const;

    std::shared_ptr<const Scope> scope_;
};

template <>
bool Config::get_value(std::string_view key) const;
template <>
double Config::get_value(std::string_view key) const;
template <>
std::string Config::get_value(std::string_view key) const;
template <>
std::filesystem::path Config::get_value(std::string_view key) const;
template <>
std::vector<std::int64_t> Config::get_value(std::string_view key) const;
template <>
std::vector<double> Config::get_value(std::string_view key) const;
template <>
std::vector<std::string> Config::get_value(std::string_view key) const;
template <>
std::vector<std::filesystem::path> Config::get_value(std::string_view key) const;

}  // namespace ringside
