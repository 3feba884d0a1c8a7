#ifndef CTL_HISTORY_STORED_EXPLAIN_H
#define CTL_HISTORY_STORED_EXPLAIN_H

/* `beschermctl explain QUEUE-ID`: the page of `test` for a message of the history. */
int stored_explain_run(int argc, char **argv);
extern const char stored_explain_usage[], stored_explain_help[];

#endif
