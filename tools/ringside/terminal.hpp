#pragma once

#include <chrono>
#include <string>

#include <termios.h>

namespace ringside {

/// The terminal as one full screen with single keys; as it was before at the end of its scope.
class Terminal {
  public:
    static constexpr int kInterrupted = -1;

    Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    /// Shows this text, cut to the size of the screen.
    void show(const std::string& text);
    /// A key, 0 if none comes in this time, kInterrupted when the program shall end.
    int key(std::chrono::milliseconds wait);

  private:
    termios before_{};
};

}  // namespace ringside
