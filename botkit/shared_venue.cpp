#include "botkit/shared_venue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/check.hpp"

namespace ringside::botkit {

namespace {

/// Rows that a bot may be ahead of the slowest one, which is what bounds the memory.
constexpr std::uint64_t kMostRowsAhead = 64 * 1024;
/// Number of the part that a bot which has left asks for.
constexpr std::uint64_t kGone = std::numeric_limits<std::uint64_t>::max();

}  // namespace

class SharedLink final : public Link {
  public:
    SharedLink(SharedVenue& shared, engine::SessionNo session, std::function<void()> wait)
        : shared_(shared), session_(session), wait_(std::move(wait)) {}
    ~SharedLink() override {
        shared_.venue_.close_session(session_);
        shared_.reading_[session_] = kGone;
        shared_.looks_from_[session_] = kNever;
        shared_.news_ = true;
        ++shared_.moves_;
    }

    const VenueInfo& info() const override { return shared_.info(); }
    FeedRows next_rows() override {
        while (next_snapshot_ < info().instruments.size()) {
            const AssetNo asset_no = next_snapshot_++;
            const auto rows = shared_.venue_.snapshot(asset_no);
            if (!rows.empty()) return {.asset_no = asset_no, .snapshot = rows};
        }
        return shared_.next_rows(session_);
    }
    bool send(const OrderRequest& request) override {
        shared_.venue_.accept(session_, request);
        moved();
        return true;
    }
    void promise(Nanos time) override {
        shared_.venue_.promise(session_, time);
        Nanos& looks_from = shared_.looks_from_[session_];
        looks_from = std::max(looks_from, time);
        moved();
    }
    const L2Book* shared_book(AssetNo asset_no) const override {
        return &shared_.books_[asset_no].book();
    }
    void show_shared_books(const MarketUpdate* next, Nanos time) override {
        Nanos& looks_from = shared_.looks_from_[session_];
        if (time > looks_from) {
            looks_from = time;
            ++shared_.moves_;
        }
        while (!shared_.may_show(session_, time)) wait_();
        shared_.show_books(session_, next);
    }
    void leave_shared_books() override {
        if (shared_.books_part_ > 0 || shared_.books_next_ != nullptr) throw NeedsVenueOfItsOwn{};
        shared_.looks_from_[session_] = kNever;
        ++shared_.moves_;
    }
    void on_request_from_the_past() override {
        if (shared_.compat_) throw NeedsVenueOfItsOwn{};
    }
    Horizon poll(std::vector<OrderResponse>& responses) override {
        if (std::exchange(shared_.news_, false)) shared_.venue_.run();
        std::vector<OrderResponse>& outbox = shared_.venue_.outbox(session_);
        responses.insert(responses.end(), outbox.begin(), outbox.end());
        outbox.clear();
        const engine::SessionProgress progress = shared_.venue_.progress(session_);
        const Horizon horizon{progress.safe_until, progress.venue_now, progress.venue_last};
        if (horizon != last_horizon_) ++shared_.moves_;
        last_horizon_ = horizon;
        return horizon;
    }
    void idle() override { wait_(); }

  private:
    void moved() noexcept {
        shared_.news_ = true;
        ++shared_.moves_;
    }

    SharedVenue& shared_;
    const engine::SessionNo session_;
    const std::function<void()> wait_;
    AssetNo next_snapshot_ = 0;
    Horizon last_horizon_;
};

SharedVenue::SharedVenue(const engine::VenueConfig& config, Decoding decoding)
    : compat_(config.rules == RulesPreset::Compat),
      venue_(config, engine::Pace::AheadOfBots, decoding) {
    for (const Instrument& instrument : info().instruments) {
        const auto asset_no = static_cast<AssetNo>(books_.size());
        LocalAsset& asset = books_.emplace_back(instrument, Rules::of(config.rules));
        for (const Event& row : venue_.snapshot(asset_no)) asset.apply_snapshot_row(row);
    }
}

std::unique_ptr<Link> SharedVenue::connect(std::function<void()> wait) {
    const engine::SessionNo session = venue_.open_session();
    reading_.push_back(0);
    looks_from_.push_back(kBeforeAll);
    RINGSIDE_CHECK(reading_.size() == session + 1 && first_part_ == 0);
    return std::make_unique<SharedLink>(*this, session, std::move(wait));
}

FeedRows SharedVenue::next_rows(std::size_t reader) {
    const std::uint64_t wanted = reading_[reader];
    if (wanted == first_part_ + parts_.size()) {
        drop_passed();
        const bool slowest = *std::min_element(reading_.begin(), reading_.end()) == wanted;
        if (rows_ahead_ >= kMostRowsAhead && !slowest) return {};
        engine::FeedRun run = venue_.feed().take(std::numeric_limits<std::size_t>::max());
        const Nanos next = venue_.feed().next_ts();
        // The venue goes as far as the feed that was taken lets it.
        news_ = true;
        rows_ahead_ += run.updates.size();
        parts_.push_back({std::move(run), next == kNever ? kNever : next - 1});
    }
    const Part& part = parts_[wanted - first_part_];
    ++moves_;
    const bool at_end = part.run.updates.empty();
    if (!at_end) reading_[reader] = wanted + 1;
    return {.asset_no = part.run.asset_no,
            .updates = part.run.updates,
            .rows = part.run.rows,
            .complete_until = part.complete_until};
}

bool SharedVenue::may_show(std::size_t reader, Nanos time) const noexcept {
    for (std::size_t other = 0; other < looks_from_.size(); ++other) {
        if (other != reader && looks_from_[other] < time) return false;
    }
    return true;
}

void SharedVenue::show_books(std::size_t reader, const MarketUpdate* next) {
    if (reading_[reader] == 0) return;
    const std::uint64_t part_no = reading_[reader] - 1;
    while (books_part_ < part_no) pass_part();
    const Part& part = parts_[part_no - first_part_];
    // With rows out of the order of time, it may want to look at a book that is gone.
    if (books_part_ > part_no || books_at(part) > next) throw NeedsVenueOfItsOwn{};
    pass_books(part, next);
    books_next_ = next;
}

const MarketUpdate* SharedVenue::books_at(const Part& part) const noexcept {
    return books_next_ == nullptr ? part.run.updates.data() : books_next_;
}

void SharedVenue::pass_part() {
    const Part& part = parts_[books_part_ - first_part_];
    pass_books(part, part.run.updates.data() + part.run.updates.size());
    ++books_part_;
    books_next_ = nullptr;
}

void SharedVenue::pass_books(const Part& part, const MarketUpdate* end) {
    LocalAsset& asset = books_[part.run.asset_no];
    for (const MarketUpdate* update = books_at(part); update != end; ++update) {
        if (update->at_local()) asset.on_update(*update, part.run.rows);
    }
}

/// A bot still reads the part before the one that it asks for next. What all have passed, no one
/// looks at the books before any more.
void SharedVenue::drop_passed() {
    const std::uint64_t slowest = *std::min_element(reading_.begin(), reading_.end());
    while (!parts_.empty() && first_part_ + 1 < slowest) {
        if (books_part_ == first_part_) pass_part();
        rows_ahead_ -= parts_.front().run.updates.size();
        rows_passed_ += parts_.front().run.updates.size();
        parts_.pop_front();
        ++first_part_;
    }
}

}  // namespace ringside::botkit
