#pragma once

#include <cstdint>

namespace ringside::net {

/// Passes a stream from an old connection to the new one that overlaps it, so that each message is
/// taken once. Either may be ahead: the new one takes over only when what the old one brought
/// has reached all that was passed over of the new one.
class Handover {
  public:
    /// Whether to take the message with this id. `is_owner_open`: owner() can bring more.
    /// `overlaps`: the connection was open beside owner(), or is it.
    bool admits(std::uint64_t connection, std::int64_t id, bool is_owner_open, bool overlaps) {
        if (connection != owner_ && owner_ != 0 && is_owner_open) {
            if (connection < owner_) return false;
            if (id > last_id_) {
                newcomer_ = connection;
                newcomer_last_id_ = id;
                return false;
            }
            hand_to(connection);
        } else if (connection != owner_) {
            hand_to(connection);
            is_catching_up_ = overlaps;
        }
        if (is_catching_up_ && id <= last_id_) return false;
        is_catching_up_ = false;
        last_id_ = id;
        if (newcomer_ != 0 && id >= newcomer_last_id_) hand_to(newcomer_);
        return true;
    }
    /// The connection whose messages are recorded; 0 before the first.
    std::uint64_t owner() const noexcept { return owner_; }

  private:
    void hand_to(std::uint64_t connection) noexcept {
        owner_ = connection;
        newcomer_ = 0;
        is_catching_up_ = true;
    }

    std::uint64_t owner_ = 0;
    std::int64_t last_id_ = 0;
    std::uint64_t newcomer_ = 0;  ///< brought messages ahead of the owner's; 0 if none did
    std::int64_t newcomer_last_id_ = 0;
    bool is_catching_up_ = false;  ///< the owner may repeat what its predecessor brought
};

}  // namespace ringside::net
