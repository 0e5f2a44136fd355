// Runs a fuzz target without libFuzzer: seeded inputs, mutated from those that came before. No
// feedback from coverage; it repeats exactly, needs no clang, and replays files that are named.
//   ring_fuzz [-seed=N] [-runs=N] [file...]

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

class Mutator {
  public:
    explicit Mutator(std::uint64_t seed) : random_(seed) {
        for (std::size_t i = 0; i < kPool; ++i) pool_.push_back(fresh());
    }

    /// The next input; a part of them are kept to be mutated again.
    const Input& next() {
        Input input = random_() % 16 == 0 ? fresh() : pool_[random_() % kPool];
        for (std::uint64_t i = 1 + random_() % 8; i > 0; --i) mutate(input);
        Input& kept = pool_[random_() % kPool];
        kept = std::move(input);
        return kept;
    }

  private:
    static constexpr std::size_t kPool = 64;
    static constexpr std::size_t kMost = 2048;

    Input fresh() {
        Input input(1 + random_() % (random_() % 2 == 0 ? 64 : kMost));
        // Zeros in most, because most words of real messages are small.
        const bool sparse = random_() % 2 == 0;
        for (auto& byte : input) {
            if (!sparse || random_() % 8 == 0) byte = static_cast<std::uint8_t>(random_());
        }
        return input;
    }
    void mutate(Input& input) {
        const std::size_t at = random_() % input.size();
        switch (random_() % 6) {
            case 0:
                input[at] = static_cast<std::uint8_t>(input[at] ^ (1U << random_() % 8));
                return;
            case 1:
                input[at] = static_cast<std::uint8_t>(random_());
                return;
            case 2: {  // a word that means something: 0, all ones, small numbers, powers of two
                const std::uint64_t words[] = {0, ~0ULL, random_() % 64, 1ULL << random_() % 64};
                const std::uint64_t word = words[random_() % 4];
                for (std::size_t i = 0; i < 8 && at / 8 * 8 + i < input.size(); ++i) {
                    input[at / 8 * 8 + i] = static_cast<std::uint8_t>(word >> (8 * i));
                }
                return;
            }
            case 3:
                input.resize(1 + random_() % kMost);
                return;
            case 4:
                if (input.size() < kMost) input.insert(input.begin() + 1, 8, input[at]);
                return;
            default: {  // a piece of another
                const Input& other = pool_[random_() % kPool];
                for (std::size_t i = at; i < input.size() && i - at < other.size(); ++i) {
                    input[i] = other[i - at];
                }
                return;
            }
        }
    }

    std::mt19937_64 random_;
    std::vector<Input> pool_;
};

std::uint64_t number_after(std::string_view argument, std::size_t prefix) {
    return std::strtoull(argument.data() + prefix, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t seed = 1;
    std::uint64_t runs = 20'000;
    bool files = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with("-seed=")) {
            seed = number_after(argument, 6);
        } else if (argument.starts_with("-runs=")) {
            runs = number_after(argument, 6);
        } else {
            std::ifstream file(argv[i], std::ios::binary);
            const Input input((std::istreambuf_iterator<char>(file)),
                              std::istreambuf_iterator<char>());
            LLVMFuzzerTestOneInput(input.data(), input.size());
            files = true;
        }
    }
    if (files) return 0;
    std::printf("seed %llu, %llu runs\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(runs));
    Mutator mutator(seed);
    for (std::uint64_t run = 0; run < runs; ++run) {
        const Input& input = mutator.next();
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    return 0;
}
