#include <stdarg.h>
#include <stdio.h>

#include "ctl/complaint.h"

#define LINE_OCTETS 4096

/* Not page_quote(): error texts of the system are in the reader's language and letters.
 */
void
complaint_print(const char *format, ...)
{
	char text[LINE_OCTETS];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	for (char *p = text; *p != '\0'; p++) {
		if (((unsigned char)*p < ' ' && *p != '\n') || *p == 0x7f)
			*p = '?';
	}
	fprintf(stderr, "beschermctl: %s\n", text);
}
