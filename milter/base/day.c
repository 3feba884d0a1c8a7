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
