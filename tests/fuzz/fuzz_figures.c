/* The text of a file of metrics, as `beschermctl status` reads it: a line, a series. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/figures.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line names what is looked for, the rest is the file. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_alloc(size + 1), *rest, value[16];
	int64_t number = -1;

	memcpy(text, data, size);
	rest = strchr(text, '\n');
	if (rest != NULL) {
		*rest++ = '\0';
		if (figures_value(rest, text, &number))
			must(number >= 0 && strstr(rest, text) != NULL);
		else
			must(number == -1);
		if (figures_label(rest, text, "mode", value, sizeof value))
			must(*value != '\0' && strlen(value) < sizeof value &&
			     strpbrk(value, "\"\\\n ") == NULL &&
			     strstr(rest, value) != NULL);
	}
	free(text);
	return 0;
}
