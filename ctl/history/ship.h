#ifndef CTL_HISTORY_SHIP_H
#define CTL_HISTORY_SHIP_H

extern const char ship_usage[], ship_help[];
int ship_run(int argc, char **argv); /* returns what the program exits with */

#endif
