#ifndef CTL_CALENDAR_H
#define CTL_CALENDAR_H

#include <stdint.h>

/* Dates in the words of the language that is spoken (language.h); each returns ${text}.
 */
#define CALENDAR_TEXT_SIZE 80

/* YYYYMMDD: "30 November 2026" */
const char *calendar_date(int day, char text[CALENDAR_TEXT_SIZE]);

/* A UTC day since 1970: the same, and "Mon 30 November" */
const char *calendar_day(int64_t day, char text[CALENDAR_TEXT_SIZE]);
const char *calendar_weekday(int64_t day, char text[CALENDAR_TEXT_SIZE]);

/* Local time: "30 November 2026, 14:05" */
const char *calendar_moment(int64_t at, char text[CALENDAR_TEXT_SIZE]);

#endif
