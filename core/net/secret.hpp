#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ringside::net {

/// Bytes that no log line, error text or core of freed memory may show: overwritten at the end of
/// their life, never copied, and without any conversion to text but reveal().
class Secret {
  public:
    /// Takes the bytes over and overwrites where they were.
    explicit Secret(std::string&& bytes);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    /// Of an environment variable. Throws Error (Usage) if it is not set or empty.
    static Secret from_environment(const char* name);
    /// Of a file without the line feed at its end. Throws Error (Usage) unless it is a regular
    /// file of this user that nobody else may read or write (mode 0600 or 0400).
    static Secret from_file(const std::filesystem::path& file);

    /// For the call that needs it; not to be kept.
    std::string_view reveal() const noexcept { return bytes_; }

  private:
    void wipe() noexcept;

    std::string bytes_;
};

}  // namespace ringside::net
