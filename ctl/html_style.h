#ifndef CTL_HTML_STYLE_H
#define CTL_HTML_STYLE_H

#include <stdio.h>

/* Write the style of all pages: CSS, without "<" and "&". */
void html_style_put(FILE *out);

#endif
