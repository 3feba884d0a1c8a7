#ifndef CTL_HISTORY_VERB_HISTORY_H
#define CTL_HISTORY_VERB_HISTORY_H

/* `beschermctl history`: who was refused, and why. */
int verb_history_run(int argc, char **argv);
extern const char verb_history_usage[], verb_history_help[];

#endif
