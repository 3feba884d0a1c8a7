#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/*
 * One line a call, to syslog or to standard error.  Control characters and
 * 8-bit are escaped, a line ends at LOG_LINE_MAX.  Any thread.
 *
 * As JSON each line is one object, {"level":"warning","message":"..."}, whose text is cut
 * as that of a line is.
 *
 * error	the operator must act: a setting, a file, a socket
 * warning	a message was handled, but not as configured
 * info		one line a message: the verdict
 * debug	what is wanted when a verdict is disputed
 */
#define LOG_LINE_MAX 900 /* octets */

/* Of an object: rsyslog takes 8 KiB with what it puts before. */
#define LOG_OBJECT_MAX 7800 /* octets */

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_format { LOG_AS_TEXT, LOG_AS_JSON };

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_NOWHERE };

/* Before the first call: standard error, info.  ${facility} is one of syslog(3). */
void log_open(const char *ident, enum log_target target, int facility);
void log_set_level(enum log_level max); /* may change while others log (reload) */
bool log_wants(enum log_level level);   /* would a line of that level be written? */

/* Text before the first call; may change while others log. */
void log_set_format(enum log_format format);
bool log_is_json(void);

const char *log_level_name(enum log_level level);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What is wanted of one message: debug.  ${about} is its queue id, and stands in front
 * or, as JSON, in "queue_id". */
void log_detail(const char *about, const char *text);

/* One object that tells of a message, at info: printable ASCII, LOG_OBJECT_MAX at most.
 */
void log_object(const char *json);

#endif
