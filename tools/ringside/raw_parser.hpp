#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/ringside/row_store.hpp"

namespace ringside {

/// Turns a venue's messages, as recorded one to a line behind the 19-digit receive time, into rows.
class RawParser {
  public:
    enum class Outcome : std::uint8_t {
        Rows,        ///< rows were added, possibly none
        Ignored,     ///< a message that has no rows
        VenueError,  ///< the venue's refusal of a REST request; detail() has its words
        Malformed,   ///< nothing was added; detail() says why
    };

    RawParser() = default;
    RawParser(RawParser&&) = default;
    RawParser& operator=(RawParser&&) = default;
    virtual ~RawParser() = default;

    /// `line` must be readable for RawLines::kPadding bytes behind its end.
    virtual Outcome parse(std::string_view line, RowStore& rows) = 0;
    /// About the last line that was a VenueError or Malformed.
    virtual std::string detail() const = 0;

    /// Takes the receive time off the line's front; false if it does not begin with one.
    static bool take_time(std::string_view& line, Nanos& local_ts);
    static constexpr const char* kNoTime =
        "does not start with a receive time of 19 digits (ns) and a space";
};

}  // namespace ringside
