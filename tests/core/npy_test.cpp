#include "core/npy.hpp"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "tests/core/file_bytes.hpp"
#include "tests/support/expect_error.hpp"

namespace ringside {
namespace {

using test::expect_error;
using test::kEventDescr;
using test::npy_header;

class TextStream final : public ByteStream {
  public:
    explicit TextStream(std::string text) : text_(std::move(text)) {}
    std::size_t read(std::span<std::byte> out) override {
        const std::size_t count = std::min(out.size(), text_.size() - at_);
        std::memcpy(out.data(), text_.data() + at_, count);
        at_ += count;
        return count;
    }
    const std::string& name() const noexcept override { return name_; }
    std::size_t at() const noexcept { return at_; }

  private:
    std::string text_;
    std::string name_ = "some.npy";
    std::size_t at_ = 0;
};

NpyHeader read(const std::string& file) {
    TextStream stream(file);
    return read_npy_header(stream);
}

std::string dictionary(const std::string& descr, const std::string& shape = "(3,)") {
    return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }";
}

TEST(Npy, ReadsTheHeaderThatNumPyWritesForEvents) {
    TextStream stream(test::event_header(12) + "rows");
    const NpyHeader header = read_npy_header(stream);
    EXPECT_EQ(header.dtype, event_dtype());
    EXPECT_EQ(header.shape, std::vector<std::uint64_t>{12});
    EXPECT_FALSE(header.fortran_order);
    EXPECT_EQ(header.size_bytes, test::event_header(12).size());
    EXPECT_EQ(stream.at(), header.size_bytes);
}

TEST(Npy, ReadsEveryFormatVersion) {
    for (const int major : {1, 2, 3}) {
        EXPECT_EQ(read(npy_header(dictionary(std::string(kEventDescr)), major)).dtype,
                  event_dtype());
    }
}

TEST(Npy, AcceptsOtherSpellingsOfTheSameHeader) {
    for (const char* text : {
             "{'shape':(3L,),'fortran_order':False,'descr':[(u'ev','=u8'),(u'exch_ts','<i8'),"
             "('local_ts','<i8'),('px','<f8'),('qty','<f8'),('order_id','<u8'),('ival','<i8'),"
             "('fval','<f8')]}",
             "{\"descr\": [[\"ev\", \"<u8\"], (('title', 'exch_ts'), '<i8'), ('local_ts', '<i8'), "
             "('px', '<f8'), ('qty', '<f8'), ('order_id', '<u8'), ('ival', '<i8'), "
             "('fval', '<f8')], \n\"fortran_order\": False, \"shape\": (3,)}",
         }) {
        const NpyHeader header = read(npy_header(text));
        EXPECT_EQ(header.dtype, event_dtype()) << text;
        EXPECT_EQ(header.shape, std::vector<std::uint64_t>{3});
    }
}

TEST(Npy, CountsPaddingIntoOffsetsAndSize) {
    const NpyHeader header =
        read(npy_header(dictionary("[('a', '|u1'), ('', '|V7'), ('b', '<f8'), ('c', '|b1'), "
                                   "('', '|V7')]")));
    ASSERT_EQ(header.dtype.fields.size(), 3U);
    EXPECT_EQ(header.dtype.fields[1].offset, 8U);
    EXPECT_EQ(header.dtype.fields[2].offset, 16U);
    EXPECT_EQ(header.dtype.size_bytes, 24U);
    TextStream again(format_npy_header(header.dtype, 3));
    EXPECT_EQ(read_npy_header(again).dtype, header.dtype);
}

TEST(Npy, ReadsABareType) {
    const NpyHeader header = read(npy_header(dictionary("'<f8'", "(2, 5)")));
    EXPECT_EQ(header.dtype.size_bytes, 8U);
    EXPECT_EQ(header.shape, (std::vector<std::uint64_t>{2, 5}));
    EXPECT_EQ(difference(header.dtype, event_dtype()),
              "field 1 is unnamed of type <f8 at byte 0, expected 'ev' of type <u8 at byte 0");
}

TEST(Npy, TellsHowARowTypeDiffers) {
    const auto differs = [](const std::string& descr) {
        return difference(read(npy_header(dictionary(descr))).dtype, event_dtype());
    };
    std::string renamed(kEventDescr);
    renamed.replace(renamed.find("'px'"), 4, "'price'");
    EXPECT_EQ(differs(renamed),
              "field 4 is 'price' of type <f8 at byte 24, expected 'px' of type <f8 at byte 24");
    std::string swapped(kEventDescr);
    swapped.replace(swapped.find("<u8"), 3, ">u8");
    EXPECT_EQ(differs(swapped),
              "field 1 is 'ev' of type >u8 at byte 0, expected 'ev' of type <u8 at byte 0");
    EXPECT_EQ(differs(std::string(kEventDescr.substr(0, kEventDescr.rfind(", ('fval'"))) + "]"),
              "a row has 7 fields, expected 8");
    EXPECT_EQ(
        differs(std::string(kEventDescr.substr(0, kEventDescr.size() - 1)) + ", ('', '|V64')]"),
        "a row is 128 bytes long, expected 64");
    EXPECT_EQ(differs(std::string(kEventDescr)), "");
}

TEST(Npy, WritesHeadersOfOneLengthWhateverTheRowCount) {
    const std::string none = format_npy_header(event_dtype(), 0);
    const std::string most = format_npy_header(event_dtype(), UINT64_MAX / 64);
    EXPECT_EQ(none.size(), most.size());
    EXPECT_EQ(none.size() % 64, 0U);
    EXPECT_EQ(read(most).shape, std::vector<std::uint64_t>{UINT64_MAX / 64});
    EXPECT_EQ(read(most).dtype, event_dtype());
}

TEST(Npy, RefusesDamagedHeaders) {
    const auto refuses = [](const std::string& file, const std::string& part) {
        expect_error([&] { read(file); }, ExitCode::Data, part);
    };
    const std::string good = test::event_header(3);
    refuses("", "truncated");
    refuses(good.substr(0, 40), "truncated");
    refuses("PK" + good.substr(2), "not a NumPy file");
    refuses("\x93NUMPY" + test::little_endian(9, 2) + good.substr(8), "version 9.0");
    refuses("\x93NUMPY" + test::little_endian(2, 2) + test::little_endian(0x7fffffff, 4),
            "damaged");
    refuses(npy_header("{'descr': '<f8', 'shape': (3,)}"), "'fortran_order'");
    refuses(npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}"), "'shape'");
    refuses(npy_header("{'descr': 'nonsense', 'fortran_order': False, 'shape': (3,)}"),
            "unknown type");
    refuses(npy_header("{'descr': [('a', [('b', '<f8')])], 'fortran_order': False, 'shape': ()}"),
            "nested");
    refuses(npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (3,)} 1"), "character");
    refuses(npy_header(std::string(40, '(') + std::string(40, ')')), "character");
    refuses(npy_header("{'descr': '<f8"), "character");
}

TEST(Npy, SurvivesAnyByteOfTheHeaderChanging) {
    const std::string good = test::event_header(3);
    std::mt19937_64 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string file = good;
        for (int change = 0; change < 1 + round % 3; ++change) {
            file[random() % file.size()] = static_cast<char>(random());
        }
        test::error_of([&] { read(file); });
    }
}

}  // namespace
}  // namespace ringside
