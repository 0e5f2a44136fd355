#include "tools/ringside/raw_parser.hpp"

#include <charconv>

namespace ringside {

bool RawParser::take_time(std::string_view& line, Nanos& local_ts) {
    constexpr std::size_t kTimeDigits = 19;
    const char* const end = line.data() + kTimeDigits;
    if (line.size() < kTimeDigits + 2 || line[0] == '-' || *end != ' ' ||
        std::from_chars(line.data(), end, local_ts).ptr != end || local_ts == 0) {
        return false;
    }
    line.remove_prefix(kTimeDigits + 1);
    return true;
}

}  // namespace ringside
