#include <stdarg.h>
#include <stdio.h>

#include "ctl/finding.h"
#include "ctl/text.h"

static void __attribute__((format(printf, 2, 0)))
line(const char *label, const char *fmt, va_list arguments)
{
	fputs(label, stdout);
	vprintf(fmt, arguments);
	putchar('\n');
}

void
finding_well(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	line(_("ok    "), fmt, arguments);
	va_end(arguments);
}

void
finding_look(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	line(_("look  "), fmt, arguments);
	va_end(arguments);
}

void
finding_mend(size_t *count, const char *mend, const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	line(_("MEND  "), fmt, arguments);
	va_end(arguments);
	printf("      > %s\n", mend);
	++*count;
}
