#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ipc/bus_record.hpp"

namespace ringside {

/// Which of a bus's records somebody wants; all of what is given must hold.
struct BusFilterOptions {
    std::vector<std::string> rings;        ///< md, requests, responses, control
    std::vector<std::string> instruments;  ///< symbol or number
    std::vector<std::string> types;        ///< see kTypeNames
    std::vector<std::string> sessions;     ///< name, name#slot or slot
    std::optional<std::uint64_t> order_id;
    Nanos since = kBeforeAll;  ///< by message time
    Nanos until = kNever;
};

/// Names that `types` may have: of frames, of what is in them, of other records.
const std::set<std::string>& bus_type_names();

/// Of a market-data frame it lets only the wanted events through. Must see every record, in order.
class BusFilter {
  public:
    explicit BusFilter(BusFilterOptions options);

    /// Whether the record is wanted. Its payload is then, if events were taken out of it, this
    /// object's until the next call.
    bool take(ipc::BusRecord& record);
    const ipc::BusNames& names() const noexcept { return names_; }
    /// Fails (Usage) if a wanted instrument is not on the bus; known once the service record came.
    void check_instruments() const;

  private:
    bool wants_ring(const ipc::BusRecord& record) const;
    bool wants_type(const ipc::BusRecord& record) const;
    bool wants_session(std::uint32_t session) const;
    bool wants_instrument(AssetNo instrument) const;
    bool wants_time(Nanos ts) const noexcept {
        return ts >= options_.since && ts <= options_.until;
    }
    bool take_order_message(const ipc::BusRecord& record) const;
    bool take_market_data(ipc::BusRecord& record);
    bool wants_event(AssetNo instrument, const Event& event) const;
    void resolve_instruments();

    BusFilterOptions options_;
    ipc::BusNames names_;
    std::set<AssetNo> instruments_;
    bool event_types_ = false;  ///< some of options_.types name kinds of events
    std::vector<std::uint64_t> rebuilt_;
};

/// "2024-08-08 23:54:16.298", a date alone, or nanoseconds since the epoch. Fails (Usage).
Nanos parse_utc(const std::string& text);

}  // namespace ringside
