#pragma once

#include <string>
#include <vector>

namespace ringside::venue_simulator {

/// `a,b,c`.
inline std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        if (!text.empty()) text += ',';
        text += part;
    }
    return text;
}
/// `[a,b,c]`.
inline std::string list_of(const std::vector<std::string>& parts) {
    std::string text("[");
    text += joined(parts);
    text += ']';
    return text;
}
/// `{fields}`.
inline std::string object_of(const std::string& fields) {
    std::string text("{");
    text += fields;
    text += '}';
    return text;
}
inline const char* flag(bool value) { return value ? "true" : "false"; }

}  // namespace ringside::venue_simulator
