#include "tools/ringside/sweep_table.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/npz.hpp"

namespace ringside {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& cell) {
    if (cell.find_first_of(",\"\n\r") == std::string::npos) return cell;
    std::string out = "\"";
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
    return out;
}

std::string line_of(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
        if (!line.empty()) line += ',';
        line += quoted(cell);
    }
    line += '\n';
    return line;
}

std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_whole(const fs::path& path, const std::string& text) {
    AtomicFile file(path);
    file.append(std::as_bytes(std::span(text)));
    file.commit();
}

/// Whole lines of a CSV text, and where each begins. Quoted cells may hold line ends.
struct CsvLine {
    std::size_t begin;
    std::size_t end;  ///< after its line end
    std::vector<std::string> cells;
};

std::vector<CsvLine> whole_lines(const std::string& text) {
    std::vector<CsvLine> lines;
    CsvLine line{0, 0, {""}};
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inside) {
            if (c == '"' && i + 1 < text.size() && text[i + 1] == '"')
                line.cells.back() += text[++i];
            else if (c == '"')
                inside = false;
            else
                line.cells.back() += c;
        } else if (c == '"') {
            inside = true;
        } else if (c == ',') {
            line.cells.emplace_back();
        } else if (c == '\n') {
            line.end = i + 1;
            lines.push_back(std::move(line));
            line = {i + 1, 0, {""}};
        } else {
            line.cells.back() += c;
        }
    }
    return lines;
}

std::size_t set_of(const CsvLine& line) {
    std::size_t set = std::numeric_limits<std::size_t>::max();
    const std::string& cell = line.cells.front();
    std::from_chars(cell.data(), cell.data() + cell.size(), set);
    return set;
}

}  // namespace

SweepTable::SweepTable(const SweepPlan& plan, bool fresh) : plan_(plan), done_(plan.sets.size()) {
    std::error_code error;
    fs::create_directories(plan.output, error);
    if (error) {
        fail(ExitCode::Io, "{}: cannot make this folder: {}", plan.output.string(),
             error.message());
    }
    const fs::path lock = plan.output / "sweep.lock";
    lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock_ < 0) fail(ExitCode::Io, "{}: {}", lock.string(), std::strerror(errno));
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        fail(ExitCode::Usage, "{}: another sweep is writing to this folder", plan.output.string());
    }
    describe(fresh);
    open();
}

SweepTable::~SweepTable() {
    if (file_ >= 0) close(file_);
    if (lock_ >= 0) close(lock_);
}

void SweepTable::describe(bool fresh) {
    const fs::path path = plan_.description();
    if (fs::exists(path) && !fresh) {
        const auto known = nlohmann::json::parse(content_of(path), nullptr, false);
        if (known.is_object() &&
            known.value("fingerprint", std::uint32_t{0}) == plan_.fingerprint()) {
            return;
        }
        fail(ExitCode::Usage,
             "{} holds results of another configuration, program or data: name another folder with "
             "--output, or give --fresh to drop them",
             plan_.output.string());
    }
    std::error_code ignored;
    fs::remove(plan_.table(), ignored);
    nlohmann::ordered_json description = {{"config", plan_.config.filename().string()},
                                          {"bot", plan_.bot.filename().string()},
                                          {"sets", plan_.sets.size()},
                                          {"fingerprint", plan_.fingerprint()}};
    write_whole(path, description.dump(2) + "\n");
}

void SweepTable::open() {
    const fs::path path = plan_.table();
    if (!fs::exists(path)) write_whole(path, header());
    take_up();
    if (file_ >= 0) close(file_);
    file_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file_ < 0) fail(ExitCode::Io, "{}: {}", path.string(), std::strerror(errno));
}

/// Cuts off what was written last if that was cut short.
void SweepTable::take_up() {
    const fs::path path = plan_.table();
    const std::string text = content_of(path);
    const auto lines = whole_lines(text);
    if (lines.empty() || text.substr(0, lines.front().end) != header()) {
        fail(ExitCode::Data, "{}: its first line is not this sweep's; give --fresh to drop it",
             path.string());
    }
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::size_t set = set_of(lines[i]);
        if (set >= done_.size() || lines[i].cells.size() != lines.front().cells.size() ||
            done_[set]) {
            fail(ExitCode::Data, "{}:{}: not a row of this sweep; give --fresh to drop them all",
                 path.string(), i + 1);
        }
        done_[set] = true;
        ++rows_;
    }
    if (lines.back().end < text.size()) fs::resize_file(path, lines.back().end);
}

std::string SweepTable::header() const {
    std::vector<std::string> cells{"set"};
    cells.insert(cells.end(), plan_.keys.begin(), plan_.keys.end());
    for (std::string& name : result_names(plan_.venue)) cells.push_back(std::move(name));
    return line_of(cells);
}

std::vector<std::string> SweepTable::result_names(const engine::VenueConfig& venue) {
    std::vector<std::string> names{"events",       "records",        "equity",
                                   "max_drawdown", "sharpe",         "fee",
                                   "num_trades",   "trading_volume", "trading_value"};
    for (const char* name : {"position", "balance"}) {
        for (const auto& asset : venue.assets) {
            const bool one = venue.assets.size() == 1;
            names.push_back(one ? name : fmt::format("{}.{}", name, asset.instrument.symbol));
        }
    }
    names.emplace_back("record_crc32");
    return names;
}

void SweepTable::add(std::size_t set, const std::vector<std::string>& cells) {
    std::vector<std::string> row{fmt::format("{}", set)};
    for (const std::string& value : plan_.sets[set]) row.push_back(shown_value(value));
    row.insert(row.end(), cells.begin(), cells.end());
    const std::string line = line_of(row);
    // One call: whatever kills this, the row is there, or cut short and so taken for absent.
    const ssize_t written = ::write(file_, line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size()) || fdatasync(file_) != 0) {
        fail(ExitCode::Io, "{}: {}", plan_.table().string(), std::strerror(errno));
    }
    done_[set] = true;
    ++rows_;
}

void SweepTable::sort() {
    const std::string text = content_of(plan_.table());
    auto lines = whole_lines(text);
    std::sort(lines.begin() + 1, lines.end(),
              [](const CsvLine& a, const CsvLine& b) { return set_of(a) < set_of(b); });
    std::string sorted;
    for (const CsvLine& line : lines) sorted += text.substr(line.begin, line.end - line.begin);
    if (sorted != text) write_whole(plan_.table(), sorted);
}

std::vector<std::vector<std::string>> read_csv(const fs::path& file) {
    std::vector<std::vector<std::string>> rows;
    for (CsvLine& line : whole_lines(content_of(file))) rows.push_back(std::move(line.cells));
    return rows;
}

void write_sweep_npz(const fs::path& csv, const fs::path& npz) {
    const auto rows = read_csv(csv);
    std::vector<NpzArray> arrays;
    std::vector<std::vector<std::byte>> columns(rows.front().size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
        std::vector<double> numbers;
        std::size_t longest = 1;
        bool numeric = true;
        for (std::size_t r = 1; r < rows.size(); ++r) {
            const std::string& cell = rows[r][c];
            double value = 0.0;
            const char* const end = cell.data() + cell.size();
            const auto [parsed, error] = std::from_chars(cell.data(), end, value);
            numeric = numeric && error == std::errc() && parsed == end;
            numbers.push_back(value);
            longest = std::max(longest, cell.size());
        }
        std::vector<std::byte>& column = columns[c];
        if (numeric) {
            const auto bytes = std::as_bytes(std::span(numbers));
            column.assign(bytes.begin(), bytes.end());
        } else {
            column.resize((rows.size() - 1) * longest);
            for (std::size_t r = 1; r < rows.size(); ++r) {
                std::memcpy(column.data() + (r - 1) * longest, rows[r][c].data(),
                            rows[r][c].size());
            }
        }
        const std::size_t size = numeric ? sizeof(double) : longest;
        const std::string type = numeric ? "<f8" : fmt::format("|S{}", longest);
        arrays.push_back({rows.front()[c], Dtype{{{"", type, 0}}, size}, column});
    }
    write_npz(npz, arrays);
}

}  // namespace ringside
