#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/log.h"

/* Set by log_open() before there are threads. */
static enum log_target log_target = LOG_TO_STDERR;
/* A reload changes it while other threads log. */
static _Atomic enum log_level log_max = LOG_LEVEL_INFO;
static _Atomic enum log_format log_format = LOG_AS_TEXT;

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

void
log_set_format(enum log_format format)
{
	atomic_store(&log_format, format);
}

bool
log_is_json(void)
{
	return atomic_load(&log_format) == LOG_AS_JSON;
}

bool
log_wants(enum log_level level)
{
	return log_target != LOG_TO_NOWHERE && level <= atomic_load(&log_max);
}

const char *
log_level_name(enum log_level level)
{
	return levels[level].name;
}

/* Quotes and backslashes are ours to write: only what could break a line goes. */
static void
put_clean(struct buf *b, const char *text)
{
	if (ascii_is_printable(text, strlen(text))) {
		buf_puts(b, text);
		return;
	}
	for (; *text != '\0' && !b->cut; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c <= 0x7e)
			buf_putc(b, (char)c);
		else
			buf_printf(b, "\\x%02x", c);
	}
}

/* Clean text as JSON has it.  Not json_text: there may be no memory, which is then told.
 */
static void
put_member(struct buf *b, const char *key, const char *text)
{
	buf_printf(b, "%s\"%s\":\"", b->len == 0 ? "{" : ",", key);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *text);
	}
	buf_putc(b, '"');
}

static void
write_line(enum log_level level, const char *line)
{
	if (log_target == LOG_TO_SYSLOG)
		syslog(levels[level].priority, "%s", line);
	else
		fprintf(stderr, "%s\n", line);
}

/* ${about} NULL: nothing of its own. */
static void
write_json(enum log_level level, const char *about, const char *clean)
{
	char line[2 * (2 * LOG_LINE_MAX) + 100]; /* each octet may get a backslash */
	struct buf b;

	buf_init(&b, line, sizeof line);
	put_member(&b, "level", levels[level].name);
	if (about != NULL)
		put_member(&b, "queue_id", about);
	put_member(&b, "message", clean);
	buf_putc(&b, '}');
	write_line(level, line);
}

static void
write_text(enum log_level level, const char *text)
{
	char line[LOG_LINE_MAX + 1];
	struct buf b;

	buf_init(&b, line, sizeof line);
	if (log_target == LOG_TO_STDERR && level != LOG_LEVEL_INFO && !log_is_json())
		buf_printf(&b, "%s: ", levels[level].name);
	put_clean(&b, text);
	if (log_is_json())
		write_json(level, NULL, line);
	else
		write_line(level, line);
}

static void log_write(enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
log_write(enum log_level level, const char *fmt, va_list ap)
{
	char text[2 * LOG_LINE_MAX];

	if (!log_wants(level))
		return;
	vsnprintf(text, sizeof text, fmt, ap);
	write_text(level, text);
}

void
log_detail(const char *about, const char *text)
{
	char first[LOG_LINE_MAX + 1], clean[LOG_LINE_MAX + 1];
	struct buf a, b;

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	if (!log_is_json()) {
		log_debug("%s: %s", about, text);
		return;
	}
	buf_init(&a, first, sizeof first);
	buf_init(&b, clean, sizeof clean);
	put_clean(&a, about);
	put_clean(&b, text);
	write_json(LOG_LEVEL_DEBUG, first, clean);
}

void
log_object(const char *json)
{
	if (log_wants(LOG_LEVEL_INFO))
		write_line(LOG_LEVEL_INFO, json);
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
