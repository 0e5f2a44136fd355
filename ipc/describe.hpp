#pragma once

#include <string>

#include "ipc/frame.hpp"

/// Any frame for people and for programs, by way of its schema. Allocates. From a ring that may
/// overwrite the frame meanwhile, describe a copy of the payload.
namespace ringside::ipc {

const char* to_text(FrameType type) noexcept;

/// One line: `order_request #7 (seq = 1, orderId = 42, ...)`.
std::string to_text(const FrameView& view);

/// One JSON object: `{"frame":"order_request","sequence":7,"message":{...}}`. 64-bit integers are
/// written as numbers; a float that JSON cannot express is null.
std::string to_json(const FrameView& view);

}  // namespace ringside::ipc
