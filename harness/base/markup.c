/* SPDX-License-Identifier: MIT */
#include "base/markup.h"

void markup_put_text(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '&':
            fputs("&amp;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            fputc((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t' ? *text : '?',
                  file);
            break;
        }
    }
}
