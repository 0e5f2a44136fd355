#include "collectord/collector.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/log.hpp"
#include "core/spelling.hpp"
#include "core/wall_clock.hpp"

namespace ringside::collectord {

namespace {

// The venue allows more; a shorter address gets through every proxy.
constexpr std::size_t kStreamsPerLine = 100;
constexpr Nanos kReportEvery = 60 * kSecond;
constexpr std::uint64_t kUnknownShown = 10;

}  // namespace

Collector::Collector(const CollectorConfig& config, std::uint64_t seed)
    : config_(config),
      venue_(*find_venue(config_.venue)),
      tls_(config_.ca_file),
      recorder_(config_, [this] { loop_.post([this] { stop(); }); }),
      report_timer_(loop_) {
    const Nanos now = wall_now();
    for (std::size_t symbol = 0; symbol < config_.symbols.size(); ++symbol) {
        books_.push_back({.sequence = DepthSequence(venue_.sequence)});
        mark(symbol, now, "start", fmt::format(R"(,"venue":"{}")", config_.venue));
    }
    snapshots_.emplace(loop_, tls_, config_, venue_, seed,
                       [this](std::size_t symbol, const std::string& text, Nanos ts) {
                           return take_snapshot(symbol, text, ts);
                       });
    open_lines(seed);
    report();
}

Collector::~Collector() = default;

void Collector::run() {
    loop_.run();
    lines_.clear();
    const Nanos now = wall_now();
    for (std::size_t symbol = 0; symbol < config_.symbols.size(); ++symbol) {
        mark(symbol, now, "stop");
    }
    recorder_.stop();
    log_info("{} messages, {} snapshots, {} gaps, {} lost connections", counts_.messages,
             snapshots_->taken(), counts_.gaps, counts_.losses);
}

void Collector::stop() { loop_.stop(); }

/// A connection serves streams of one route; those of one symbol and route stay together.
void Collector::open_lines(std::uint64_t seed) {
    std::map<std::string_view, std::size_t> per_symbol;
    for (const std::string& name : config_.streams) {
        const Stream* const stream = venue_.find(name);
        ++per_symbol[stream->route];
        for (std::size_t symbol = 0; symbol < config_.symbols.size(); ++symbol) {
            channels_.push_back(std::make_unique<Channel>(
                Channel{.name = lower_case(config_.symbols[symbol]) + std::string(stream->suffix),
                        .symbol = symbol,
                        .stream = stream}));
            by_name_[channels_.back()->name] = channels_.back().get();
        }
    }
    for (const auto& [route, streams] : per_symbol) {
        const std::size_t most = std::max<std::size_t>(1, kStreamsPerLine / streams);
        for (std::size_t begin = 0; begin < config_.symbols.size(); begin += most) {
            std::vector<std::size_t> symbols;
            const std::size_t end = std::min(begin + most, config_.symbols.size());
            for (std::size_t symbol = begin; symbol < end; ++symbol) symbols.push_back(symbol);
            open_line(route, symbols, ++seed);
        }
    }
}

void Collector::open_line(std::string_view route, const std::vector<std::size_t>& symbols,
                          std::uint64_t seed) {
    std::string names;
    for (const auto& channel : channels_) {
        const bool is_here =
            std::find(symbols.begin(), symbols.end(), channel->symbol) != symbols.end();
        if (!is_here || channel->stream->route != route) continue;
        if (!names.empty()) names += '/';
        names += channel->name;
    }
    Line& line = *lines_.emplace_back(std::make_unique<Line>());
    line.symbols = symbols;
    line.streams.open(
        loop_, tls_,
        net::Url::parse(fmt::format("{}{}/stream?streams={}", config_.stream_url, route, names)),
        config_.keeper.with_seed(seed),
        net::WebSocketKeeper::Handlers{
            .on_up = [this, &line](std::uint64_t connection) { came_up(line, connection); },
            .on_message = [this, &line](std::uint64_t connection, std::string_view text,
                                        Nanos ts) { receive(line, connection, text, ts); },
            .on_down = [this, &line](std::uint64_t connection, const net::NetError& error,
                                     Nanos wait) { went_down(line, connection, error, wait); }});
}

void Collector::came_up(Line& line, std::uint64_t connection) {
    const bool is_renewal = line.streams.came_up(connection);
    log_info("connection {} to {} is up{}", connection, config_.stream_url,
             is_renewal ? " beside its predecessor" : "");
    const Nanos now = wall_now();
    for (const std::size_t symbol : line.symbols) {
        mark(symbol, now, "connected", fmt::format(R"(,"connection":{})", connection));
    }
}

void Collector::went_down(Line& line, std::uint64_t connection, const net::NetError& error,
                          Nanos wait) {
    const bool was_up = line.streams.was_up(connection);
    if (was_up) ++counts_.losses;
    log_warning("connection {}: {} ({}){}", connection, error.words, net::name_of(error.fault),
                wait > 0 ? fmt::format("; next attempt in {} ms", wait / kMillisecond) : "");
    if (!was_up) return;
    const Nanos now = wall_now();
    for (const std::size_t symbol : line.symbols) {
        mark(symbol, now, "disconnected",
             fmt::format(R"(,"connection":{},"reason":"{}")", connection,
                         net::name_of(error.fault)));
    }
}

void Collector::receive(const Line& line, std::uint64_t connection, std::string_view text,
                        Nanos ts) {
    if (!message_.begin(text)) return note_unknown(text);
    const auto found = by_name_.find(message_.stream());
    if (found == by_name_.end()) return note_unknown(text);
    Channel& channel = *found->second;
    if (is_duplicate(line, channel, connection)) {
        ++counts_.duplicates;
        return;
    }
    ++counts_.messages;
    ++channel.messages;
    if (channel.stream->name == "depth") follow_book(channel, ts);
    recorder_.write(channel.symbol, ts, text);
}

void Collector::note_unknown(std::string_view text) {
    if (++counts_.unknown > kUnknownShown) return;
    log_warning("not recorded, a message of no known stream: {}", text.substr(0, 200));
}

bool Collector::is_duplicate(const Line& line, Channel& channel, std::uint64_t connection) {
    std::int64_t id = 0;
    if (channel.stream->id.empty() || !message_.read(channel.stream->id, id)) return false;
    return !line.streams.admits(channel.handover, connection, id);
}

/// Before the message itself is written: a gap is marked where it is.
void Collector::follow_book(const Channel& channel, Nanos ts) {
    Book& book = books_[channel.symbol];
    DepthIds ids;
    if (!message_.read(venue_.sequence, ids)) return;
    const std::int64_t expected = book.sequence.expected();
    const auto step = book.sequence.next(ids);
    if (step == DepthSequence::Step::Gap) {
        ++counts_.gaps;
        const std::int64_t got = book.sequence.named(ids);
        log_warning("{}: book changes are missing between {} and {}; fetching a snapshot",
                    config_.symbols[channel.symbol], expected, got);
        mark(channel.symbol, ts, "gap", fmt::format(R"(,"expected":{},"got":{})", expected, got));
    }
    const std::int64_t period = recorder_.period(ts);
    const bool is_new_period = period > book.period;
    if (is_new_period) {
        book.period = period;
        book.sequence.restart_at(ids);
    }
    if (is_new_period || step != DepthSequence::Step::Follows) snapshots_->want(channel.symbol);
}

bool Collector::take_snapshot(std::size_t symbol, const std::string& text, Nanos ts) {
    std::int64_t id = 0;
    if (!MessageReader::read_snapshot(text, id)) return false;
    if (!books_[symbol].sequence.is_joined_by(id)) return false;
    recorder_.write(symbol, ts, text);
    return true;
}

/// A line of our own, in the venue's form, that readers of recordings pass over.
void Collector::mark(std::size_t symbol, Nanos ts, std::string_view what, std::string_view more) {
    recorder_.write(symbol, ts,
                    fmt::format(R"({{"stream":"{}@ringside","data":{{"e":"ringside",)"
                                R"("what":"{}"{}}}}})",
                                lower_case(config_.symbols[symbol]), what, more));
}

void Collector::report() {
    report_timer_.after(kReportEvery, [this] {
        log_info(
            "{} messages, {} duplicates, {} unknown, {} gaps, {} lost connections, {} snapshots",
            counts_.messages, counts_.duplicates, counts_.unknown, counts_.gaps, counts_.losses,
            snapshots_->taken());
        for (const auto& channel : channels_) {
            if (channel->messages == 0) log_warning("{}: no message for a minute", channel->name);
            channel->messages = 0;
        }
        report();
    });
}

}  // namespace ringside::collectord
