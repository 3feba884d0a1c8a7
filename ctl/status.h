#ifndef CTL_STATUS_H
#define CTL_STATUS_H

/* `beschermctl status`: how it is with the running filter, for people and for Icinga. */
int status_run(int argc, char **argv);
extern const char status_usage[], status_help[];

#endif
