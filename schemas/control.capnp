@0x9c04e7a1d85b36f2;
# What a venue service says about itself.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ringside::schema");

using import "common.capnp".ContractKind;
using import "common.capnp".BookKind;

enum ClockMode {
  unset @0;
  realTime @1;
  simulated @2;
}

enum RulesPreset {
  unset @0;
  strict @1;
  compat @2;
}

struct Instrument {
  symbol @0 :Text;           # the venue's own name
  tickSize @1 :Float64;      # smallest price step
  lotSize @2 :Float64;       # smallest quantity step
  contractSize @3 :Float64;  # multiplier of price * quantity
  kind @4 :ContractKind;
  book @5 :BookKind;
  hasRange @6 :Bool;         # books keep the ticks of the range only
  rangeFirst @7 :Int64;      # ticks, included
  rangeLast @8 :Int64;       # ticks, included
  minQty @9 :Float64;        # of an order; here and below 0: no limit, or not known
  maxQty @10 :Float64;
  minValue @11 :Float64;     # price * quantity
  minPrice @12 :Float64;
  maxPrice @13 :Float64;
}

struct VenueInfo {
  venue @0 :Text;
  clock @1 :ClockMode;
  rules @2 :RulesPreset;
  startTs @3 :Int64;           # ns, first event time of all instruments on either side
  clockAnchor @7 :Int64;       # ns; real time: + the machine's steady clock = time on this bus
  leastRoundTripNs @4 :Int64;  # no response is heard sooner than this after its request
  recordedRows @6 :UInt64;     # rows of all recorded files together; 0 on a live venue
  mayFail @8 :Bool;            # simulated: a bot may be told that its simulation has failed
  instruments @5 :List(Instrument);  # an instrument's number on the bus is its place in this list
}

enum NoticeKind {
  unset @0;
  venueUp @1;     # connected, books are being built
  venueDown @2;   # the venue cannot be reached; data stops
  stale @3;       # the instrument's book is not to be trusted until fresh
  fresh @4;       # the instrument's book is complete again
  error @5;       # text says what went wrong
  info @6;        # text is for people
  halted @7;      # new orders are refused until resumed; text says why
  resumed @8;     # new orders are taken again
}

struct Notice {
  # A change in the service's state that bots and people should know of. From a bot: `stale`, its
  # books are not to be trusted any more (it was overrun) and it wants them anew.
  kind @0 :NoticeKind;
  assetNo @1 :UInt32;  # number of the instrument concerned; the largest UInt32: the whole venue
  ts @2 :Int64;        # ns, service's time
  text @3 :Text;
}
