#pragma once

#include <string>

#include "ipc/bus_record.hpp"

/// A record of a bus as lines of text, or as one JSON object, each ending with a newline.
namespace ringside {

/// For people: names, prices and UTC times; one line for each market event.
///   23:54:16.298123456 md BTCUSDT depth buy 61659.8 x 0.337
///   23:54:16.301000000 grid#0 request #12 submit 7 BTCUSDT buy 0.5 @ 61659.8 gtc limit
void append_text(std::string& out, const ipc::BusRecord& record, const ipc::BusNames& names);

/// For programs: every field as the schemas name it.
///   {"ring":"md","session":"","frame":"market_data","sequence":7,"message":{...}}
void append_json(std::string& out, const ipc::BusRecord& record, const ipc::BusNames& names);

}  // namespace ringside
