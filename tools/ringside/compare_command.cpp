#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "core/error.hpp"
#include "tools/ringside/commands.hpp"
#include "tools/ringside/order_comparison.hpp"
#include "tools/ringside/utc.hpp"

namespace ringside {
namespace {

using Json = nlohmann::ordered_json;

struct CompareArguments {
    std::filesystem::path live;
    std::filesystem::path replay;
    std::string window = "1s";
    std::string fill_tolerance = "100ms";
    std::int64_t shift = 0;
    double require = 0.95;
    std::size_t rows = 40;
    bool all = false;
    bool json = false;
};

Nanos duration(const char* option, const std::string& text) {
    const auto value = parse_duration(text);
    if (!value || *value < 0) {
        fail(ExitCode::Usage, "{} {}: write a number and a unit, such as 100ms", option, text);
    }
    return *value;
}

/// A sorted copy's quantiles.
struct Distribution {
    std::size_t count = 0;
    double least = 0.0;
    double median = 0.0;
    double p95 = 0.0;  ///< of the magnitudes
    double greatest = 0.0;

    explicit Distribution(std::vector<double> values) : count(values.size()) {
        if (values.empty()) return;
        std::sort(values.begin(), values.end());
        least = values.front();
        greatest = values.back();
        median = values[(values.size() - 1) / 2];
        for (double& value : values) value = std::abs(value);
        std::sort(values.begin(), values.end());
        p95 = values[(values.size() - 1) * 95 / 100];
    }
    Json json() const {
        if (count == 0) return nullptr;
        return {{"count", count},
                {"least", least},
                {"median", median},
                {"p95_magnitude", p95},
                {"greatest", greatest}};
    }
    std::string text() const {
        if (count == 0) return "none";
        return fmt::format("{:+.3f} median, {:+.3f} to {:+.3f}, 95 % within {:.3f}", median, least,
                           greatest, p95);
    }
};

struct Run {
    std::size_t orders = 0;
    std::size_t filled = 0;
    double filled_qty = 0.0;

    void add(const LoggedOrder* order) {
        if (order == nullptr) return;
        ++orders;
        filled += order->filled_qty > 0.0 ? 1 : 0;
        filled_qty += order->filled_qty;
    }
    double fill_rate() const {
        return orders == 0 ? 0.0 : static_cast<double>(filled) / static_cast<double>(orders);
    }
    Json json() const {
        return {{"orders", orders},
                {"filled", filled},
                {"fill_rate", fill_rate()},
                {"filled_qty", filled_qty}};
    }
};

/// Figures over all compared orders; times in ms, replay less live.
struct Summary {
    Run live;
    Run replay;
    Distribution submit_ms;
    Distribution fill_ms;
    Distribution price;
    Distribution filled_qty;

    static Summary of(const OrderComparison& comparison, Nanos shift) {
        Run live;
        Run replay;
        std::vector<double> submits, fills, prices, filled;
        for (const ComparedOrder& one : comparison.orders) {
            live.add(one.live);
            replay.add(one.replay);
            if (const auto diff = one.submit_diff(shift)) {
                submits.push_back(static_cast<double>(*diff) / 1e6);
                prices.push_back(one.replay->price - one.live->price);
                filled.push_back(one.replay->filled_qty - one.live->filled_qty);
            }
            if (const auto diff = one.fill_diff(shift)) {
                fills.push_back(static_cast<double>(*diff) / 1e6);
            }
        }
        return {live,
                replay,
                Distribution(std::move(submits)),
                Distribution(std::move(fills)),
                Distribution(std::move(prices)),
                Distribution(std::move(filled))};
    }
};

std::string signed_ms(const std::optional<Nanos>& diff) {
    return diff ? fmt::format("{:+.3f}", static_cast<double>(*diff) / 1e6) : "-";
}

std::string number(const LoggedOrder* order, double LoggedOrder::*field) {
    return order == nullptr ? "-" : fmt::format("{:.10g}", order->*field);
}

void print_heading() {
    fmt::print("{:<23} {:<5} {:<4} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}  {}\n",
               "submitted (UTC)", "asset", "side", "live price", "replay", "live qty", "replay",
               "submit ms", "fill ms", "live fill", "replay", "difference");
}

void print_orders(const OrderComparison& comparison, const CompareArguments& arguments) {
    std::size_t shown = 0;
    std::size_t left_out = 0;
    for (const ComparedOrder& one : comparison.orders) {
        if (one.cause == Cause::None && !arguments.all) continue;
        if (!arguments.all && shown == arguments.rows) {
            ++left_out;
            continue;
        }
        if (shown++ == 0) print_heading();
        const LoggedOrder& any = one.live != nullptr ? *one.live : *one.replay;
        fmt::print(
            "{:<23} {:<5} {:<4} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}  {}\n",
            utc(any.submit_ts), any.asset, any.side == Side::Buy ? "buy" : "sell",
            number(one.live, &LoggedOrder::price), number(one.replay, &LoggedOrder::price),
            number(one.live, &LoggedOrder::qty), number(one.replay, &LoggedOrder::qty),
            signed_ms(one.submit_diff(arguments.shift)), signed_ms(one.fill_diff(arguments.shift)),
            number(one.live, &LoggedOrder::filled_qty),
            number(one.replay, &LoggedOrder::filled_qty), cause_name(one.cause));
    }
    if (left_out > 0) fmt::print("{} more that differ; --rows and --all show more\n", left_out);
}

void print_summary(const OrderComparison& comparison, const Summary& summary) {
    fmt::print("decisions   {}: {} in both, {} identical, {:.2f} %; {} outside the common time\n",
               comparison.orders.size(), comparison.matched, comparison.identical,
               100.0 * comparison.identical_share(), comparison.outside);
    std::string causes;
    for (std::size_t c = 0; c < kCauses; ++c) {
        if (comparison.by_cause[c] == 0) continue;
        causes += fmt::format("{}{} {}", causes.empty() ? "" : ", ", comparison.by_cause[c],
                              cause_name(static_cast<Cause>(c)));
    }
    fmt::print("difference  {}\n", causes);
    for (const auto& [name, run] :
         {std::pair("live", &summary.live), std::pair("replay", &summary.replay)}) {
        fmt::print("{:<11} {} orders, {} filled ({:.2f} %), quantity {:.10g}\n", name, run->orders,
                   run->filled, 100.0 * run->fill_rate(), run->filled_qty);
    }
    fmt::print("submit ms   {}\n", summary.submit_ms.text());
    fmt::print("fill ms     {}\n", summary.fill_ms.text());
}

Json order_json(const ComparedOrder& one, Nanos shift) {
    const auto side = [](const LoggedOrder* order) -> Json {
        if (order == nullptr) return nullptr;
        const auto time = [](Nanos ts) { return ts == kNever ? Json(nullptr) : Json(ts); };
        return {{"order_id", order->order_id},
                {"submit_ts", order->submit_ts},
                {"price", order->price},
                {"qty", order->qty},
                {"cancel_ts", time(order->cancel_ts)},
                {"first_fill_ts", time(order->first_fill_ts)},
                {"filled_qty", order->filled_qty},
                {"refused", order->refused}};
    };
    const auto diff = [](const std::optional<Nanos>& value) {
        return value ? Json(*value) : Json(nullptr);
    };
    const LoggedOrder& any = one.live != nullptr ? *one.live : *one.replay;
    return {{"asset", any.asset},
            {"side", any.side == Side::Buy ? "buy" : "sell"},
            {"difference", cause_name(one.cause)},
            {"submit_diff_ns", diff(one.submit_diff(shift))},
            {"fill_diff_ns", diff(one.fill_diff(shift))},
            {"live", side(one.live)},
            {"replay", side(one.replay)}};
}

void print_json(const OrderComparison& comparison, const Summary& summary,
                const CompareArguments& arguments) {
    Json json{{"decisions", comparison.orders.size()},
              {"matched", comparison.matched},
              {"identical", comparison.identical},
              {"identical_share", comparison.identical_share()},
              {"outside", comparison.outside}};
    for (std::size_t c = 0; c < kCauses; ++c) {
        json["by_difference"][std::string(cause_name(static_cast<Cause>(c)))] =
            comparison.by_cause[c];
    }
    json["live"] = summary.live.json();
    json["replay"] = summary.replay.json();
    json["fill_rate_diff"] = summary.replay.fill_rate() - summary.live.fill_rate();
    json["submit_diff_ms"] = summary.submit_ms.json();
    json["fill_diff_ms"] = summary.fill_ms.json();
    json["price_diff"] = summary.price.json();
    json["filled_qty_diff"] = summary.filled_qty.json();
    Json& orders = json["orders"] = Json::array();
    for (const ComparedOrder& one : comparison.orders) {
        orders.push_back(order_json(one, arguments.shift));
    }
    fmt::print("{}\n", json.dump());
}

void run(const CompareArguments& arguments) {
    const ComparisonOptions options{
        .window = duration("--window", arguments.window),
        .fill_tolerance = duration("--fill-tolerance", arguments.fill_tolerance),
        .shift = arguments.shift};
    const LoggedOrders live = read_logged_orders(arguments.live);
    const LoggedOrders replay = read_logged_orders(arguments.replay);
    const OrderComparison comparison = compare_orders(live, replay, options);
    if (comparison.orders.empty()) {
        fail(ExitCode::Data,
             "there is nothing to compare: {} and {} orders, {} of them outside the common time; "
             "is --shift what `ringside convert` added to local times?",
             live.orders.size(), replay.orders.size(), comparison.outside);
    }
    const Summary summary = Summary::of(comparison, options.shift);
    if (arguments.json) {
        print_json(comparison, summary, arguments);
    } else {
        print_orders(comparison, arguments);
        print_summary(comparison, summary);
    }
    if (comparison.identical_share() < arguments.require) {
        fail(ExitCode::Data, "{:.2f} % of the decisions are identical, and {:.2f} % are required",
             100.0 * comparison.identical_share(), 100.0 * arguments.require);
    }
}

}  // namespace

void add_compare_command(CLI::App& app) {
    CLI::App* compare = app.add_subcommand(
        "compare", "Orders of a live run beside those of its replay; 3 if they differ too much");
    const auto arguments = std::make_shared<CompareArguments>();
    compare->add_option("live", arguments->live, "Order log of the live run (.npy)")->required();
    compare->add_option("replay", arguments->replay, "Order log of the replay (.npy)")->required();
    compare
        ->add_option("--window", arguments->window,
                     "Orders submitted further apart are different decisions")
        ->capture_default_str();
    compare
        ->add_option("--fill-tolerance", arguments->fill_tolerance,
                     "First fills further apart are a difference")
        ->capture_default_str();
    compare
        ->add_option("--shift", arguments->shift,
                     "Nanoseconds added to the live log's times: those that `ringside convert` "
                     "added to the recording's")
        ->capture_default_str();
    compare
        ->add_option("--require", arguments->require,
                     "Least share of decisions with equal side, price, quantity and terms")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    compare->add_option("--rows", arguments->rows, "Most orders that differ to show")
        ->capture_default_str();
    compare->add_flag("--all", arguments->all, "Show every order, also those without difference");
    compare->add_flag("--json", arguments->json, "Print all of it as one line of JSON");
    compare->callback([arguments] { run(*arguments); });
}

}  // namespace ringside
