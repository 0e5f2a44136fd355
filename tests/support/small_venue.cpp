#include "tests/support/small_venue.hpp"

#include <fmt/format.h>

#include "core/spelling.hpp"

namespace ringside::test {

namespace {

constexpr std::int64_t kVenueMillis = 1'723'161'256'000;  // any time will do

constexpr const char* kExchangeInfo =
    R"({"symbols":[{"symbol":"BTCUSDT","status":"TRADING","filters":[)"
    R"({"filterType":"PRICE_FILTER","tickSize":"0.10","minPrice":"0.10","maxPrice":"100000"},)"
    R"({"filterType":"LOT_SIZE","stepSize":"0.001","minQty":"0.001","maxQty":"1000"},)"
    R"({"filterType":"MIN_NOTIONAL","notional":"5"}]},)"
    R"({"symbol":"ETHUSDT","status":"TRADING","filters":[)"
    R"({"filterType":"PRICE_FILTER","tickSize":"0.10","minPrice":"0.10","maxPrice":"100000"},)"
    R"({"filterType":"LOT_SIZE","stepSize":"0.001","minQty":"0.001","maxQty":"1000"}]}]})";

}  // namespace

SmallVenue::SmallVenue(const Authority& authority) {
    TlsServer::Handlers handlers;
    handlers.on_request = [this](const TlsServer::Question& question) { return answer(question); };
    handlers.on_open = [this](const TlsServer::Client& client) {
        const std::lock_guard lock(mutex_);
        targets_[client.number] = client.target;
    };
    server_ = std::make_unique<TlsServer>(authority.issue("DNS:localhost"), std::move(handlers));
}

SmallVenue::~SmallVenue() { server_.reset(); }

std::int64_t SmallVenue::trade(const std::string& symbol, int changes) {
    std::int64_t last = 0;
    for (int i = 0; i < changes; ++i) {
        const std::lock_guard lock(mutex_);
        Book& book = books_[symbol];
        // Ids are shared by all symbols of the venue, so those of one symbol jump.
        const std::int64_t previous = book.last;
        const std::int64_t first = previous + 7;
        book.last = last = first + 3;
        const std::int64_t millis = kVenueMillis + book.last % 1'000'000;
        const std::string s = lower_case(symbol);
        send(s + "@trade", fmt::format(R"({{"e":"trade","E":{0},"T":{0},"s":"{1}","t":{2},)"
                                       R"("p":"100.10","q":"0.5","X":"MARKET","m":true}})",
                                       millis, symbol, ++book.trades));
        send(
            s + "@bookTicker",
            fmt::format(R"({{"e":"bookTicker","u":{0},"s":"{1}","b":"100.00","B":"1","a":"100.10",)"
                        R"("A":"2","T":{2},"E":{2}}})",
                        first, symbol, millis));
        send(
            s + "@depth@0ms",
            fmt::format(R"({{"e":"depthUpdate","E":{0},"T":{0},"s":"{1}","U":{2},"u":{3},"pu":{4},)"
                        R"("b":[["100.00","{5}"]],"a":[["100.10","2"]]}})",
                        millis, symbol, first, book.last, previous, 1 + i));
    }
    return last;
}

void SmallVenue::lose(const std::string& symbol, int changes) {
    const std::lock_guard lock(mutex_);
    books_[symbol].last += 10 * std::int64_t{changes};
}

void SmallVenue::answer_snapshots(int status) {
    const std::lock_guard lock(mutex_);
    snapshot_status_ = status;
}

void SmallVenue::age_snapshots(std::int64_t updates) {
    const std::lock_guard lock(mutex_);
    snapshot_age_ = updates;
}

std::uint64_t SmallVenue::snapshots() const {
    const std::lock_guard lock(mutex_);
    return snapshots_;
}

std::uint64_t SmallVenue::opened() const {
    const std::lock_guard lock(mutex_);
    return targets_.size();
}

std::vector<std::string> SmallVenue::targets() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> list;
    for (const auto& [number, target] : targets_) list.push_back(target);
    return list;
}

/// To the connections that asked for the stream.
void SmallVenue::send(const std::string& stream, const std::string& event) {
    const std::string text = fmt::format(R"({{"stream":"{}","data":{}}})", stream, event);
    for (const auto& [number, target] : targets_) {
        const std::string names = fmt::format("/{}/", target.substr(target.find('=') + 1));
        if (names.find(fmt::format("/{}/", stream)) != std::string::npos) {
            server_->send(text, number);
        }
    }
}

TlsServer::Answer SmallVenue::answer(const TlsServer::Question& question) {
    if (question.method == "GET" && question.target == "/fapi/v1/exchangeInfo") {
        return {.body = kExchangeInfo};
    }
    const std::string path = "/fapi/v1/depth?";
    if (question.method != "GET" || question.target.rfind(path, 0) != 0) {
        return {.status = 404, .body = R"({"code":-5000,"msg":"Path is invalid"})"};
    }
    const std::lock_guard lock(mutex_);
    ++snapshots_;
    if (snapshot_status_ != 200) {
        return {.status = snapshot_status_, .body = R"({"code":-1003,"msg":"Too many requests."})"};
    }
    const std::string symbol = question.target.substr(question.target.rfind('=') + 1);
    const auto book = books_.find(symbol);
    if (book == books_.end()) {
        return {.status = 400, .body = R"({"code":-1121,"msg":"Invalid symbol."})"};
    }
    return {.body = fmt::format(R"({{"lastUpdateId":{0},"E":{1},"T":{1},"bids":[["100.00","1"],)"
                                R"(["99.90","3"]],"asks":[["100.10","2"],["100.20","4"]]}})",
                                book->second.last - snapshot_age_, kVenueMillis)};
}

}  // namespace ringside::test
