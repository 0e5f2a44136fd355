#include "tools/ringside/read_ahead_text.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ringside {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
constexpr std::size_t kChunksAhead = 4;

}  // namespace

ReadAheadText::ReadAheadText(std::unique_ptr<PackedText> text)
    : text_(std::move(text)),
      spare_(kChunksAhead, std::vector<char>(kChunkBytes)),
      thread_([this](const std::stop_token& stop) { unpack_all(stop); }) {}

ReadAheadText::~ReadAheadText() = default;

std::size_t ReadAheadText::read(std::span<char> out) {
    if (taken_ == current_.text.size() && !at_end_) take_next();
    const std::size_t filled = std::min(out.size(), current_.text.size() - taken_);
    std::memcpy(out.data(), current_.text.data() + taken_, filled);
    taken_ += filled;
    return filled;
}

void ReadAheadText::take_next() {
    std::unique_lock lock(mutex_);
    if (!current_.text.empty()) spare_.push_back(std::move(current_.text));
    change_.notify_all();
    change_.wait(lock, [this] { return !ready_.empty(); });
    current_ = std::move(ready_.front());
    ready_.pop_front();
    taken_ = 0;
    at_end_ = current_.text.empty();
    if (current_.error) std::rethrow_exception(current_.error);
}

void ReadAheadText::unpack_all(const std::stop_token& stop) {
    for (bool at_end = false; !at_end;) {
        std::unique_lock lock(mutex_);
        if (!change_.wait(lock, stop, [this] { return !spare_.empty(); })) return;
        std::vector<char> room = std::move(spare_.back());
        spare_.pop_back();
        lock.unlock();
        Chunk chunk = unpack_one(std::move(room));
        at_end = chunk.text.empty();
        lock.lock();
        ready_.push_back(std::move(chunk));
        change_.notify_all();
    }
}

ReadAheadText::Chunk ReadAheadText::unpack_one(std::vector<char> room) {
    Chunk chunk;
    room.resize(kChunkBytes);
    std::size_t filled = 0;
    try {
        filled = text_->read(room);
    } catch (...) {
        chunk.error = std::current_exception();
    }
    room.resize(filled);
    chunk.text = std::move(room);
    chunk.bytes_read = text_->bytes_read();
    chunk.truncated = text_->truncated();
    return chunk;
}

}  // namespace ringside
