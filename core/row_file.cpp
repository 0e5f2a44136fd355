#include "core/row_file.hpp"

#include "core/check.hpp"
#include "core/error.hpp"
#include "core/input_file.hpp"
#include "core/zip_archive.hpp"

namespace ringside {

RowFile::RowFile(const std::filesystem::path& path, const Dtype& dtype, std::string_view array)
    : row_bytes_(dtype.size_bytes) {
    const std::filesystem::path suffix = path.extension();
    if (suffix != ".npy" && suffix != ".npz") {
        fail(ExitCode::Data, "{}: unknown suffix '{}'; expected .npz or .npy", path.string(),
             suffix.string());
    }
    auto file = std::make_shared<const InputFile>(path);
    std::uint64_t bytes = file->size_bytes();
    if (suffix == ".npy") {
        stream_ = stream_of(std::move(file));
    } else {
        const ZipArchive archive(std::move(file));
        const ZipArchive::Member& member = archive.find(fmt::format("{}.npy", array));
        bytes = member.size_bytes;
        stream_ = archive.open(member);
    }
    check_header(read_npy_header(*stream_), dtype, bytes);
}

void RowFile::check_header(const NpyHeader& header, const Dtype& dtype, std::uint64_t bytes) {
    if (header.dtype != dtype) {
        fail(ExitCode::Data, "{}: wrong row type: {}", name(), difference(header.dtype, dtype));
    }
    if (header.shape.size() != 1) {
        fail(ExitCode::Data, "{}: the array has {} dimensions, expected one", name(),
             header.shape.size());
    }
    // One dimension has the same order either way, yet NumPy never says Fortran for it.
    if (header.fortran_order) {
        fail(ExitCode::Data, "{}: the array is in Fortran order, expected C order", name());
    }
    rows_ = header.shape[0];
    const std::uint64_t present = bytes - header.size_bytes;
    if (present / row_bytes_ != rows_ || present % row_bytes_ != 0) {
        fail(ExitCode::Data, "{}: the header promises {} rows, the file holds {} and {} bytes{}",
             name(), rows_, present / row_bytes_, present % row_bytes_,
             present / row_bytes_ < rows_ ? ": it is truncated" : "");
    }
}

std::size_t RowFile::read(std::span<std::byte> out) {
    RINGSIDE_CHECK(out.size() >= row_bytes_ && out.size() % row_bytes_ == 0);
    std::size_t filled = 0;
    try {
        do {
            const std::size_t count = stream_->read(out.subspan(filled));
            if (count == 0) break;
            filled += count;
        } while (filled % row_bytes_ != 0);
    } catch (const Error& error) {
        // Rows before the place come first: the stream fails again when asked again.
        if (filled < row_bytes_) fail(error.code(), "{} (after row {})", error.what(), read_);
    }
    const std::size_t rows = filled / row_bytes_;
    read_ += rows;
    if (rows == 0 && read_ != rows_) {
        fail(ExitCode::Data, "{}: ends after row {} of {}: it was truncated while being read",
             name(), read_, rows_);
    }
    return rows;
}

}  // namespace ringside
