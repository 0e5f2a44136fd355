#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/byte_stream.hpp"

namespace ringside {

/// NumPy's description of one row: its fields and its size. Padding is what no field covers.
struct Dtype {
    struct Field {
        std::string name;
        std::string type;  ///< NumPy's type string, such as "<f8"; empty name for a bare type
        std::size_t offset = 0;
        bool operator==(const Field&) const = default;
    };
    std::vector<Field> fields;
    std::size_t size_bytes = 0;

    bool operator==(const Dtype&) const = default;
    /// Fields one after the other without padding; each type string ends in its size.
    static Dtype packed(
        std::initializer_list<std::pair<std::string_view, std::string_view>> fields);
};

/// The 64-byte market event.
const Dtype& event_dtype();

struct NpyHeader {
    Dtype dtype;
    std::vector<std::uint64_t> shape;
    bool fortran_order = false;
    std::size_t size_bytes = 0;  ///< bytes before the first row
};

/// Reads the header (format versions 1.0 to 3.0) and leaves the stream at the first row.
NpyHeader read_npy_header(ByteStream& stream);

/// Header of a one-dimensional array. Its length does not depend on `rows`, so that a header
/// written before the rows were counted can be replaced in place.
std::string format_npy_header(const Dtype& dtype, std::uint64_t rows);

/// What first distinguishes `found` from `wanted`, for a message; empty when they are equal.
std::string difference(const Dtype& found, const Dtype& wanted);

}  // namespace ringside
