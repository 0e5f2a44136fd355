@0xd1a6f0b7c2e94a31;
# Words that every message shares. Zero is "unset" throughout.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ringside::schema");

enum Side {
  unset @0;
  buy @1;
  sell @2;
}

enum TimeInForce {
  unset @0;
  gtc @1;          # good till cancelled
  gtx @2;          # post only: refused if it would take
  fok @3;          # fill at once and whole, or not at all
  ioc @4;          # fill what is there at once, cancel the rest
  unsupported @5;  # a venue's value that has no counterpart here
}

enum OrderType {
  unset @0;
  limit @1;
  market @2;
  unsupported @3;
}

enum OrderStatus {
  none @0;
  new @1;
  expired @2;
  filled @3;
  canceled @4;
  partiallyFilled @5;
  rejected @6;
  replaced @7;
  unsupported @8;
}

enum BookKind {
  unset @0;
  l2 @1;  # quantities by price
  l3 @2;  # market by order
}

enum ContractKind {
  unset @0;
  linear @1;   # settled in the quote currency
  inverse @2;  # settled in the base currency
}
