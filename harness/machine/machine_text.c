/* SPDX-License-Identifier: MIT */
#include "machine/machine_text.h"

#include <assert.h>
#include <string.h>

const struct machine_word machine_select_words[] = {
    {"explicit", MMU_SELECT_EXPLICIT}, {"named", MMU_SELECT_NAMED}, {NULL, 0}};

const struct machine_word machine_issue_words[] = {
    {"blocking", MACHINE_ISSUE_BLOCKING}, {"pipelined", MACHINE_ISSUE_PIPELINED}, {NULL, 0}};

const struct machine_word machine_abi_words[] = {{"auto", MACHINE_ABI_AUTO},
                                                 {"semihosting", MACHINE_ABI_SEMIHOSTING},
                                                 {"linux", MACHINE_ABI_LINUX},
                                                 {NULL, 0}};

const struct machine_word machine_grows_words[] = {
    {"up", 0}, {"down", MMU_FLAG_GROWS_DOWN}, {NULL, 0}};

const struct machine_word machine_present_words[] = {
    {"yes", MMU_FLAG_PRESENT}, {"no", 0}, {NULL, 0}};

static const struct {
    char letter;
    uint8_t flag;
} access_letters[] = {{'r', MMU_FLAG_READ}, {'w', MMU_FLAG_WRITE}, {'x', MMU_FLAG_EXECUTE}};

enum { ACCESS_LETTERS = sizeof(access_letters) / sizeof(access_letters[0]) };

const char *machine_word_of(const struct machine_word *words, unsigned value)
{
    while (words->word && words->value != value) {
        words++;
    }
    assert(words->word);
    return words->word;
}

const char *machine_access_text(uint8_t flags, char buffer[MACHINE_ACCESS_TEXT_BYTES])
{
    unsigned used = 0;
    for (unsigned i = 0; i < ACCESS_LETTERS; i++) {
        if (flags & access_letters[i].flag) {
            buffer[used++] = access_letters[i].letter;
        }
    }
    buffer[used] = '\0';
    return used > 0 ? buffer : "none";
}

bool machine_access_parse(const char *text, uint8_t *flags)
{
    uint8_t found = 0;
    if (strcmp(text, "none") == 0) {
        text = "";
    }
    for (; *text != '\0'; text++) {
        uint8_t flag = 0;
        for (unsigned i = 0; i < ACCESS_LETTERS; i++) {
            if (access_letters[i].letter == *text) {
                flag = access_letters[i].flag;
            }
        }
        if (flag == 0 || (found & flag)) {
            return false;
        }
        found |= flag;
    }
    *flags = found;
    return true;
}
