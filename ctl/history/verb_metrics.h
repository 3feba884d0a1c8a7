#ifndef CTL_HISTORY_VERB_METRICS_H
#define CTL_HISTORY_VERB_METRICS_H

/* `beschermctl metrics`: the figures of the filter, printed or served. */
int verb_metrics_run(int argc, char **argv);
extern const char verb_metrics_usage[], verb_metrics_help[];

#endif
