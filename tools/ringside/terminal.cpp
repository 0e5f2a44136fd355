#include "tools/ringside/terminal.hpp"

#include <csignal>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ringside {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void interrupt(int /*signal*/) { g_interrupted = 1; }

void put(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t count = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
        if (count <= 0) {
            g_interrupted = 1;  // the screen is gone
            return;
        }
        done += static_cast<std::size_t>(count);
    }
}

}  // namespace

Terminal::Terminal() {
    g_interrupted = 0;
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    std::signal(SIGHUP, interrupt);
    tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    put("\x1b[?1049h\x1b[?25l");  // another screen, no cursor
}

Terminal::~Terminal() {
    put("\x1b[?25h\x1b[?1049l");
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGHUP, SIG_DFL);
}

void Terminal::show(const std::string& text) {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) size = {24, 80, 0, 0};
    std::string out = "\x1b[H";
    int rows = 0;
    for (std::size_t begin = 0; begin < text.size() && rows < size.ws_row; ++rows) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        out += text.substr(begin, std::min<std::size_t>(end - begin, size.ws_col));
        out += rows + 1 < size.ws_row ? "\x1b[K\n" : "\x1b[K";
        begin = end + 1;
    }
    put(out + "\x1b[J");
}

int Terminal::key(std::chrono::milliseconds wait) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&input, 1, static_cast<int>(wait.count()));
    if (g_interrupted != 0) return kInterrupted;
    if (ready <= 0) return 0;
    char letter = 0;
    return ::read(STDIN_FILENO, &letter, 1) == 1 ? letter : kInterrupted;
}

}  // namespace ringside
