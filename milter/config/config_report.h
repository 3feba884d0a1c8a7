#ifndef CONFIG_CONFIG_REPORT_H
#define CONFIG_CONFIG_REPORT_H

#include <stdbool.h>

struct buf;
struct config;
struct config_row;
struct wordlist;

/* The settings of aggregate reports, which beschermctl reads and the daemon does not. */

/* A mail address, its domain in normal form; free()d by the caller.  NULL with ${why}. */
char *config_report_address(const char *text, struct buf *why);

/* What ReportExclude may hold: a domain, .domain or an address, in normal form; likewise.
 */
char *config_report_exclude(const char *text, struct buf *why);

/*
 * Of a list of ${row} a file that file: names may be missing or wrong: mail must not
 * depend on who gets reports.
 */
bool config_report_is_lenient(const struct config_row *row);

/* Add a line to ${warnings} where reports are asked for and cannot be sent.  Pure. */
void config_report_warn(const struct config *config, struct wordlist *warnings);

#endif
