@0xb83f5d0e6a917c24;
# What a venue service publishes to every bot.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ringside::schema");

struct Event {
  # One market event: eight 64-bit fields whose memory layout is that of ringside::Event and of a row
  # of an event file, so a list of them is written and read with one copy.
  ev @0 :UInt64;       # kind (low 8 bits) and flags
  exchTs @1 :Int64;    # ns since the epoch, when it happened at the venue
  localTs @2 :Int64;   # ns since the epoch, when it was received
  px @3 :Float64;      # price
  qty @4 :Float64;     # quantity
  orderId @5 :UInt64;  # market order id, market-by-order data only
  ival @6 :Int64;      # free for users
  fval @7 :Float64;    # free for users
}

struct Run {
  # Consecutive events of one instrument.
  instrument @0 :UInt32;  # number of the instrument on the bus, from 0
  count @1 :UInt32;       # events
}

struct MarketData {
  completeUntil @0 :Int64;   # ns; every row with localTs <= this is in this frame or an earlier one;
                             # the largest Int64: end of data
  events @1 :List(Event);    # in the order in which the bot sees them
  runs @2 :List(Run);        # which instrument the events belong to, first run first; the counts add
                             # up to the number of events
}
