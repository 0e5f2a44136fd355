#include "core/npz.hpp"

#include "core/check.hpp"
#include "core/zip_writer.hpp"

namespace ringside {

void write_npz(const std::filesystem::path& path, std::span<const NpzArray> arrays, int level) {
    ZipWriter archive(path, level);
    for (const NpzArray& array : arrays) {
        RINGSIDE_CHECK(array.rows.size() % array.dtype.size_bytes == 0);
        const std::string header =
            format_npy_header(array.dtype, array.rows.size() / array.dtype.size_bytes);
        archive.begin_member(array.name + ".npy", 0);
        archive.write(std::as_bytes(std::span(header)));
        archive.write(array.rows);
        archive.end_member({});
    }
    archive.finish();
}

}  // namespace ringside
