#ifndef CTL_HISTORY_PERIOD_SUMMARY_H
#define CTL_HISTORY_PERIOD_SUMMARY_H

/* `beschermctl summary`: what a period comes to, and whether enforce can be switched on.
 */
int period_summary_run(int argc, char **argv);
extern const char period_summary_usage[], period_summary_help[];

#endif
