#ifndef CTL_REPORT_SAMPLE_H
#define CTL_REPORT_SAMPLE_H

struct config;
struct parts;

/*
 * `report --sample`: send a made-up report to ${to}, so that its admin sees what arrives.
 * Returns what to exit with.
 */
int sample_send(const struct config *config, const struct parts *parts, const char *to);

#endif
