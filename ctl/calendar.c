#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "ctl/calendar.h"
#include "ctl/text.h"

#define DAY 86400

static const char *const months[] = { N_("January"), N_("February"), N_("March"),
	N_("April"), N_("May"), N_("June"), N_("July"), N_("August"), N_("September"),
	N_("October"), N_("November"), N_("December") };

static const char *const weekdays[] = { N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
	N_("Thu"), N_("Fri"), N_("Sat") };

const char *
calendar_date(int day, char text[CALENDAR_TEXT_SIZE])
{
	unsigned month = (unsigned)(day / 100 % 100 - 1);

	snprintf(text, CALENDAR_TEXT_SIZE, "%d %s %d", day % 100,
	    month < 12 ? _(months[month]) : "?", day / 10000);
	return text;
}

static const char *
unknown(char text[CALENDAR_TEXT_SIZE])
{
	snprintf(text, CALENDAR_TEXT_SIZE, "?");
	return text;
}

/* False: no time of this machine. */
static bool
split(int64_t day, struct tm *tm)
{
	time_t at = (time_t)day * DAY;

	return day < INT32_MAX && day > INT32_MIN && gmtime_r(&at, tm) != NULL;
}

static int
date_of(const struct tm *tm)
{
	return (tm->tm_year + 1900) * 10000 + (tm->tm_mon + 1) * 100 + tm->tm_mday;
}

const char *
calendar_day(int64_t day, char text[CALENDAR_TEXT_SIZE])
{
	struct tm tm;

	return split(day, &tm) ? calendar_date(date_of(&tm), text) : unknown(text);
}

const char *
calendar_weekday(int64_t day, char text[CALENDAR_TEXT_SIZE])
{
	struct tm tm;

	if (!split(day, &tm))
		return unknown(text);
	snprintf(text, CALENDAR_TEXT_SIZE, "%s\u00a0%d\u00a0%s", _(weekdays[tm.tm_wday]),
	    tm.tm_mday, _(months[tm.tm_mon]));
	return text;
}

const char *
calendar_moment(int64_t at, char text[CALENDAR_TEXT_SIZE])
{
	time_t seconds = (time_t)at;
	char date[CALENDAR_TEXT_SIZE];
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL)
		return unknown(text);
	calendar_date(date_of(&tm), date);
	snprintf(
	    text, CALENDAR_TEXT_SIZE, "%.60s, %02d:%02d", date, tm.tm_hour, tm.tm_min);
	return text;
}
