#include "botkit/bus_session.hpp"

#include "core/error.hpp"
#include "ipc/codec.hpp"

namespace ringside::botkit {

namespace {

/// Idle calls between two looks at whether the service lives: a quarter of a second at most.
constexpr std::uint32_t kIdleCallsPerCheck = 1024;

}  // namespace

BusSession::BusSession(std::string bus, std::unique_ptr<ipc::BusClient> client,
                       std::optional<ipc::Waiting> waiting, const char* advice)
    : bus_(std::move(bus)),
      client_(std::move(client)),
      advice_(advice),
      wait_(waiting.value_or(client_->wakes() ? ipc::Waiting::Futex : ipc::Waiting::Yield),
            client_->wake_word()) {}

void BusSession::lost(const std::string& how) const {
    fail(ExitCode::VenueLost, "bus {}: {}; {}", bus_, how, advice_);
}

void BusSession::take_responses(std::vector<OrderResponse>& responses) {
    ipc::RingReader& ring = client_->responses();
    ipc::FrameView frame;
    while (ring.poll(frame)) {
        if (frame.type == ipc::FrameType::OrderResponse) {
            OrderResponse response;
            if (!ipc::decode(frame.payload, response) ||
                response.asset_no >= info().instruments.size()) {
                lost("a response is damaged");
            }
            responses.push_back(response);
            wake();
        } else if (frame.type == ipc::FrameType::Notice) {
            const ipc::Notice notice = ipc::decode_notice(frame.payload);
            if (notice.kind == ipc::NoticeKind::Error) lost(notice.text);
        }
    }
    ring.release();
    if (ring.state() != ipc::ReadState::Reading) lost("the ring of responses is damaged");
}

void BusSession::idle() {
    if (wait_.spun_out()) client_->make_way();
    wait_.idle();
    if (++idle_calls_ % kIdleCallsPerCheck != 0) return;
    if (client_->closed()) lost("the venue service has ended");
    if (!client_->service_alive()) lost("the venue service has died");
}

}  // namespace ringside::botkit
