#include "core/config.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include <toml++/toml.h>

#include "core/duration.hpp"
#include "core/input_file.hpp"
#include "core/spelling.hpp"

namespace ringside {
namespace {

namespace fs = std::filesystem;

struct Document {
    toml::table root;
    std::string name;
    fs::path directory;
    std::set<const toml::node*> read;
    std::set<const toml::node*> ignored;
    std::map<const toml::table*, std::set<std::string>> asked;  ///< keys of a table, absent or not
};

std::uint32_t line_of(const toml::node& node) { return node.source().begin.line; }

std::string shown_table(const std::string& path) {
    return path.empty() ? std::string("the top level") : fmt::format("[{}]", path);
}

const char* kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "an array";
        case toml::node_type::string:
            return "a text";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a number";
        case toml::node_type::boolean:
            return "true or false";
        default:
            return "a date or time";
    }
}

std::vector<std::string> keys_of(const toml::table& table) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : table) keys.emplace_back(key.str());
    return keys;
}

/// A value with what messages need to name it.
struct Value {
    const Document& document;
    const toml::node& node;
    std::string path;

    [[noreturn]] void refuse(std::string_view what) const {
        fail(ExitCode::Usage, "{}:{}: {}: {}", document.name, line_of(node), path, what);
    }
    [[noreturn]] void refuse_type(std::string_view wanted) const {
        refuse(fmt::format("expected {}, found {}", wanted, kind_of(node)));
    }
};

bool boolean(const Value& value) {
    if (const auto* found = value.node.as_boolean()) return found->get();
    value.refuse_type("true or false");
}

std::int64_t integer(const Value& value) {
    if (const auto* found = value.node.as_integer()) return found->get();
    value.refuse_type("an integer");
}

double number(const Value& value) {
    if (const auto* found = value.node.as_integer()) return static_cast<double>(found->get());
    const auto* found = value.node.as_floating_point();
    if (found == nullptr) value.refuse_type("a number");
    if (!std::isfinite(found->get())) value.refuse("expected a finite number");
    return found->get();
}

std::string text(const Value& value) {
    if (const auto* found = value.node.as_string()) return found->get();
    value.refuse_type("a text in quotes");
}

/// The same value in TOML. Every number keeps its type and its bits.
std::string literal_of(const Value& value) {
    if (const auto* found = value.node.as_boolean()) return found->get() ? "true" : "false";
    if (const auto* found = value.node.as_integer()) return fmt::format("{}", found->get());
    if (value.node.is_floating_point()) {
        const std::string digits = fmt::format("{}", number(value));
        return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
    }
    const auto* found = value.node.as_string();
    if (found == nullptr) value.refuse_type("a number, a text, true or false");
    std::string quoted = "\"";
    for (const char c : found->get()) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
    }
    return quoted + '"';
}

fs::path path_from(const Value& value) {
    const fs::path path = text(value);
    if (path.empty()) value.refuse("expected a path, found an empty text");
    return path.is_absolute() ? path : value.document.directory / path;
}

template <typename Read>
auto list(const Value& value, const Read& read) {
    const toml::array* const array = value.node.as_array();
    if (array == nullptr) value.refuse_type("an array");
    std::vector<decltype(read(value))> items;
    for (std::size_t i = 0; i < array->size(); ++i) {
        items.push_back(
            read(Value{value.document, *array->get(i), fmt::format("{}[{}]", value.path, i)}));
    }
    return items;
}

struct Unread {
    std::uint32_t line;
    std::string message;
};

void collect_unread(const Document& document, const toml::table& table, const std::string& path,
                    std::vector<Unread>& unread) {
    static const std::set<std::string> kNone;
    const auto asked = document.asked.find(&table);
    const std::set<std::string>& known = asked == document.asked.end() ? kNone : asked->second;
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        const std::string full = path.empty() ? name : path + "." + name;
        if (document.ignored.contains(&node)) continue;
        if (!document.read.contains(&node)) {
            // A key that is in the file too is no slip of this one.
            std::vector<std::string> candidates;
            for (const std::string& candidate : known) {
                if (!table.contains(candidate)) candidates.push_back(candidate);
            }
            unread.push_back({key.source().begin.line,
                              fmt::format("{}:{}: unknown key '{}' in {}{}", document.name,
                                          key.source().begin.line, name, shown_table(path),
                                          did_you_mean(name, candidates))});
        } else if (const toml::table* const inner = node.as_table()) {
            collect_unread(document, *inner, full, unread);
        } else if (const toml::array* const array = node.as_array()) {
            for (std::size_t i = 0; i < array->size(); ++i) {
                if (const toml::table* const element = array->get(i)->as_table()) {
                    collect_unread(document, *element, fmt::format("{}[{}]", full, i), unread);
                }
            }
        }
    }
}

}  // namespace

struct Config::Scope {
    std::shared_ptr<Document> document;
    const toml::table& table;
    std::string path;  ///< from the top of the file; empty there

    std::string path_of(std::string_view key) const {
        return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
    }
    Value value(const toml::node& node, std::string_view key) const {
        return {*document, node, path_of(key)};
    }

    /// Last table on the way to `key`, the last part of `key`, and its node; null when absent.
    struct Found {
        const toml::table* table;
        std::string table_path;
        std::string name;
        const toml::node* node;
    };
    Found look_up(std::string_view key) const {
        Found found{&table, path, {}, nullptr};
        for (std::size_t start = 0;;) {
            const std::size_t dot = key.find('.', start);
            found.name = key.substr(start, dot == std::string_view::npos ? dot : dot - start);
            document->asked[found.table].insert(found.name);
            found.node = found.table->get(found.name);
            if (found.node == nullptr || dot == std::string_view::npos) return found;
            document->read.insert(found.node);
            const toml::table* const inner = found.node->as_table();
            if (inner == nullptr) value(*found.node, key.substr(0, dot)).refuse_type("a table");
            found.table = inner;
            found.table_path = path_of(key.substr(0, dot));
            start = dot + 1;
        }
    }

    Value require(std::string_view key) const {
        const Found found = look_up(key);
        if (found.node == nullptr) {
            fail(ExitCode::Usage, "{}:{}: {} has no key '{}'{}", document->name,
                 std::max(1U, line_of(*found.table)), shown_table(found.table_path), found.name,
                 slip_of(found));
        }
        document->read.insert(found.node);
        return value(*found.node, key);
    }

    /// Of a key that is absent: the one that may have been meant to be it.
    static std::string slip_of(const Found& found) {
        const std::vector<std::string> present = keys_of(*found.table);
        const std::string_view slip = closest_word(found.name, present);
        if (slip.empty()) return {};
        return fmt::format("; is '{}' on line {} meant to be it?", slip,
                           line_of(*found.table->get(slip)));
    }
};

Config Config::load(const fs::path& file) {
    std::string content;
    try {
        const InputFile input(file);
        content.resize(input.size_bytes());
        content.resize(input.read_at(0, std::as_writable_bytes(std::span(content))));
    } catch (const Error& error) {
        throw Error(ExitCode::Usage, error.what());
    }
    return parse(content, file);
}

Config Config::parse(std::string_view content, const fs::path& file) {
    auto document = std::make_shared<Document>();
    document->name = file.string();
    document->directory = file.parent_path();
    try {
        document->root = toml::parse(content, document->name);
    } catch (const toml::parse_error& error) {
        fail(ExitCode::Usage, "{}:{}: not valid TOML: {}", document->name,
             error.source().begin.line, error.description());
    }
    const toml::table& root = document->root;
    return Config(std::make_shared<const Scope>(Scope{std::move(document), root, {}}));
}

bool Config::has(std::string_view key) const { return scope_->look_up(key).node != nullptr; }

template <>
bool Config::get_value(std::string_view key) const {
    return boolean(scope_->require(key));
}
template <>
double Config::get_value(std::string_view key) const {
    return number(scope_->require(key));
}
template <>
std::string Config::get_value(std::string_view key) const {
    return text(scope_->require(key));
}
template <>
fs::path Config::get_value(std::string_view key) const {
    return path_from(scope_->require(key));
}
template <>
std::vector<std::int64_t> Config::get_value(std::string_view key) const {
    return list(scope_->require(key), integer);
}
template <>
std::vector<double> Config::get_value(std::string_view key) const {
    return list(scope_->require(key), number);
}
template <>
std::vector<std::string> Config::get_value(std::string_view key) const {
    return list(scope_->require(key), text);
}
template <>
std::vector<fs::path> Config::get_value(std::string_view key) const {
    return list(scope_->require(key), path_from);
}

std::string Config::literal(std::string_view key) const { return literal_of(scope_->require(key)); }
std::vector<std::string> Config::literals(std::string_view key) const {
    return list(scope_->require(key), literal_of);
}

std::int64_t Config::get_integer(std::string_view key, std::int64_t least,
                                 std::int64_t most) const {
    const Value value = scope_->require(key);
    const std::int64_t found = integer(value);
    if (found < least || found > most) {
        value.refuse(fmt::format("{} is not between {} and {}", found, least, most));
    }
    return found;
}

Nanos Config::duration(std::string_view key) const {
    const Value value = scope_->require(key);
    if (value.node.is_number()) value.refuse("expected a time with its unit, such as \"100ms\"");
    const std::string found = text(value);
    const std::optional<Nanos> parsed = parse_duration(found);
    if (!parsed) {
        value.refuse(
            fmt::format("'{}' is not a time: write a number and ns, us, ms, s, min or h, "
                        "such as \"100ms\"",
                        found));
    }
    return *parsed;
}

Config Config::table(std::string_view key) const {
    const Value value = scope_->require(key);
    const toml::table* const found = value.node.as_table();
    if (found == nullptr) value.refuse_type("a table");
    return Config(std::make_shared<const Scope>(Scope{scope_->document, *found, value.path}));
}

std::vector<Config> Config::tables(std::string_view key) const {
    if (!has(key)) return {};
    return list(scope_->require(key), [this](const Value& value) {
        const toml::table* const found = value.node.as_table();
        if (found == nullptr) value.refuse_type("a table");
        return Config(std::make_shared<const Scope>(Scope{scope_->document, *found, value.path}));
    });
}

std::vector<std::string> Config::keys() const { return keys_of(scope_->table); }

void Config::ignore(std::string_view key) const {
    if (const toml::node* const node = scope_->table.get(key)) {
        scope_->document->ignored.insert(node);
    }
}

void Config::finish() const {
    std::vector<Unread> unread;
    collect_unread(*scope_->document, scope_->document->root, {}, unread);
    if (unread.empty()) return;
    std::stable_sort(unread.begin(), unread.end(),
                     [](const Unread& a, const Unread& b) { return a.line < b.line; });
    std::string message;
    for (const Unread& key : unread) message += (message.empty() ? "" : "\n") + key.message;
    throw Error(ExitCode::Usage, message);
}

void Config::refuse_value(std::string_view key, const std::string& what) const {
    scope_->require(key).refuse(what);
}

}  // namespace ringside
