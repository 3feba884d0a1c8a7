#ifndef BASE_DAY_H
#define BASE_DAY_H

#include <limits.h>
#include <time.h>

/* After every day that can be written. */
#define DAY_NONE INT_MAX

/* The day of ${when} as YYYYMMDD, local time; DAY_NONE where it has none. */
int day_local(time_t when);

/* How many days the day ${b} is after ${a}; both are some. */
int day_difference(int a, int b);

#endif
