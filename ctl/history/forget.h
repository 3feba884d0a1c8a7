#ifndef CTL_HISTORY_FORGET_H
#define CTL_HISTORY_FORGET_H

/* `beschermctl forget`: take away what is remembered of somebody (AVG/GDPR). */
int forget_run(int argc, char **argv);
extern const char forget_usage[], forget_help[];

#endif
