#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/event_file.hpp"
#include "core/progress.hpp"
#include "tools/ringside/certificate.hpp"
#include "tools/ringside/commands.hpp"
#include "tools/ringside/file_bytes.hpp"

namespace ringside {
namespace {

constexpr std::size_t kBlockRows = 4096;

struct ValidateArguments {
    std::vector<std::filesystem::path> inputs;
    std::string require = "good";
    std::vector<std::string> limits;
    std::string market = "auto";
    bool json = false;
};

bool is_raw(const std::filesystem::path& path) {
    return path.extension() == ".gz" || path.extension() == ".zst";
}

struct Certificate {
    std::vector<Measure> measures;
    std::string text;
    nlohmann::ordered_json json;
};

Certificate certify_events(const ValidateArguments& arguments) {
    FeedQuality feed;
    FileRows files;
    Progress progress("validate", count_rows(arguments.inputs), "rows");
    std::vector<Event> storage(kBlockRows);
    for (const auto& path : arguments.inputs) {
        files.names.push_back(path.string());
        files.first.push_back(feed.rows());
        const auto reader = open_events({path}, {.check_rows = false});
        for (auto rows = reader->read(storage); !rows.empty(); rows = reader->read(storage)) {
            feed.add(rows);
            progress.update(feed.rows(), feed.rows());
        }
    }
    feed.finish();
    return {measures_of(feed), certificate_text(feed, files), certificate_json(feed, files)};
}

BinanceMarket market_of(const ValidateArguments& arguments) {
    if (arguments.market == "auto") return RawQuality::market_of(arguments.inputs.front());
    return arguments.market == "binance-spot" ? BinanceMarket::Spot : BinanceMarket::Futures;
}

Certificate certify_raw(const ValidateArguments& arguments) {
    RawQuality raw(market_of(arguments));
    Progress progress("validate", file_bytes(arguments.inputs), "lines");
    for (const auto& path : arguments.inputs) {
        raw.read(path,
                 [&](std::uint64_t bytes, std::uint64_t lines) { progress.update(bytes, lines); });
    }
    raw.finish();
    return {measures_of(raw), certificate_text(raw), certificate_json(raw)};
}

void run(const ValidateArguments& arguments) {
    const bool raw = is_raw(arguments.inputs.front());
    for (const auto& path : arguments.inputs) {
        if (is_raw(path) == raw) continue;
        fail(ExitCode::Usage,
             "{}: recordings and event files have certificates of their own; ask "
             "for one after the other",
             path.string());
    }
    // A name that is wrong is told before hours of reading.
    auto measures =
        raw ? measures_of(RawQuality(BinanceMarket::Futures)) : measures_of(FeedQuality());
    set_limits(measures, arguments.limits);

    Certificate certificate = raw ? certify_raw(arguments) : certify_events(arguments);
    set_limits(certificate.measures, arguments.limits);
    const Grade grade = grade_of(certificate.measures);
    if (arguments.json) {
        nlohmann::ordered_json json{{"grade", grade_name(grade)}};
        for (const auto& path : arguments.inputs) json["files"].push_back(path.string());
        json.update(certificate.json);
        json["measures"] = measures_json(certificate.measures);
        fmt::print("{}\n", json.dump());
    } else {
        const std::size_t more = arguments.inputs.size() - 1;
        fmt::print("{}{}: {}\n{}{}", arguments.inputs.front().string(),
                   more > 0 ? fmt::format(" and {} more", more) : "", grade_name(grade),
                   certificate.text, measures_text(certificate.measures));
    }
    const Grade least = arguments.require == "good"     ? Grade::Good
                        : arguments.require == "usable" ? Grade::Usable
                                                        : Grade::Bad;
    if (grade < least) {
        fail(ExitCode::Data,
             "quality is {}, and {} is required; --require and --limit say what is "
             "good enough",
             grade_name(grade), arguments.require);
    }
}

}  // namespace

void add_validate_command(CLI::App& app) {
    CLI::App* validate = app.add_subcommand(
        "validate", "Certify the quality of recordings or event files; 3 if it is too low");
    const auto arguments = std::make_shared<ValidateArguments>();
    validate
        ->add_option("inputs", arguments->inputs,
                     "Recordings (.gz, .zst) or event files (.rsev, .npz, .npy) of one instrument, "
                     "in the order of their time")
        ->required();
    validate
        ->add_option("--require", arguments->require,
                     "good: every limit is kept; usable: it can be replayed; any")
        ->check(CLI::IsMember({"good", "usable", "any"}))
        ->capture_default_str();
    validate->add_option("--limit", arguments->limits,
                         "Another limit of a figure: name=value, such as silence=5; repeatable");
    validate->add_option("--market", arguments->market, "What recordings are of")
        ->check(CLI::IsMember({"auto", "binance-futures", "binance-spot"}))
        ->capture_default_str();
    validate->add_flag("--json", arguments->json, "Print the certificate as one line of JSON");
    validate->callback([arguments] { run(*arguments); });
}

}  // namespace ringside
