#include "botkit/recorder.hpp"

#include <string>

#include "core/npz.hpp"

namespace ringside::botkit {

const Dtype& record_dtype() {
    static const Dtype dtype = Dtype::packed({{"timestamp", "<i8"},
                                              {"price", "<f8"},
                                              {"position", "<f8"},
                                              {"balance", "<f8"},
                                              {"fee", "<f8"},
                                              {"num_trades", "<i8"},
                                              {"trading_volume", "<f8"},
                                              {"trading_value", "<f8"}});
    return dtype;
}

void Recorder::record(const Context& context) {
    rows_.resize(context.num_assets());
    sample_.clear();
    for (AssetNo a = 0; a < rows_.size(); ++a) {
        const L2Book& book = context.depth(a);
        const StateValues& state = context.state_values(a);
        sample_.push_back({.timestamp = context.current_timestamp(),
                           .price = (book.best_bid_price() + book.best_ask_price()) / 2.0,
                           .position = state.position,
                           .balance = state.balance,
                           .fee = state.fee,
                           .num_trades = state.num_trades,
                           .trading_volume = state.trading_volume,
                           .trading_value = state.trading_value});
        if (keep_rows_) rows_[a].push_back(sample_.back());
    }
    if (totals_ != nullptr) totals_->add(sample_);
}

void Recorder::write_npz(const std::filesystem::path& path) const {
    std::vector<NpzArray> arrays;
    for (std::size_t a = 0; a < rows_.size(); ++a) {
        arrays.push_back({std::to_string(a), record_dtype(), std::as_bytes(std::span(rows_[a]))});
    }
    ringside::write_npz(path, arrays);
}

}  // namespace ringside::botkit
