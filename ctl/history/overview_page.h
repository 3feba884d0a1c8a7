#ifndef CTL_HISTORY_OVERVIEW_PAGE_H
#define CTL_HISTORY_OVERVIEW_PAGE_H

#include <stdio.h>

struct overview;

/*
 * The overview as an HTML page that may be shown to a board: no addresses of clients, no
 * queue ids.  ${title} NULL: ours.  The language is that of language.h, ${language} names
 * it.
 */
void overview_page_write(
    FILE *out, const struct overview *overview, const char *language, const char *title);

#endif
