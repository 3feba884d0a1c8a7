#ifndef CTL_REPORT_REPORT_METRICS_H
#define CTL_REPORT_REPORT_METRICS_H

#include <stdint.h>

struct config;

/* What one run came to. */
struct report_metrics {
	int64_t at; /* UTC seconds */
	int64_t reports_sent, reports_failed, reports_waiting;
	int64_t mails_sent, mails_failed;
};

/*
 * Add it to the counts of all runs, and write these for Prometheus: into report.prom
 * beside the file of Metrics, if that is set.  They are of this host, also where several
 * share a history.  What cannot be written is said.
 */
void report_metrics_add(
    const struct config *config, const struct report_metrics *metrics);

#endif
