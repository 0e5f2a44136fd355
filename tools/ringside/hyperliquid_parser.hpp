#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/ringside/raw_parser.hpp"

namespace ringside {

/// Hyperliquid: each book message is a snapshot of the best twenty levels a side, of which the
/// differences to the one before become rows: changed and new bids, then asks, then those of both
/// sides that are gone. The first message of `trades` tells of the past.
class HyperliquidParser final : public RawParser {
  public:
    struct Options {
        /// Remove levels that are no longer among the best twenty, too: they may well still exist.
        bool remove_beyond = true;
    };

    explicit HyperliquidParser(Options options);
    ~HyperliquidParser() override;

    Outcome parse(std::string_view line, RowStore& rows) override;
    std::string detail() const override;

  private:
    class Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace ringside
