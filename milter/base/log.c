#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/buf.h"
#include "base/log.h"

/* Set by log_open() before there are threads. */
static enum log_target log_target = LOG_TO_STDERR;
/* A reload changes it while other threads log. */
static _Atomic enum log_level log_max = LOG_LEVEL_INFO;

static const struct {
	int priority;
	const char *name;
} levels[] = {
	[LOG_LEVEL_ERROR] = { LOG_ERR, "error" },
	[LOG_LEVEL_WARNING] = { LOG_WARNING, "warning" },
	[LOG_LEVEL_INFO] = { LOG_INFO, "info" },
	[LOG_LEVEL_DEBUG] = { LOG_DEBUG, "debug" },
};

void
log_open(const char *ident, enum log_target target, int facility)
{
	log_target = target;
	if (target == LOG_TO_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, facility);
}

void
log_set_level(enum log_level max)
{
	atomic_store(&log_max, max);
}

bool
log_wants(enum log_level level)
{
	return log_target != LOG_TO_NOWHERE && level <= atomic_load(&log_max);
}

/* Quotes and backslashes are ours to write: only what could break a line goes. */
static void
put_clean(struct buf *b, const char *text)
{
	for (; *text != '\0' && !b->cut; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c <= 0x7e)
			buf_putc(b, (char)c);
		else
			buf_printf(b, "\\x%02x", c);
	}
}

static void log_write(enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
log_write(enum log_level level, const char *fmt, va_list ap)
{
	char text[2 * LOG_LINE_MAX], line[LOG_LINE_MAX + 1];
	struct buf b;

	if (!log_wants(level))
		return;
	vsnprintf(text, sizeof text, fmt, ap);
	buf_init(&b, line, sizeof line);
	if (log_target == LOG_TO_STDERR && level != LOG_LEVEL_INFO)
		buf_printf(&b, "%s: ", levels[level].name);
	put_clean(&b, text);
	if (log_target == LOG_TO_SYSLOG)
		syslog(levels[level].priority, "%s", line);
	else
		fprintf(stderr, "%s\n", line);
}

#define LOG_FUNCTION(name, level)          \
	void name(const char *fmt, ...)    \
	{                                  \
		va_list ap;                \
                                           \
		va_start(ap, fmt);         \
		log_write(level, fmt, ap); \
		va_end(ap);                \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
