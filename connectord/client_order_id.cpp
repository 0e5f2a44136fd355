#include "connectord/client_order_id.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace ringside::connectord {

namespace {

constexpr std::string_view kDigitChars =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr int kEpochDigits = 4;
constexpr int kBotDigits = 2;
constexpr int kCounterDigits = 5;
static_assert(kEpochDigits + kBotDigits + kCounterDigits == ClientOrderIds::kDigits);

constexpr int value_of(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    if (c >= 'a' && c <= 'z') return c - 'a' + 36;
    return -1;
}

char* write_digits(char* to, std::uint32_t value, int digits) noexcept {
    for (int i = digits; i-- > 0; value /= 62) to[i] = kDigitChars[value % 62];
    return to + digits;
}

/// False: not a digit.
bool read_digits(const char*& from, int digits, std::uint32_t& value) noexcept {
    value = 0;
    for (const char* const end = from + digits; from != end; ++from) {
        const int digit = value_of(*from);
        if (digit < 0) return false;
        value = value * 62 + static_cast<std::uint32_t>(digit);
    }
    return true;
}

}  // namespace

ClientOrderIds::ClientOrderIds(std::string_view prefix) : prefix_(prefix) {
    const bool usable =
        std::all_of(prefix.begin(), prefix.end(), [](char c) { return value_of(c) >= 0; });
    if (prefix.empty() || prefix.size() > kMaxPrefix || !usable) {
        fail(ExitCode::Usage,
             "order prefix \"{}\": 1 to {} letters and digits are needed, which no other program "
             "uses on this account",
             prefix, kMaxPrefix);
    }
}

std::size_t ClientOrderIds::write(const OrderKey& key, char* to) const noexcept {
    char* at = std::copy(prefix_.begin(), prefix_.end(), to);
    at = write_digits(at, key.epoch, kEpochDigits);
    at = write_digits(at, key.bot, kBotDigits);
    at = write_digits(at, key.counter, kCounterDigits);
    return static_cast<std::size_t>(at - to);
}

std::string ClientOrderIds::text(const OrderKey& key) const {
    char text[kMaxLength];
    return {text, write(key, text)};
}

std::optional<OrderKey> ClientOrderIds::parse(std::string_view text) const noexcept {
    if (text.size() != prefix_.size() + kDigits || !text.starts_with(prefix_)) return {};
    const char* from = text.data() + prefix_.size();
    std::uint32_t epoch = 0;
    std::uint32_t bot = 0;
    std::uint32_t counter = 0;
    const bool digits = read_digits(from, kEpochDigits, epoch) &&
                        read_digits(from, kBotDigits, bot) &&
                        read_digits(from, kCounterDigits, counter);
    if (!digits || epoch == 0 || bot >= kMaxBots) return {};
    return OrderKey{.epoch = epoch, .counter = counter, .bot = static_cast<BotNo>(bot)};
}

std::uint32_t next_epoch(std::uint32_t last, Nanos wall_now) {
    constexpr Nanos kBegin = 1'704'067'200 * kSecond;  // 2024-01-01
    const Nanos minutes = std::max<Nanos>((wall_now - kBegin) / (60 * kSecond), 1);
    const Nanos epoch = std::max<Nanos>(minutes, Nanos{last} + 1);
    if (epoch > kMaxEpoch) {
        fail(ExitCode::Data,
             "no epoch for client order ids is left behind {} at this clock's time: use another "
             "order prefix and a new journal",
             last);
    }
    return static_cast<std::uint32_t>(epoch);
}

}  // namespace ringside::connectord
