#ifndef CTL_HISTORY_OVERVIEW_H
#define CTL_HISTORY_OVERVIEW_H

/* beschermctl overview: the history as a page for people who would rather look. */
int overview_run(int argc, char **argv);
extern const char overview_usage[], overview_help[];

#endif
