#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace ringside {

/// Bytes read front to back. Throws Error when they cannot be had or fail their own checks.
class ByteStream {
  public:
    ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    virtual ~ByteStream() = default;

    /// Fills `out` from its start and returns how much was filled. Less than asked only just before
    /// the end or a failure; zero only at the end, after every check of the content has passed.
    virtual std::size_t read(std::span<std::byte> out) = 0;
    /// How messages name the stream: a file, or a file and its member.
    virtual const std::string& name() const noexcept = 0;
};

}  // namespace ringside
