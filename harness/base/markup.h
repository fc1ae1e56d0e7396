/* SPDX-License-Identifier: MIT */
/* Text on its way into XML or HTML. */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include <stdio.h>

/* Escapes what markup would take for its own. XML takes no control characters, escaped or not: they
 * become question marks, newline and tab apart. */
void markup_put_text(FILE *file, const char *text);

#endif
