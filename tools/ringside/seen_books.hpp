#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/book/l2_book.hpp"
#include "core/book/l3_book.hpp"
#include "core/venue_info.hpp"
#include "ipc/bus_record.hpp"

namespace ringside {

/// Books of a bus's instruments as far as an observer saw them grow. One that did not begin with a
/// snapshot, or missed frames, is partial: its best prices are of the levels seen since.
class SeenBooks {
  public:
    struct Touch {
        std::string symbol;
        double bid_price = 0.0;  ///< NaN: none
        double bid_qty = 0.0;
        double ask_price = 0.0;
        double ask_qty = 0.0;
        double last_price = 0.0;  ///< of a trade; NaN: none
        Nanos last_ts = 0;        ///< local time of the last event; 0: none
        std::uint64_t events = 0;
        bool partial = true;
    };

    explicit SeenBooks(const VenueInfo& info);

    void see(const ipc::BusRecord& record);
    std::vector<Touch> touches() const;

  private:
    struct Book {
        Instrument instrument;
        L2Book levels;
        std::optional<L3Book> orders;
        double last_price;
        Nanos last_ts = 0;
        std::uint64_t events = 0;
        bool partial = true;
    };
    static Book empty(const Instrument& instrument);
    static void apply(Book& book, const Event& event, bool snapshot);
    static void apply_order(Book& book, const Event& event);

    std::vector<Book> books_;
};

}  // namespace ringside
