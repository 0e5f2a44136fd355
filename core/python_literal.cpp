#include "core/python_literal.hpp"

#include <charconv>

#include "core/error.hpp"

namespace ringside {
namespace {

constexpr int kNestingMax = 8;

class Parser {
  public:
    Parser(std::string_view source, const std::string& where) : source_(source), where_(where) {}

    PythonLiteral parse() {
        PythonLiteral value = parse_value(0);
        skip_space();
        if (at_ != source_.size()) refuse();
        return value;
    }

  private:
    using Kind = PythonLiteral::Kind;

    [[noreturn]] void refuse() const {
        fail(ExitCode::Data, "{}: damaged .npy header: unexpected text at its character {}", where_,
             at_);
    }
    void skip_space() {
        while (at_ < source_.size() && (source_[at_] == ' ' || source_[at_] == '\n' ||
                                        source_[at_] == '\t' || source_[at_] == '\r')) {
            ++at_;
        }
    }
    char peek() {
        skip_space();
        return at_ < source_.size() ? source_[at_] : '\0';
    }
    bool accept(std::string_view word) {
        if (source_.substr(at_).substr(0, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    PythonLiteral parse_value(int depth) {
        if (depth > kNestingMax) refuse();
        const char next = peek();
        if (next == '{') return parse_items(Kind::Dict, '}', depth);
        if (next == '(') return parse_items(Kind::Sequence, ')', depth);
        if (next == '[') return parse_items(Kind::Sequence, ']', depth);
        if (next == '-' || (next >= '0' && next <= '9')) return parse_integer();
        PythonLiteral value;
        if (accept("None")) return value;
        if (accept("True")) return {Kind::Boolean, 1, {}, {}};
        if (accept("False")) return {Kind::Boolean, 0, {}, {}};
        return parse_text();
    }

    PythonLiteral parse_integer() {
        PythonLiteral value{Kind::Integer, 0, {}, {}};
        const char* const end = source_.data() + source_.size();
        const auto [stop, error] = std::from_chars(source_.data() + at_, end, value.integer);
        if (error != std::errc()) refuse();
        at_ = static_cast<std::size_t>(stop - source_.data());
        accept("L");  // a long integer of Python 2
        return value;
    }

    PythonLiteral parse_text() {
        if (!accept("u")) accept("b");
        const char quote = at_ < source_.size() ? source_[at_] : '\0';
        if (quote != '\'' && quote != '"') refuse();
        PythonLiteral value{Kind::Text, 0, {}, {}};
        for (++at_; at_ < source_.size() && source_[at_] != quote; ++at_) {
            if (source_[at_] == '\\') ++at_;
            if (at_ < source_.size()) value.text += source_[at_];
        }
        if (at_ >= source_.size()) refuse();
        ++at_;
        return value;
    }

    PythonLiteral parse_items(Kind kind, char close, int depth) {
        PythonLiteral value{kind, 0, {}, {}};
        for (++at_; peek() != close;) {
            value.items.push_back(parse_value(depth + 1));
            if (kind == Kind::Dict) {
                if (peek() != ':') refuse();
                ++at_;
                value.items.push_back(parse_value(depth + 1));
            }
            if (peek() == ',') {
                ++at_;
            } else if (peek() != close) {
                refuse();
            }
        }
        ++at_;
        return value;
    }

    std::string_view source_;
    const std::string& where_;
    std::size_t at_ = 0;
};

}  // namespace

const PythonLiteral* PythonLiteral::find(std::string_view key) const noexcept {
    if (kind != Kind::Dict) return nullptr;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (items[i].kind == Kind::Text && items[i].text == key) return &items[i + 1];
    }
    return nullptr;
}

PythonLiteral parse_python_literal(std::string_view source, const std::string& where) {
    return Parser(source, where).parse();
}

}  // namespace ringside
