#include <stdio.h>

#include "ctl/progress.h"

#define BAR_WIDTH 40

void
progress_draw(size_t done, size_t count)
{
	int filled = (int)(done * BAR_WIDTH / count);

	fprintf(stderr, "\r[%.*s%*s] %zu/%zu ", filled,
	    "########################################", BAR_WIDTH - filled, "", done,
	    count);
}

void
progress_erase(void)
{
	fputs("\r\033[K", stderr);
}
