#ifndef CTL_HISTORY_REPLAY_H
#define CTL_HISTORY_REPLAY_H

/* `beschermctl replay`: which verdicts would other settings change? */
int replay_run(int argc, char **argv);
extern const char replay_usage[], replay_help[];

#endif
