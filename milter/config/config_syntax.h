#ifndef CONFIG_CONFIG_SYNTAX_H
#define CONFIG_CONFIG_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

/* What values of mail and DNS must look like. */

/* An authserv-id that needs no quotes: a token of RFC 2045 section 5.1. */
bool config_syntax_is_id(const char *text);
/* The same, or as id/jobid, which some filters write. */
bool config_syntax_is_trusted_id(const char *text);

/* RFC 5322 section 3.6.8: printable ASCII without blank and colon, here up to 60. */
#define CONFIG_SYNTAX_FIELD_NAME_MAX 60
bool config_syntax_is_field_name(const char *text, size_t len);

/* One line of printable ASCII, not empty. */
#define CONFIG_SYNTAX_FIELD_VALUE_MAX 200
bool config_syntax_is_field_value(const char *text);

/* Does mail software act on fields of that name?  A mark must not pass for one. */
bool config_syntax_is_structural(const char *field_name);

/* A reply code of RFC 5321 section 4.2 of class 5. */
bool config_syntax_is_code(const char *text);
/* An enhanced code of RFC 3463 section 2 of class 5. */
bool config_syntax_is_enhanced(const char *text);

/* ADDRESS, ADDRESS@PORT or "recursive". */
bool config_syntax_is_server(const char *text);

/* Does it look like the name of a host, or a pattern of such names? */
bool config_syntax_is_like_host(const char *text);

/*
 * Up to nine digits of ${base} at the beginning of *${text}, which moves behind them.
 * -1: no digit, one too many, or one that is none of ${base}.
 */
long config_syntax_digits(const char **text, int base);

/* A day that exists, "2027-01-31", as 20270131; 0: it is none. */
int config_syntax_day(const char *text);

/* Returns ${text}: "20s" or "500ms". */
#define CONFIG_SYNTAX_TIME_SIZE 16
const char *config_syntax_time(int ms, char text[CONFIG_SYNTAX_TIME_SIZE]);

#endif
