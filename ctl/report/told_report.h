#ifndef CTL_REPORT_TOLD_REPORT_H
#define CTL_REPORT_TOLD_REPORT_H

#include <stdbool.h>

struct report_job;

/* A report in words for programs, which are never translated. */

/* What a run would do: a line, and one for each destination that gets nothing. */
void told_report_plan(const struct report_job *job);

/* What was done. */
void told_report_state(const struct report_job *job, const char *state);

/* The file itself into folder ${dir}; false, which has been said. */
bool told_report_file(const struct report_job *job, const char *dir);

#endif
