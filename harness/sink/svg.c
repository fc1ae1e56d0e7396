/* SPDX-License-Identifier: MIT */
#include "sink/svg.h"

#include "base/markup.h"

void svg_put_number(FILE *file, double value)
{
    const long tenths = (long)(value * 10 + (value < 0 ? -0.5 : 0.5));
    const long positive = tenths < 0 ? -tenths : tenths;

    fprintf(file, positive % 10 == 0 ? "%s%ld" : "%s%ld.%ld", tenths < 0 ? "-" : "", positive / 10,
            positive % 10);
}

static void put_attribute(FILE *file, const char *name, double value)
{
    fprintf(file, " %s=\"", name);
    svg_put_number(file, value);
    fputc('"', file);
}

void svg_put_label(FILE *file, double x, double y, const char *class, const char *text)
{
    fprintf(file, "<text class=\"%s\"", class);
    put_attribute(file, "x", x);
    put_attribute(file, "y", y);
    fputc('>', file);
    markup_put_text(file, text);
    fputs("</text>\n", file);
}

void svg_put_line(FILE *file, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(file, "<line class=\"%s\"", class);
    put_attribute(file, "x1", x1);
    put_attribute(file, "y1", y1);
    put_attribute(file, "x2", x2);
    put_attribute(file, "y2", y2);
    fputs("/>\n", file);
}

void svg_put_rectangle(FILE *file, const char *class, const struct svg_box *box)
{
    fprintf(file, "<rect class=\"%s\"", class);
    put_attribute(file, "x", box->x);
    put_attribute(file, "y", box->y);
    put_attribute(file, "width", box->width);
    put_attribute(file, "height", box->height);
    fputs("/>", file);
}

void svg_put_outline(FILE *file, const struct svg_box *box)
{
    fputc('M', file);
    svg_put_number(file, box->x);
    fputc(' ', file);
    svg_put_number(file, box->y);
    fputc('h', file);
    svg_put_number(file, box->width);
    fputc('v', file);
    svg_put_number(file, box->height);
    fputc('h', file);
    svg_put_number(file, -box->width);
    fputs("z\n", file);
}
