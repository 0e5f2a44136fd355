#include "tools/ringside/process_look.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace ringside {
namespace {

const char* state_word(char letter) {
    switch (letter) {
        case 'R':
            return "running";
        case 'S':
        case 'I':
            return "sleeping";
        case 'D':
            return "waiting";
        case 'T':
        case 't':
            return "stopped";
        case 'Z':
        case 'X':
            return "dead";
        default:
            return "unknown";
    }
}

}  // namespace

ProcessLook look_at_process(std::int32_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    // The second field is the program's name in parentheses and may hold blanks.
    const std::size_t end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos) return {};
    std::istringstream fields(text.substr(end_of_name + 1));
    ProcessLook look;
    std::string field;
    char letter = '?';
    fields >> letter;
    look.state = state_word(letter);
    for (int number = 4; number <= 13; ++number) fields >> field;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    fields >> user >> system;
    look.cpu_ticks = user + system;
    return look;
}

}  // namespace ringside
