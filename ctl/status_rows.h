#ifndef CTL_STATUS_ROWS_H
#define CTL_STATUS_ROWS_H

#include <stddef.h>
#include <stdint.h>

struct config;

/* How it is with the running filter: a row for each thing that can be looked at. */

enum status_level { STATUS_OK, STATUS_LOOK, STATUS_DOWN };

enum status_kind {
	STATUS_SOCKET,
	STATUS_MODE,
	STATUS_VERSION,
	STATUS_LAST,
	STATUS_DNS,
	STATUS_HISTORY,
	STATUS_OVERRIDES,
	STATUS_METRICS
};
#define STATUS_KINDS (STATUS_METRICS + 1)

#define STATUS_WORD_OCTETS 64
#define STATUS_TEXT_OCTETS 1500

struct status_row {
	enum status_level level;
	char text[STATUS_TEXT_OCTETS]; /* for people */
	/* For programs: a word, or a number; "": not known. */
	char value[STATUS_WORD_OCTETS];
};

struct status_rows {
	struct status_row rows[STATUS_KINDS];
	size_t overrides_expired;
	int64_t history_lost; /* -1: not known */
};

/* Look at all of it, by ${config}.  Some seconds, where somebody does not answer. */
void status_rows_look(const struct config *config, struct status_rows *rows);

#endif
