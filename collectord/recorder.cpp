#include "collectord/recorder.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/spelling.hpp"

namespace ringside::collectord {

namespace {

constexpr Nanos kHour = 3600 * kSecond;

}  // namespace

Recorder::Recorder(const CollectorConfig& config, std::function<void()> on_failure)
    : config_(config),
      on_failure_(std::move(on_failure)),
      open_(config.symbols.size()),
      waiting_(config.symbols.size()) {
    std::error_code error;
    std::filesystem::create_directories(config_.directory, error);
    if (error) {
        fail(ExitCode::Io, "{}: cannot be created: {}", config_.directory.string(),
             error.message());
    }
    thread_ = std::thread([this] { run(); });
}

Recorder::~Recorder() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::int64_t Recorder::period(Nanos ts) const noexcept {
    return ts / (config_.rotation == Rotation::Daily ? 24 * kHour : kHour);
}

void Recorder::write(std::size_t symbol, Nanos received_ts, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (failure_) return;
    if (waiting_bytes_ > kWaitingMax) {
        failure_ = std::make_exception_ptr(
            Error(ExitCode::Io, fmt::format("{}: too slow for the venue; {} MiB wait to be written",
                                            config_.directory.string(), waiting_bytes_ >> 20U)));
        on_failure_();
        return;
    }
    Pieces& pieces = waiting_[symbol];
    const std::int64_t now = period(received_ts);
    // A clock that was set back does not reopen the period before.
    if (pieces.empty() || pieces.back().period < now) pieces.push_back({now, received_ts, {}});
    std::string& lines = pieces.back().lines;
    const std::size_t before = lines.size();
    fmt::format_to(std::back_inserter(lines), "{:019} {}", received_ts, text);
    std::replace(lines.begin() + static_cast<std::ptrdiff_t>(before), lines.end(), '\n', ' ');
    lines += '\n';
    waiting_bytes_ += lines.size() - before;
}

void Recorder::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    if (failure_) std::rethrow_exception(failure_);
}

void Recorder::run() {
    auto due = std::chrono::steady_clock::now();
    bool is_last = false;
    while (!is_last) {
        due += std::chrono::nanoseconds(config_.flush_interval);
        std::vector<Pieces> waiting(open_.size());
        {
            std::unique_lock lock(mutex_);
            wake_.wait_until(lock, due, [this] { return is_stopping_; });
            is_last = is_stopping_;
            waiting_.swap(waiting);
            waiting_bytes_ = 0;
        }
        try {
            write_all(waiting);
            if (is_last) finish_all();
            if (!is_last) check_free_space();
        } catch (const Error&) {
            const std::exception_ptr failure = std::current_exception();
            finish_what_can_be();
            const std::lock_guard lock(mutex_);
            if (!failure_) failure_ = failure;
            on_failure_();
            return;
        }
        due = std::max(due, std::chrono::steady_clock::now() -
                                std::chrono::nanoseconds(config_.flush_interval));
    }
}

void Recorder::finish_all() {
    for (Open& open : open_) {
        if (open.file) open.file->finish();
        open.file.reset();
    }
}

/// What one file refuses another may take.
void Recorder::finish_what_can_be() noexcept {
    for (Open& open : open_) {
        try {
            if (open.file) open.file->finish();
        } catch (const Error& error) {
            log_warning("{}", error.what());
        }
        open.file.reset();
    }
}

/// A disk that runs full in the middle of a write would cost lines; one that is nearly full ends
/// the recording with all files whole.
void Recorder::check_free_space() const {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(config_.directory, error);
    if (error || space.available >= config_.free_bytes_min) return;
    fail(ExitCode::Io,
         "{}: {} MiB are free and free_space_min is {}; the recording has ended and its files are "
         "whole: make room and start again",
         config_.directory.string(), space.available / kMiB, config_.free_bytes_min / kMiB);
}

void Recorder::write_all(std::vector<Pieces>& waiting) {
    for (std::size_t symbol = 0; symbol < waiting.size(); ++symbol) {
        write_pieces(symbol, waiting[symbol]);
    }
}

void Recorder::write_pieces(std::size_t symbol, const Pieces& pieces) {
    Open& open = open_[symbol];
    for (const Piece& piece : pieces) {
        if (open.file && open.period < piece.period) {
            open.file->finish();
            open.file.reset();
        }
        if (!open.file) {
            open.period = piece.period;
            open.file = std::make_unique<SegmentFile>(
                config_.directory, lower_case(config_.symbols[symbol]), piece.first_ts,
                config_.compression, config_.level);
            log_info("recording {}", open.file->path().string());
        }
        open.file->write(piece.lines);
    }
    if (!pieces.empty()) open.file->flush();
}

}  // namespace ringside::collectord
