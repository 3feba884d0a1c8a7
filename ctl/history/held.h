#ifndef CTL_HISTORY_HELD_H
#define CTL_HISTORY_HELD_H

/* `beschermctl held`: mail that the filter had Postfix hold; releases and deletes it. */
int held_run(int argc, char **argv);
extern const char held_usage[], held_help[];

#endif
