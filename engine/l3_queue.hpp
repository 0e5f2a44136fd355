#pragma once

#include <cstdint>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/order.hpp"

namespace ringside::engine {

/// The queues of a market-by-order book: at each price, market orders and the bots' own orders in
/// the order in which they came. Own orders of different bots do not see each other.
class L3Queue {
  public:
    using NodeNo = std::uint32_t;
    static constexpr NodeNo kNone = 0xffff'ffff;

    /// Whose order a node is: 0 the market's, otherwise the desk's number from 1.
    using Owner = std::uint32_t;
    static constexpr Owner kMarket = 0;

    struct Node {
        NodeNo before = kNone;
        NodeNo behind = kNone;
        Ticks tick = 0;
        Side side = Side::Unset;
        Owner owner = kMarket;
        std::uint32_t slot = 0;  ///< own orders: place in their desk
    };

    void add_market(Side side, Ticks tick, std::uint64_t id) {
        market_.insert_or_assign(id, push(side, tick, kMarket, 0));
    }
    void remove_market(std::uint64_t id) {
        const auto it = market_.find(id);
        if (it == market_.end()) return;
        remove(it->second);
        market_.erase(it);
    }
    /// The order goes to the back of the queue at `tick`.
    void requeue_market(std::uint64_t id, Ticks tick) {
        const auto it = market_.find(id);
        if (it == market_.end()) return;
        const Side side = nodes_[it->second].side;
        remove(it->second);
        it->second = push(side, tick, kMarket, 0);
    }
    NodeNo add_own(Side side, Ticks tick, Owner owner, std::uint32_t slot) {
        return push(side, tick, owner, slot);
    }
    void remove(NodeNo no) {
        const Node node = nodes_[no];
        Level& level = levels(node.side)[node.tick];
        (node.before == kNone ? level.front : nodes_[node.before].behind) = node.behind;
        (node.behind == kNone ? level.back : nodes_[node.behind].before) = node.before;
        if (level.front == kNone) levels(node.side).erase(node.tick);
        free_.push_back(no);
    }
    /// Removes the market's orders of one side.
    void clear_market(Side side) {
        boost::unordered::erase_if(market_, [&](const auto& order) {
            if (nodes_[order.second].side != side) return false;
            remove(order.second);
            return true;
        });
    }

    /// Appends to `own` the own orders that stand in front of a market order, front first.
    void own_ahead_of(std::uint64_t id, std::vector<NodeNo>& own) const {
        const auto it = market_.find(id);
        if (it == market_.end()) return;
        const Node& market = nodes_[it->second];
        const auto level = levels(market.side).find(market.tick);
        for (NodeNo no = level->second.front; no != it->second; no = nodes_[no].behind) {
            if (nodes_[no].owner != kMarket) own.push_back(no);
        }
    }
    const Node& operator[](NodeNo no) const noexcept { return nodes_[no]; }

  private:
    struct Level {
        NodeNo front = kNone;
        NodeNo back = kNone;
    };
    using Levels = boost::unordered_flat_map<Ticks, Level>;  // looked up, never walked

    Levels& levels(Side side) noexcept { return side == Side::Buy ? bids_ : asks_; }
    const Levels& levels(Side side) const noexcept { return side == Side::Buy ? bids_ : asks_; }

    NodeNo push(Side side, Ticks tick, Owner owner, std::uint32_t slot) {
        NodeNo no = 0;
        if (free_.empty()) {
            no = static_cast<NodeNo>(nodes_.size());
            nodes_.emplace_back();
        } else {
            no = free_.back();
            free_.pop_back();
        }
        Level& level = levels(side)[tick];
        nodes_[no] = {level.back, kNone, tick, side, owner, slot};
        (level.back == kNone ? level.front : nodes_[level.back].behind) = no;
        level.back = no;
        return no;
    }

    std::vector<Node> nodes_;
    std::vector<NodeNo> free_;
    Levels bids_;
    Levels asks_;
    boost::unordered_flat_map<std::uint64_t, NodeNo> market_;
};

}  // namespace ringside::engine
