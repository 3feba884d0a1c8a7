#include <stdio.h>
#include <string.h>

#include "ctl/when.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define AGO_DIGITS 6

/* As many digits as ${shape} has 0s, and its other characters as they are. */
static bool
has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++) {
		if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	}
	return *text == '\0';
}

static int
number(const char *digits, int count)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		n = n * 10 + digits[i] - '0';
	return n;
}

/* As when_format() writes it, too.  A date that is none (February 30) would be another
 * one after mktime(). */
static bool
parse_date(const char *text, int64_t *at)
{
	bool has_seconds = has_shape(text, "0000-00-00T00:00:00") ||
			   has_shape(text, "0000-00-00 00:00:00");
	bool has_time = has_seconds || has_shape(text, "0000-00-00T00:00");
	struct tm wanted = { .tm_isdst = -1 }, found;
	time_t seconds;

	if (!has_time && !has_shape(text, "0000-00-00"))
		return false;
	wanted.tm_year = number(text, 4) - 1900;
	wanted.tm_mon = number(text + 5, 2) - 1;
	wanted.tm_mday = number(text + 8, 2);
	if (has_time) {
		wanted.tm_hour = number(text + 11, 2);
		wanted.tm_min = number(text + 14, 2);
	}
	if (has_seconds)
		wanted.tm_sec = number(text + 17, 2);
	found = wanted;
	seconds = mktime(&found);
	*at = seconds;
	return wanted.tm_hour < 24 && wanted.tm_min < 60 && wanted.tm_sec < 60 &&
	       wanted.tm_mon >= 0 && found.tm_mon == wanted.tm_mon &&
	       found.tm_mday == wanted.tm_mday;
}

static bool
parse_ago(const char *text, time_t now, int64_t *at)
{
	size_t digits = strspn(text, "0123456789");
	int unit;

	if (digits == 0 || digits > AGO_DIGITS || strlen(text) != digits + 1)
		return false;
	if (text[digits] == 'd')
		unit = DAY;
	else if (text[digits] == 'h')
		unit = HOUR;
	else if (text[digits] == 'm')
		unit = MINUTE;
	else
		return false;
	*at = (int64_t)now - (int64_t)number(text, (int)digits) * unit;
	return true;
}

bool
when_parse(const char *text, time_t now, int64_t *at)
{
	return parse_date(text, at) || parse_ago(text, now, at);
}

const char *
when_format(int64_t at, char text[WHEN_TEXT_SIZE])
{
	time_t seconds = (time_t)at;
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL ||
	    strftime(text, WHEN_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(text, WHEN_TEXT_SIZE, "?");
	return text;
}
