@0xe27b91c45fd3806a;
# What one bot and one venue service say to each other over a session.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ringside::schema");

using import "common.capnp".Side;
using import "common.capnp".TimeInForce;
using import "common.capnp".OrderType;
using import "common.capnp".OrderStatus;

enum RequestKind {
  unset @0;
  submit @1;
  modify @2;
  cancel @3;
}

enum ResponseKind {
  unset @0;
  ack @1;      # the request was carried out; the order's state is in the message
  refused @2;  # the request was not carried out; `error` says why
  fill @3;     # an execution nobody asked about
  update @4;   # the venue changed the order on its own
  failed @5;   # nothing more can be simulated for this bot; `error` says why
}

struct OrderRequest {
  seq @0 :UInt64;         # +1 for each request of a session, from 1
  orderId @1 :UInt64;     # the bot's own id
  reqTs @2 :Int64;        # ns, bot's time of the request
  priceTicks @3 :Int64;   # tick sizes
  qtyLots @4 :Int64;      # lot sizes; wanted size (submit), new size (modify), 0 (cancel)
  leavesLots @5 :Int64;   # lot sizes; what the bot believes is open
  assetNo @6 :UInt32;     # number of the instrument on the bus, from 0
  kind @7 :RequestKind;
  side @8 :Side;
  timeInForce @9 :TimeInForce;
  type @10 :OrderType;
  status @11 :OrderStatus;  # the bot's view of the order when it asked
}

struct OrderResponse {
  seq @0 :UInt64;             # +1 for each response of a session, from 1
  reqSeq @1 :UInt64;          # request answered; 0 when unsolicited
  orderId @2 :UInt64;         # the bot's own id
  reqTs @3 :Int64;            # ns, bot's time of the request this order state stems from
  exchTs @4 :Int64;           # ns, when the venue did it; 0 if it never reached the venue
  respTs @5 :Int64;           # ns, when the bot hears of it
  priceTicks @6 :Int64;       # tick sizes
  qtyLots @7 :Int64;          # lot sizes
  leavesLots @8 :Int64;       # lot sizes, still open
  execPriceTicks @9 :Int64;   # tick sizes, last execution
  execLots @10 :Int64;        # lot sizes, last execution
  fee @11 :Float64;           # settlement currency, of the execution in this message
  queueAhead @12 :Float64;    # quantity ahead when the order came to rest
  assetNo @13 :UInt32;        # number of the instrument on the bus, from 0
  kind @14 :ResponseKind;
  side @15 :Side;
  timeInForce @16 :TimeInForce;
  type @17 :OrderType;
  status @18 :OrderStatus;
  req @19 :OrderStatus;       # request still in flight; rejected when it was refused
  maker @20 :Bool;            # of the last execution
  executed @21 :Bool;         # this message carries an execution
  error @22 :UInt8;           # reason code; 0: none
}
