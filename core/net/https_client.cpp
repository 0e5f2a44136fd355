#include "core/net/https_client.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <sys/socket.h>

#include "core/error.hpp"
#include "core/net/dial.hpp"

namespace ringside::net {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

std::string_view HttpReply::field(std::string_view name) const noexcept {
    for (const auto& [key, value] : fields) {
        if (beast::iequals({key.data(), key.size()}, {name.data(), name.size()})) return value;
    }
    return {};
}

Nanos HttpReply::retry_after() const noexcept {
    const std::string_view text = field("Retry-After");
    std::int32_t seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return seconds > 0 ? seconds * kSecond : 0;
}

struct HttpsClient::Session : std::enable_shared_from_this<Session> {
    struct Job {
        http::request<http::string_body> message;
        Done done;
        bool may_have_arrived = false;
    };
    using Parser = http::response_parser<http::string_body>;

    Session(EventLoop& event_loop, const TlsContext& context, const Url& where,
            const HttpsOptions& how)
        : loop(event_loop), tls(context), deadline(event_loop), url(where), options(how) {}

    EventLoop& loop;
    const TlsContext& tls;
    Timer deadline;
    Url url;
    HttpsOptions options;
    std::deque<std::shared_ptr<Job>> waiting;
    std::shared_ptr<Job> job;  ///< handlers of an earlier one know by it that they come too late
    std::optional<Dial> dial;
    std::shared_ptr<TlsStream> stream;
    beast::flat_buffer input;
    std::chrono::steady_clock::time_point idle_since{};
    bool is_over = false;

    std::shared_ptr<Job> make_job(HttpRequest request, Done done) const {
        auto made = std::make_shared<Job>();
        auto& message = made->message;
        message.method_string(request.method);
        message.target(request.target);
        message.set(http::field::host, url.authority());
        message.set(http::field::user_agent, "ringside");
        for (const auto& [name, value] : request.fields) message.set(name, value);
        message.body() = std::move(request.body);
        message.prepare_payload();
        made->done = std::move(done);
        return made;
    }

    void begin_next() {
        if (is_over || job || waiting.empty()) return;
        job = std::move(waiting.front());
        waiting.pop_front();
        deadline.after(options.request_timeout, [self = weak_from_this()] {
            const auto session = self.lock();
            if (!session) return;
            session->lose({.fault = NetFault::Timeout,
                           .words = session->url.place() + ": no answer in time"});
        });
        if (stream && is_fresh()) return write();
        hang_up();
        dial.emplace(
            loop.context(), tls.context(), url,
            [self = weak_from_this()](std::unique_ptr<TlsStream> made, const NetError& error) {
                const auto session = self.lock();
                if (!session) return;
                if (!made) return session->lose(error);
                beast::get_lowest_layer(*made).expires_never();
                session->stream = std::move(made);
                session->write();
            });
    }

    /// An idle connection on which something waits to be read was closed by the peer.
    bool is_fresh() {
        if (std::chrono::steady_clock::now() - idle_since >
            std::chrono::nanoseconds(options.idle_limit)) {
            return false;
        }
        char byte = 0;
        const int fd = beast::get_lowest_layer(*stream).socket().native_handle();
        return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
    }

    void write() {
        job->may_have_arrived = true;
        http::async_write(*stream, job->message,
                          [self = shared_from_this(), stream = stream, job = job](
                              const error_code& error, std::size_t /*bytes*/) {
                              if (self->job != job) return;
                              if (error) return self->lose(broken(self->url.place(), error));
                              self->read();
                          });
    }

    void read() {
        auto parser = std::make_shared<Parser>();
        parser->body_limit(options.body_bytes_max);
        parser->skip(job->message.method() == http::verb::head);
        http::async_read(*stream, input, *parser,
                         [self = shared_from_this(), stream = stream, job = job, parser](
                             const error_code& error, std::size_t /*bytes*/) {
                             const Nanos received = self->options.clock();
                             if (self->job != job) return;
                             if (error) return self->lose(broken(self->url.place(), error));
                             self->finish(*parser, received);
                         });
    }

    void finish(Parser& parser, Nanos received) {
        auto& message = parser.get();
        HttpOutcome outcome;
        HttpReply& reply = outcome.reply.emplace();
        reply.status = static_cast<int>(message.result_int());
        for (const auto& field : message) {
            reply.fields.emplace_back(std::string(field.name_string()), std::string(field.value()));
        }
        reply.body = std::move(message.body());
        reply.received_ts = received;
        if (!message.keep_alive() || input.size() > 0) hang_up();
        idle_since = std::chrono::steady_clock::now();
        tell(std::move(outcome));
    }

    void lose(const NetError& error) {
        hang_up();
        HttpOutcome outcome;
        outcome.error = error;
        outcome.may_have_arrived = job->may_have_arrived;
        tell(std::move(outcome));
    }

    void tell(HttpOutcome outcome) {
        deadline.cancel();
        const auto finished = std::move(job);
        job.reset();
        finished->done(std::move(outcome));
        begin_next();
    }

    void hang_up() {
        dial.reset();
        // Handlers that are under way keep the stream, and find that their job is over.
        if (stream) beast::get_lowest_layer(*stream).close();
        stream.reset();
        input.clear();
    }
};

HttpsClient::HttpsClient(EventLoop& loop, const TlsContext& tls, const Url& base,
                         const HttpsOptions& options)
    : session_(std::make_shared<Session>(loop, tls, base, options)) {
    if (base.scheme != "https") {
        fail(ExitCode::Usage, "{}: requests need an address that begins with https://",
             base.place());
    }
}

HttpsClient::~HttpsClient() {
    session_->is_over = true;
    session_->deadline.cancel();
    session_->job.reset();
    session_->waiting.clear();
    session_->hang_up();
}

bool HttpsClient::request(HttpRequest request, Done done) {
    if (session_->waiting.size() >= session_->options.waiting_max) return false;
    session_->waiting.push_back(session_->make_job(std::move(request), std::move(done)));
    session_->loop.post([session = session_] { session->begin_next(); });
    return true;
}

}  // namespace ringside::net
