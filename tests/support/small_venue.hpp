#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/tls_server.hpp"

namespace ringside::test {

/// Speaks the public part of Binance's USD-M protocol over TLS: combined streams that an address
/// names, REST snapshots of depth and the list of instruments. Books follow the venue's rule of
/// ids; faults are made on request. Calls come from the test's thread.
class SmallVenue {
  public:
    explicit SmallVenue(const Authority& authority);
    SmallVenue(const SmallVenue&) = delete;
    SmallVenue& operator=(const SmallVenue&) = delete;
    ~SmallVenue();

    TlsServer& server() const noexcept { return *server_; }

    /// Sends, for a symbol, so many changes of its book, each with a trade and a best bid and offer
    /// before it. Returns the id of the last change.
    std::int64_t trade(const std::string& symbol, int changes);
    /// Changes of the book that nobody is told: a gap in the sequence.
    void lose(const std::string& symbol, int changes);
    /// Snapshots answer with this status from now on; 200 for good ones.
    void answer_snapshots(int status);
    /// Snapshots are as they were so many updates ago.
    void age_snapshots(std::int64_t updates);
    /// A frame as it is, to every connection.
    void send_raw(const std::string& text) { server_->send(text); }

    std::uint64_t snapshots() const;  ///< asked for so far
    std::uint64_t opened() const;     ///< WebSocket connections so far
    std::vector<std::string> targets() const;

  private:
    struct Book {
        std::int64_t last = 1'000'000;  ///< "u" of its last change
        std::int64_t trades = 500;
    };
    void send(const std::string& stream, const std::string& event);
    TlsServer::Answer answer(const TlsServer::Question& question);

    mutable std::mutex mutex_;
    std::map<std::string, Book> books_;
    int snapshot_status_ = 200;
    std::int64_t snapshot_age_ = 0;
    std::uint64_t snapshots_ = 0;
    std::map<std::uint64_t, std::string> targets_;
    std::unique_ptr<TlsServer> server_;
};

}  // namespace ringside::test
