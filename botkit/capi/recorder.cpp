#include <cstdlib>
#include <limits>
#include <new>

#include "botkit/capi/session.hpp"
#include "core/error.hpp"

using namespace ringside;
using namespace ringside::capi;

struct ringside_recorder {
    ringside_record* rows = nullptr;  ///< sample by sample, each with one row for each asset
    int64_t num_assets = 0;
    int64_t capacity = 0;
    int64_t size = 0;
    bool grows = false;

    ringside_recorder() = default;
    ringside_recorder(const ringside_recorder&) = delete;
    ringside_recorder& operator=(const ringside_recorder&) = delete;
    ~ringside_recorder() { std::free(rows); }

    bool reserve(int64_t samples) noexcept {
        std::size_t rows_wanted = 0;
        std::size_t bytes = 0;
        if (__builtin_mul_overflow(samples, num_assets, &rows_wanted) ||
            __builtin_mul_overflow(rows_wanted, sizeof(ringside_record), &bytes)) {
            return false;
        }
        // malloc leaves what is not written untouched: a capacity far beyond the memory is fine.
        void* room = std::realloc(rows, bytes == 0 ? 1 : bytes);
        if (room == nullptr) return false;
        rows = static_cast<ringside_record*>(room);
        capacity = samples;
        return true;
    }
};

extern "C" {

ringside_recorder* ringside_recorder_new(int64_t num_assets, int64_t capacity, int64_t grows) {
    if (num_assets < 0 || capacity < 0) {
        remember(ExitCode::Usage, "a recorder's sizes cannot be negative");
        return nullptr;
    }
    auto* recorder = new (std::nothrow) ringside_recorder;
    if (recorder != nullptr) {
        recorder->num_assets = num_assets;
        recorder->grows = grows != 0;
        if (recorder->reserve(capacity)) return recorder;
        delete recorder;
    }
    remember(ExitCode::Io, "there is not enough memory for so many records: ask for fewer");
    return nullptr;
}

void ringside_recorder_free(ringside_recorder* recorder) { delete recorder; }

ringside_code ringside_recorder_record(ringside_recorder* recorder,
                                       const ringside_session* session) {
    const botkit::Context* context = session->context.get();
    if (context == nullptr) return RINGSIDE_CLOSED;
    if (recorder->num_assets > ringside_num_assets(session)) return RINGSIDE_UNKNOWN_ASSET;
    if (recorder->size == recorder->capacity &&
        !(recorder->grows && recorder->reserve(recorder->capacity * 2 + 1024))) {
        return RINGSIDE_RECORDER_FULL;
    }
    ringside_record* row = recorder->rows + recorder->size * recorder->num_assets;
    for (AssetNo a = 0; a < static_cast<AssetNo>(recorder->num_assets); ++a) {
        const L2Book& book = context->depth(a);
        const botkit::StateValues& state = context->state_values(a);
        row[a] = {.timestamp = context->current_timestamp(),
                  .price = (book.best_bid_price() + book.best_ask_price()) / 2.0,
                  .position = state.position,
                  .balance = state.balance,
                  .fee = state.fee,
                  .num_trades = state.num_trades,
                  .trading_volume = state.trading_volume,
                  .trading_value = state.trading_value};
    }
    ++recorder->size;
    return RINGSIDE_OK;
}

ringside_record* ringside_recorder_rows(const ringside_recorder* recorder) {
    return recorder->rows;
}
int64_t ringside_recorder_size(const ringside_recorder* recorder) { return recorder->size; }
int64_t ringside_recorder_capacity(const ringside_recorder* recorder) { return recorder->capacity; }
int64_t ringside_recorder_num_assets(const ringside_recorder* recorder) {
    return recorder->num_assets;
}

}  // extern "C"
