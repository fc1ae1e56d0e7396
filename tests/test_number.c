/* SPDX-License-Identifier: MIT */
/* Strict numbers: what is taken, what is refused, and that printing is the inverse of parsing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/number.h"
#include "base/random.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void number_well_formed_is_read(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {
        {"0", 0},
        {"7", 7},
        {"10", 10},
        {"0x0", 0},
        {"0x00ff", 255},
        {"0xAbC", 0xABC},
        {"1K", 1024},
        {"2M", 2 << 20},
        {"3G", UINT64_C(3) << 30},
        {"0K", 0},
        {"0x10K", 16384},
        {"18446744073709551615", UINT64_MAX},
        {"0xffffffffffffffff", UINT64_MAX},
        {"18014398509481983K", UINT64_C(18014398509481983) << 10},
        {"17179869183G", UINT64_C(17179869183) << 30},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 99;
        assert_true(number_parse(cases[i].text, &value));
        assert_int_equal(value, cases[i].value);
    }
}

static void number_malformed_is_refused_and_value_kept(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "K",
        "-1",
        "+1",
        " 1",
        "1 ",
        "01",
        "00",
        "0x",
        "0xK",
        "0X10",
        "0xg",
        "1k",
        "1KB",
        "1KK",
        "1.5",
        "1e3",
        "1,0",
        "1_0",
        "ten",
        "0b1",
        "1\n",
        "--",
        "0x-",
        "0x 1",
        "~",
        "null",
        "1K 1K",
        "1T",
        "\xEF\xBC\x91",
        "18446744073709551616",
        "0x10000000000000000",
        "18014398509481984K",
        "17179869184G",
        "99999999999999999999999999999999",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 99;
        if (number_parse(cases[i], &value)) {
            fail_msg("`%s` was read as %llu", cases[i], (unsigned long long)value);
        }
        assert_int_equal(value, 99);
    }
}

static void number_print_uses_largest_exact_unit(void **state)
{
    static const struct {
        uint64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1023, "1023"},
        {1024, "1K"},
        {1025, "1025"},
        {28672, "28K"},
        {1 << 20, "1M"},
        {UINT64_C(5) << 29, "2560M"},
        {UINT64_C(1) << 48, "262144G"},
        {UINT64_MAX, "18446744073709551615"},
    };
    char buffer[NUMBER_TEXT_BYTES];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(number_print(cases[i].value, buffer), cases[i].text);
    }
}

static void number_printed_reads_back(void **state)
{
    struct random_source random = {.state = 1};
    char buffer[NUMBER_TEXT_BYTES];
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        const uint64_t value = random_next(&random) >> random_below(&random, 64)
                                                           << random_below(&random, 40);
        uint64_t back = ~value;
        assert_true(number_parse(number_print(value, buffer), &back));
        assert_int_equal(back, value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_well_formed_is_read),
        cmocka_unit_test(number_malformed_is_refused_and_value_kept),
        cmocka_unit_test(number_print_uses_largest_exact_unit),
        cmocka_unit_test(number_printed_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
