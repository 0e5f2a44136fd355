#include "tools/ringside/sweep_plan.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/config.hpp"
#include "core/crc32.hpp"
#include "engine/recorded_data.hpp"
#include "ipc/processor.hpp"
#include "tools/ringside/programs.hpp"

namespace ringside {
namespace {

namespace fs = std::filesystem;

/// With more the last sets gain little, and results come in larger portions.
constexpr unsigned kMostTogether = 16;
constexpr std::size_t kMostSets = 1'000'000;

/// Every combination, the last key changing fastest.
void read_grid(const Config& grid, SweepPlan& plan) {
    plan.keys = grid.keys();
    plan.sets.assign(1, {});
    for (const std::string& key : plan.keys) {
        const std::vector<std::string> values = grid.literals(key);
        if (values.empty()) grid.refuse(key, "expected one value at least");
        if (plan.sets.size() * values.size() > kMostSets) {
            grid.refuse(key, "makes more than {} sets", kMostSets);
        }
        std::vector<SweepPlan::Set> wider;
        for (const SweepPlan::Set& set : plan.sets) {
            for (const std::string& value : values) {
                wider.push_back(set);
                wider.back().push_back(value);
            }
        }
        plan.sets = std::move(wider);
    }
}

void read_list(const std::vector<Config>& list, SweepPlan& plan) {
    plan.keys = list.front().keys();
    for (const Config& table : list) {
        SweepPlan::Set set;
        // Every set names the same parameters: what another one names is reported as missing here
        // and what it does not as unknown.
        for (const std::string& key : plan.keys) set.push_back(table.literal(key));
        plan.sets.push_back(std::move(set));
    }
}

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string state_of(const fs::path& file) {
    struct stat status {};
    if (stat(file.c_str(), &status) != 0) return file.string();
    return fmt::format("{} {} {}.{}\n", fs::absolute(file).string(), status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

}  // namespace

SweepPlan SweepPlan::read(const fs::path& file, unsigned jobs, unsigned together) {
    SweepPlan plan;
    plan.config = file;
    const Config config = Config::load(file);
    plan.venue = engine::VenueConfig::read(config);
    const auto bot = config.get_or<std::string>("backtest.bot", "grid_bot");
    plan.output = config.get_or<fs::path>("sweep.output",
                                          file.parent_path() / (file.stem().string() + "-sweep"));
    const auto processors = static_cast<unsigned>(std::max(1, ipc::allowed_processors()));
    plan.jobs = config.get_or("sweep.jobs", processors);
    plan.together = config.get_or("sweep.together", 0U);
    plan.keep_runs = config.get_or("sweep.keep_runs", false);
    if (plan.jobs == 0) config.refuse("sweep.jobs", "expected 1 or more");
    if (jobs > 0) plan.jobs = jobs;
    if (together > 0) plan.together = together;
    const std::vector<Config> list = config.tables("sweep.set");
    const bool grid = config.has("sweep.grid");
    if (grid == !list.empty()) {
        fail(ExitCode::Usage,
             "{}: what is to be swept? Give either [sweep.grid], with an array of values for each "
             "parameter, or a [[sweep.set]] for each set of parameters",
             file.string());
    }
    if (grid)
        read_grid(config.table("sweep.grid"), plan);
    else
        read_list(list, plan);
    for (const char* other : {"bot", "backtest"}) config.ignore(other);
    config.finish();
    plan.bot = find_program(bot);
    if (plan.together == 0) {
        const std::size_t share = (plan.sets.size() + plan.jobs - 1) / plan.jobs;
        plan.together = static_cast<unsigned>(std::clamp<std::size_t>(share, 1, kMostTogether));
    }
    return plan;
}

std::vector<std::string> SweepPlan::parameters(std::size_t set) const {
    std::vector<std::string> parameters;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        parameters.push_back(keys[k] + "=" + sets[set][k]);
    }
    return parameters;
}

fs::path SweepPlan::folder(std::size_t set) const { return output / fmt::format("set-{}", set); }

std::uint64_t SweepPlan::recorded_rows() const {
    std::uint64_t rows = 0;
    for (const auto& asset : venue.assets) rows += engine::recorded_rows(asset);
    return rows;
}

std::uint32_t SweepPlan::fingerprint() const {
    std::string all = bytes_of(config) + state_of(bot);
    const auto add = [&all](const auto& data) {
        if (const auto* file = std::get_if<fs::path>(&data)) all += state_of(*file);
    };
    for (const auto& asset : venue.assets) {
        for (const auto& data : asset.data) add(data);
        for (const auto& data : asset.latency_data) add(data);
        if (asset.initial_snapshot) add(*asset.initial_snapshot);
    }
    return crc32_of(std::as_bytes(std::span(all)));
}

std::string shown_value(const std::string& literal) {
    if (literal.empty() || literal.front() != '"') return literal;
    return Config::parse("v = " + literal, "").get<std::string>("v");
}

}  // namespace ringside
