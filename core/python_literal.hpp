#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside {

/// A value of the Python literals that NumPy writes into file headers.
struct PythonLiteral {
    enum class Kind : std::uint8_t { None, Boolean, Integer, Text, Sequence, Dict };

    Kind kind = Kind::None;
    std::int64_t integer = 0;  ///< also 0 or 1 of a Boolean
    std::string text;
    std::vector<PythonLiteral> items;  ///< of a tuple or list; keys and values in turn of a dict

    /// Value of a text key of a dict; null when absent or not a dict.
    const PythonLiteral* find(std::string_view key) const noexcept;
};

/// Throws Error (Data) naming `where` unless `source` is one literal, nested eight deep at most.
PythonLiteral parse_python_literal(std::string_view source, const std::string& where);

}  // namespace ringside
