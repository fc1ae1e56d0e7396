/* SPDX-License-Identifier: MIT */
/* Parts of a drawing in SVG, inside a page. Classes are of the page's style. */
#ifndef SINK_SVG_H
#define SINK_SVG_H

#include <stdio.h>

struct svg_box {
    double x, y, width, height;
};

/* To a tenth, without a zero at the end. */
void svg_put_number(FILE *file, double value);

void svg_put_label(FILE *file, double x, double y, const char *class, const char *text);
void svg_put_line(FILE *file, const char *class, double x1, double y1, double x2, double y2);
void svg_put_rectangle(FILE *file, const char *class, const struct svg_box *box);
/* As a part of a path's `d`. */
void svg_put_outline(FILE *file, const struct svg_box *box);

#endif
