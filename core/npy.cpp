#include "core/npy.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/check.hpp"
#include "core/error.hpp"
#include "core/python_literal.hpp"

namespace ringside {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kHeaderBytesMax = 1 << 20;
/// NumPy aligns the rows of a file to this.
constexpr std::size_t kRowAlignment = 64;
constexpr std::size_t kRowDigits = 20;

/// Bytes of a type string such as "<f8", "|V16" or "<M8[ns]"; unicode counts four to a character.
std::size_t type_bytes(std::string_view type) {
    if (type.size() < 3) return 0;
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(type.data() + 2, type.data() + type.size(), count);
    if (error != std::errc() || count > kHeaderBytesMax) return 0;
    if (end != type.data() + type.size() && *end != '[') return 0;
    return type[1] == 'U' ? 4 * count : count;
}

/// The one spelling that comparisons use: little-endian types say so even where NumPy may write
/// "=", one-byte types have no order.
std::string canonical_type(std::string type) {
    if (type_bytes(type) == 1) {
        type[0] = '|';
    } else if (!type.empty() && type[0] == '=') {
        type[0] = '<';
    }
    return type;
}

std::string shown_name(const Dtype::Field& field) {
    return field.name.empty() ? std::string("unnamed") : fmt::format("'{}'", field.name);
}

class DescrReader {
  public:
    DescrReader(const PythonLiteral& descr, const std::string& where) : where_(where) {
        if (descr.kind == PythonLiteral::Kind::Text) {
            add("", descr.text, type_bytes(descr.text));
        } else if (descr.kind == PythonLiteral::Kind::Sequence) {
            for (const PythonLiteral& field : descr.items) add_field(field);
        } else {
            refuse();
        }
    }
    Dtype take() { return std::move(dtype_); }

  private:
    [[noreturn]] void refuse() const {
        fail(ExitCode::Data, "{}: damaged .npy header: 'descr' is not a NumPy row description",
             where_);
    }

    void add_field(const PythonLiteral& field) {
        using Kind = PythonLiteral::Kind;
        if (field.kind != Kind::Sequence || field.items.size() < 2 || field.items.size() > 3) {
            refuse();
        }
        // A field with a title has the pair (title, name) in place of its name.
        const PythonLiteral& first = field.items[0];
        const bool titled = first.kind == Kind::Sequence && first.items.size() == 2;
        const PythonLiteral& name = titled ? first.items[1] : first;
        const PythonLiteral& type = field.items[1];
        if (name.kind != Kind::Text) refuse();
        if (type.kind != Kind::Text) {
            fail(ExitCode::Data, "{}: field '{}' is a nested record, which no Ringside file has",
                 where_, name.text);
        }
        std::string full_type = type.text;
        std::size_t bytes = type_bytes(type.text);
        if (field.items.size() == 3) add_shape(field.items[2], full_type, bytes);
        add(name.text, full_type, bytes);
    }

    void add_shape(const PythonLiteral& shape, std::string& type, std::size_t& bytes) const {
        std::vector<PythonLiteral> single{shape};
        const bool is_tuple = shape.kind == PythonLiteral::Kind::Sequence;
        for (const PythonLiteral& extent : is_tuple ? shape.items : single) {
            if (extent.kind != PythonLiteral::Kind::Integer || extent.integer < 0 ||
                extent.integer > static_cast<std::int64_t>(kHeaderBytesMax)) {
                refuse();
            }
            bytes *= static_cast<std::size_t>(extent.integer);
            type += fmt::format("[{}]", extent.integer);
            if (bytes > kHeaderBytesMax) refuse();
        }
    }

    void add(std::string_view name, const std::string& type, std::size_t bytes) {
        if (bytes == 0) {
            fail(ExitCode::Data, "{}: unknown type '{}' in the .npy header", where_, type);
        }
        const bool padding = name.empty() && type.size() > 1 && type[1] == 'V';
        if (!padding) {
            dtype_.fields.push_back({std::string(name), canonical_type(type), dtype_.size_bytes});
        }
        dtype_.size_bytes += bytes;
    }

    const std::string& where_;
    Dtype dtype_;
};

/// Reads exactly `bytes.size()` bytes.
void read_all(ByteStream& stream, std::span<char> bytes) {
    if (stream.read(std::as_writable_bytes(bytes)) != bytes.size()) {
        fail(ExitCode::Data, "{}: ends inside its .npy header: the file is truncated",
             stream.name());
    }
}

/// The text between the length field and the first row; `prefix_bytes` is what comes before it.
std::string read_header_text(ByteStream& stream, std::size_t& prefix_bytes) {
    std::array<char, 10> start{};
    read_all(stream, start);
    if (std::string_view(start.data(), kMagic.size()) != kMagic) {
        fail(ExitCode::Data, "{}: not a NumPy file: it does not start with \\x93NUMPY",
             stream.name());
    }
    const auto byte = [](char c) {
        return static_cast<std::size_t>(static_cast<unsigned char>(c));
    };
    const std::size_t major = byte(start[6]);
    const std::size_t minor = byte(start[7]);
    if (major < 1 || major > 3 || minor != 0) {
        fail(ExitCode::Data, "{}: .npy format version {}.{} is unknown; 1.0 to 3.0 are read",
             stream.name(), major, minor);
    }
    std::size_t length = byte(start[8]) | byte(start[9]) << 8;
    prefix_bytes = start.size();
    if (major > 1) {
        std::array<char, 2> high{};
        read_all(stream, high);
        length |= byte(high[0]) << 16 | byte(high[1]) << 24;
        prefix_bytes += high.size();
    }
    if (length > kHeaderBytesMax) {
        fail(ExitCode::Data, "{}: damaged .npy header: {} bytes long", stream.name(), length);
    }
    std::string text(length, '\0');
    read_all(stream, text);
    return text;
}

}  // namespace

Dtype Dtype::packed(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    Dtype dtype;
    for (const auto& [name, type] : fields) {
        const std::size_t bytes = type_bytes(type);
        RINGSIDE_CHECK(bytes != 0);
        dtype.fields.push_back(
            {std::string(name), canonical_type(std::string(type)), dtype.size_bytes});
        dtype.size_bytes += bytes;
    }
    return dtype;
}

const Dtype& event_dtype() {
    static const Dtype dtype = Dtype::packed({{"ev", "<u8"},
                                              {"exch_ts", "<i8"},
                                              {"local_ts", "<i8"},
                                              {"px", "<f8"},
                                              {"qty", "<f8"},
                                              {"order_id", "<u8"},
                                              {"ival", "<i8"},
                                              {"fval", "<f8"}});
    return dtype;
}

NpyHeader read_npy_header(ByteStream& stream) {
    std::size_t prefix_bytes = 0;
    const std::string text = read_header_text(stream, prefix_bytes);
    const PythonLiteral header = parse_python_literal(text, stream.name());
    const PythonLiteral* descr = header.find("descr");
    const PythonLiteral* order = header.find("fortran_order");
    const PythonLiteral* shape = header.find("shape");
    if (descr == nullptr || order == nullptr || shape == nullptr ||
        order->kind != PythonLiteral::Kind::Boolean ||
        shape->kind != PythonLiteral::Kind::Sequence) {
        fail(ExitCode::Data, "{}: damaged .npy header: no 'descr', 'fortran_order' and 'shape'",
             stream.name());
    }
    NpyHeader result;
    result.dtype = DescrReader(*descr, stream.name()).take();
    result.fortran_order = order->integer != 0;
    for (const PythonLiteral& extent : shape->items) {
        if (extent.kind != PythonLiteral::Kind::Integer || extent.integer < 0) {
            fail(ExitCode::Data, "{}: damaged .npy header: 'shape' is not a tuple of counts",
                 stream.name());
        }
        result.shape.push_back(static_cast<std::uint64_t>(extent.integer));
    }
    result.size_bytes = prefix_bytes + text.size();
    return result;
}

std::string format_npy_header(const Dtype& dtype, std::uint64_t rows) {
    std::string descr;
    if (dtype.fields.size() == 1 && dtype.fields[0].name.empty()) {
        descr = fmt::format("'{}'", dtype.fields[0].type);
    } else {
        std::size_t end = 0;
        const auto pad_to = [&](std::size_t offset) {
            if (offset > end) descr += fmt::format("('', '|V{}'), ", offset - end);
        };
        descr += '[';
        for (const Dtype::Field& field : dtype.fields) {
            pad_to(field.offset);
            descr += fmt::format("('{}', '{}'), ", field.name, field.type);
            end = field.offset + type_bytes(field.type);
        }
        pad_to(dtype.size_bytes);
        descr.resize(descr.size() - 2);
        descr += "]";
    }
    constexpr std::size_t kPrefixBytes = 10;
    std::string text =
        fmt::format("{{'descr': {}, 'fortran_order': False, 'shape': ({},), }}", descr, rows);
    const std::size_t digits = text.size() - fmt::formatted_size("{}", rows) + kRowDigits;
    const std::size_t unpadded = kPrefixBytes + digits + 1;
    const std::size_t total = (unpadded + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
    text.resize(total - kPrefixBytes - 1, ' ');
    text += '\n';
    RINGSIDE_CHECK(text.size() <= 0xffff);
    std::string header(kMagic);
    header +=
        {'\1', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
    return header + text;
}

std::string difference(const Dtype& found, const Dtype& wanted) {
    const std::size_t shared = std::min(found.fields.size(), wanted.fields.size());
    for (std::size_t i = 0; i < shared; ++i) {
        const Dtype::Field& f = found.fields[i];
        const Dtype::Field& w = wanted.fields[i];
        if (f == w) continue;
        return fmt::format(
            "field {} is {} of type {} at byte {}, expected {} of type {} at byte {}", i + 1,
            shown_name(f), f.type, f.offset, shown_name(w), w.type, w.offset);
    }
    if (found.fields.size() != wanted.fields.size()) {
        return fmt::format("a row has {} fields, expected {}", found.fields.size(),
                           wanted.fields.size());
    }
    if (found.size_bytes != wanted.size_bytes) {
        return fmt::format("a row is {} bytes long, expected {}", found.size_bytes,
                           wanted.size_bytes);
    }
    return {};
}

}  // namespace ringside
