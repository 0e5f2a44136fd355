#include "core/row_writer.hpp"

#include "core/check.hpp"
#include "core/error.hpp"

namespace ringside {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

}  // namespace

RowWriter::RowWriter(const std::filesystem::path& path, Dtype dtype, int level)
    : dtype_(std::move(dtype)) {
    const std::filesystem::path suffix = path.extension();
    const std::string header = format_npy_header(dtype_, 0);
    if (suffix == ".npy") {
        file_.emplace<AtomicFile>(path).append(bytes_of(header));
    } else if (suffix == ".npz") {
        file_.emplace<ZipWriter>(path, level).begin_member("data.npy", header.size());
    } else {
        fail(ExitCode::Usage, "{}: unknown suffix '{}'; name the file .npz or .npy", path.string(),
             suffix.string());
    }
}

void RowWriter::append(std::span<const std::byte> rows) {
    RINGSIDE_CHECK(rows.size() % dtype_.size_bytes == 0);
    rows_ += rows.size() / dtype_.size_bytes;
    if (auto* file = std::get_if<AtomicFile>(&file_)) {
        file->append(rows);
    } else {
        std::get<ZipWriter>(file_).write(rows);
    }
}

void RowWriter::finish() {
    const std::string header = format_npy_header(dtype_, rows_);
    if (auto* file = std::get_if<AtomicFile>(&file_)) {
        file->patch(0, bytes_of(header));
        file->commit();
    } else {
        auto& archive = std::get<ZipWriter>(file_);
        archive.end_member(bytes_of(header));
        archive.finish();
    }
}

EventWriter::EventWriter(const std::filesystem::path& path, int level) {
    const std::filesystem::path suffix = path.extension();
    if (suffix == ".rsev") {
        writer_.emplace<PackedWriter>(path);
    } else if (suffix == ".npz" || suffix == ".npy") {
        writer_.emplace<RowWriter>(path, event_dtype(), level);
    } else {
        fail(ExitCode::Usage, "{}: unknown suffix '{}'; name the file .rsev, .npz or .npy",
             path.string(), suffix.string());
    }
}

void EventWriter::append(std::span<const Event> rows) {
    if (auto* packed = std::get_if<PackedWriter>(&writer_))
        packed->append(rows);
    else
        std::get<RowWriter>(writer_).append(std::as_bytes(rows));
}

std::uint64_t EventWriter::rows() const {
    const auto* packed = std::get_if<PackedWriter>(&writer_);
    return packed != nullptr ? packed->rows() : std::get<RowWriter>(writer_).rows();
}

void EventWriter::finish() {
    if (auto* packed = std::get_if<PackedWriter>(&writer_))
        packed->finish();
    else
        std::get<RowWriter>(writer_).finish();
}

}  // namespace ringside
