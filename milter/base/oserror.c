#include <string.h>

#include "base/oserror.h"

const char *
oserror_text(int error)
{
	/* The two strerror_r() differ by a macro; this one has a buffer a thread since
	 * glibc 2.32. */
	return strerror(error); /* NOLINT(concurrency-mt-unsafe) */
}
