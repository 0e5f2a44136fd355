#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/container/static_vector.hpp>
#include <openssl/ssl.h>

namespace ringside::net {

/// WebSockets neither offer nor take compression.
inline constexpr bool kDeflate = false;

/// What a read or a write calls when it is done, once. Asio builds layer upon layer around the type
/// of a handler; here these end, so that those of TLS and TCP are compiled once and not for each
/// operation of HTTP and of WebSockets. Allocates as Asio does, from memory of operations before.
class Completion {
  public:
    template <typename Handler>
    explicit Completion(Handler handler) : call_(Call<Handler>::make(std::move(handler))) {}

    void operator()(const boost::system::error_code& error, std::size_t bytes = 0) {
        call_.release()->complete(error, bytes);
    }

  private:
    struct AnyCall {
        AnyCall() = default;
        AnyCall(const AnyCall&) = delete;
        AnyCall& operator=(const AnyCall&) = delete;
        /// Destroys the call, then calls the handler, which may begin the next operation.
        virtual void complete(const boost::system::error_code& error, std::size_t bytes) = 0;
        virtual void destroy() noexcept = 0;

      protected:
        ~AnyCall() = default;
    };
    struct Destroy {
        void operator()(AnyCall* call) const noexcept { call->destroy(); }
    };

    template <typename Handler>
    struct Call final : AnyCall {
        explicit Call(Handler&& h) : handler(std::move(h)) {}
        static AnyCall* make(Handler&& handler) {
            Call* const memory = boost::asio::recycling_allocator<Call>().allocate(1);
            return std::construct_at(memory, std::move(handler));
        }
        void complete(const boost::system::error_code& error, std::size_t bytes) override {
            Handler mine(std::move(handler));
            destroy();
            mine(error, bytes);
        }
        void destroy() noexcept override {
            std::destroy_at(this);
            boost::asio::recycling_allocator<Call>().deallocate(this, 1);
        }
        Handler handler;
    };

    std::unique_ptr<AnyCall, Destroy> call_;
};

/// TLS over TCP: a stream for Asio and Beast, all of whose handlers run on the loop of its socket.
class TlsStream {
  public:
    using next_layer_type = boost::beast::tcp_stream;
    using executor_type = next_layer_type::executor_type;
    using HandshakeType = boost::asio::ssl::stream_base::handshake_type;
    using Ended = std::function<void(const boost::system::error_code&)>;

    TlsStream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls);
    TlsStream(TlsStream&& other) noexcept;
    TlsStream& operator=(TlsStream&& other) noexcept;
    ~TlsStream();

    executor_type get_executor() noexcept { return next_layer().get_executor(); }
    next_layer_type& next_layer() noexcept;
    SSL* native_handle() noexcept;

    void async_handshake(HandshakeType type, Ended ended);

    template <typename Buffers, typename Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        read(few_of<boost::asio::mutable_buffer>(buffers),
             Completion(std::forward<Handler>(handler)));
    }
    template <typename Buffers, typename Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        write(few_of<boost::asio::const_buffer>(buffers),
              Completion(std::forward<Handler>(handler)));
    }
    /// What Beast calls at the end of a WebSocket.
    template <typename Handler>
    friend void async_teardown(boost::beast::role_type role, TlsStream& stream, Handler&& handler) {
        stream.tear_down(role, Completion([call = std::forward<Handler>(handler)](
                                              const boost::system::error_code& error,
                                              std::size_t) mutable { call(error); }));
    }

  private:
    /// A frame has a header, a few pieces of payload, and no more are taken at a time.
    template <typename Buffer>
    using Few = boost::container::static_vector<Buffer, 8>;

    template <typename Buffer, typename Buffers>
    static Few<Buffer> few_of(const Buffers& buffers) {
        Few<Buffer> few;
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto it = boost::asio::buffer_sequence_begin(buffers);
             it != end && few.size() < few.capacity(); ++it) {
            const Buffer buffer = *it;
            if (buffer.size() > 0) few.push_back(buffer);
        }
        return few;
    }

    void read(const Few<boost::asio::mutable_buffer>& buffers, Completion&& completion);
    void write(const Few<boost::asio::const_buffer>& buffers, Completion&& completion);
    void tear_down(boost::beast::role_type role, Completion&& completion);

    struct Layers;
    std::unique_ptr<Layers> layers_;
};

}  // namespace ringside::net
