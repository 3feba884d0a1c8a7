#ifndef CTL_WHEN_H
#define CTL_WHEN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * A moment as people give it: "2026-11-30" (the begin of that local day),
 * "2026-11-30T14:00", what when_format() wrote, or "7d", "24h", "30m" before ${now}.
 * UTC seconds; false: it is none of these.
 */
bool when_parse(const char *text, time_t now, int64_t *at);

#define WHEN_TEXT_SIZE 20

/* Returns ${text}: "2026-11-30 14:00:05", local time. */
const char *when_format(int64_t at, char text[WHEN_TEXT_SIZE]);

#endif
