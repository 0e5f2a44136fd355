#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "ipc/bus_directory.hpp"
#include "ipc/bus_observer.hpp"
#include "tools/ringside/bus_tail.hpp"

namespace ringside {
namespace {

using Json = nlohmann::ordered_json;
using ipc::Segment;
namespace layout = ipc::layout;

std::string text_of(const char* text, std::size_t size) { return {text, strnlen(text, size)}; }

const char* word(ipc::SegmentState state) {
    using State = ipc::SegmentState;
    switch (state) {
        case State::Good:
            return "good";
        case State::Missing:
            return "missing";
        case State::Forbidden:
            return "another user's";
        case State::Foreign:
            return "damaged, or no segment";
        case State::OtherVersion:
            return "of another layout version";
        case State::OtherBoot:
            return "from before the last start of the machine";
    }
    return "";
}

/// The header as it lies there, whatever it is worth.
Json header_json(const std::string& path) {
    layout::SegmentHeader header{};
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(&header), sizeof(header));
    if (file.gcount() != sizeof(header)) return nullptr;
    return {{"magic", fmt::format("{:016x}", header.magic)},
            {"layout_version", header.layout_version},
            {"byte_order", fmt::format("{:08x}", header.byte_order)},
            {"kind", static_cast<std::uint32_t>(header.kind)},
            {"creator_pid", header.creator_pid},
            {"creator_start_ticks", header.creator_start_ticks},
            {"size_bytes", header.size_bytes},
            {"boot_id", text_of(header.boot_id, sizeof(header.boot_id))},
            {"label", text_of(header.label, sizeof(header.label))}};
}

Json ring_json(const layout::RingControl& ring) {
    Json json = {{"capacity", ring.capacity},
                 {"intent", ring.intent.load()},
                 {"tail_begin", ring.tail_begin.load()},
                 {"tail", ring.tail.load()},
                 {"tail_sequence", ring.tail_sequence.load()},
                 {"stalls", ring.stalls.load()}};
    for (const auto& chunk : ring.chunk_start) json["chunk_start"].push_back(chunk.load());
    return json;
}

Json body_json(const Segment& segment, layout::SegmentKind kind) {
    if (kind == layout::SegmentKind::MarketData) {
        return {{"ring", ring_json(*segment.at<layout::RingControl>(layout::kControlOffset))}};
    }
    if (kind == layout::SegmentKind::Control) {
        const auto& c = *segment.at<layout::BusControl>(layout::kControlOffset);
        return {{"md_ring_bytes", c.md_ring_bytes},
                {"session_ring_bytes", c.session_ring_bytes},
                {"session_slots", c.session_slots},
                {"md_gated", c.md_gated},
                {"venue_info_bytes", c.venue_info_bytes},
                {"state", static_cast<std::uint32_t>(c.state.load())},
                {"epoch", c.epoch},
                {"heartbeat", c.heartbeat.load()},
                {"refused", c.refused.load()},
                {"bell", c.bell.load()},
                {"service_wake", c.service_wake.load()},
                {"wakes", c.wakes}};
    }
    const auto& w = *segment.at<layout::SessionWords>(layout::kControlOffset);
    return {
        {"promise", w.promise.load()},
        {"bot_state", static_cast<std::uint32_t>(w.bot_state.load())},
        {"bus_epoch", w.bus_epoch},
        {"md_cursor", w.md_cursor.load()},
        {"response_cursor", w.response_cursor.load()},
        {"bot_heartbeat", w.bot_heartbeat.load()},
        {"md_overruns", w.md_overruns.load()},
        {"md_missed", w.md_missed.load()},
        {"progress_version", w.progress_version.load()},
        {"requests_seen", w.requests_seen.load()},
        {"safe_until", w.safe_until.load()},
        {"venue_now", w.venue_now.load()},
        {"venue_last", w.venue_last.load()},
        {"request_cursor", w.request_cursor.load()},
        {"md_start", w.md_start.load()},
        {"md_start_sequence", w.md_start_sequence.load()},
        {"admission", static_cast<std::uint32_t>(w.admission.load())},
        {"damaged_requests", w.damaged_requests.load()},
        {"bot_wake", w.bot_wake.load()},
        {"requests", ring_json(*segment.at<layout::RingControl>(layout::kRequestRingOffset))},
        {"responses", ring_json(*segment.at<layout::RingControl>(layout::kResponseRingOffset))}};
}

std::optional<layout::SegmentKind> kind_of(const std::string& file) {
    if (file == "control") return layout::SegmentKind::Control;
    if (file == "md") return layout::SegmentKind::MarketData;
    if (file.starts_with("session-")) return layout::SegmentKind::Session;
    return std::nullopt;
}

Json segment_json(const std::filesystem::path& path) {
    const std::string name = path.filename();
    Json json = {{"file", name}};
    const auto kind = kind_of(name);
    if (!kind) {
        json["state"] = "not a segment's name";
        return json;
    }
    ipc::SegmentState state = ipc::SegmentState::Missing;
    const auto segment = Segment::open(path, *kind, ipc::Access::ReadOnly, state);
    json["state"] = word(state);
    json["owner_alive"] = ipc::segment_owner_alive(path);
    json["header"] = header_json(path);
    if (segment && segment->size() > layout::kBodyOffset)
        json["words"] = body_json(*segment, *kind);
    return json;
}

void print_text(const Json& value, const std::string& indent) {
    for (const auto& [key, item] : value.items()) {
        if (item.is_object()) {
            fmt::print("{}{}\n", indent, key);
            print_text(item, indent + "  ");
        } else {
            fmt::print("{}{:<22} {}\n", indent, key,
                       item.is_string() ? item.get<std::string>() : item.dump());
        }
    }
}

}  // namespace

void bus_dump(const std::string& bus, bool json) {
    const std::string directory = ipc::bus_path(bus);
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        if (entry.is_regular_file(error)) files.push_back(entry.path());
    }
    if (error == std::errc::permission_denied) ipc::fail_forbidden_bus(bus);
    if (error) ipc::fail_unknown_bus(bus);
    std::sort(files.begin(), files.end());
    Json all = {{"bus", bus}, {"segments", Json::array()}};
    for (const auto& file : files) all["segments"].push_back(segment_json(file));
    if (json) {
        fmt::print("{}\n", all.dump(-1, ' ', false, Json::error_handler_t::replace));
        return;
    }
    for (const Json& segment : all["segments"]) {
        print_text(segment, "");
        fmt::print("\n");
    }
}

}  // namespace ringside
