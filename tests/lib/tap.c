#include <stdarg.h>
#include <stdio.h>

#include "tap.h"

static int count, failures;

void
tap_result(bool ok, const char *fmt, ...)
{
	va_list ap;

	failures += !ok;
	printf("%sok %d - ", ok ? "" : "not ", ++count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void
tap_skip(const char *name, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++count, name, why);
}

int
tap_end(void)
{
	if (count == 0)
		puts("1..0 # SKIP no data in CONFORMANCE_DIR");
	else
		printf("1..%d\n", count);
	return failures > 0;
}
