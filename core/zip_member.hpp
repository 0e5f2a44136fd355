#pragma once

#include <memory>

#include "core/byte_stream.hpp"
#include "core/zip_archive.hpp"

namespace ringside {

/// Content of a member whose packed bytes begin at `offset` of `file`.
std::unique_ptr<ByteStream> open_zip_member(std::shared_ptr<const InputFile> file,
                                            const ZipArchive::Member& member, std::uint64_t offset);

}  // namespace ringside
