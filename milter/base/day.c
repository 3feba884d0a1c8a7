#include "base/day.h"

#define YEAR_MAX 9999

int
day_local(time_t when)
{
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL || tm.tm_year > YEAR_MAX - 1900)
		return DAY_NONE;
	return (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

/* Days since a day before all others; the year begins with March, so that it ends with
 * the day that is not always there. */
static int
days_of(int day)
{
	int month = day / 100 % 100, year = day / 10000 - (month < 3);

	month = (month + 9) % 12;
	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
	       day % 100;
}

int
day_difference(int a, int b)
{
	return days_of(b) - days_of(a);
}
