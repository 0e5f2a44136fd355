#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/order.hpp"
#include "core/time.hpp"

namespace ringside::engine {

/// Responses of one session that its transport has not taken yet, all instruments together, in the
/// order in which the venue made them.
class Outbox {
  public:
    void push(OrderResponse response) {
        response.seq = ++seq_;
        responses_.push_back(response);
    }
    std::vector<OrderResponse>& responses() noexcept { return responses_; }
    bool empty() const noexcept { return responses_.empty(); }

  private:
    std::uint64_t seq_ = 0;
    std::vector<OrderResponse> responses_;
};

}  // namespace ringside::engine
