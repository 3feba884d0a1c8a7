/*
 * Files of the three programs that beschermctl conf converts: the first octet says of
 * which.  What is made must load.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "ctl/conf/convert.h"
#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATH_SIZE 40

/* A regular file without a name, and the ${path} that leads to it. */
static int
make_file(const void *text, size_t len, char path[PATH_SIZE])
{
	int fd = memfd_create("conf", MFD_CLOEXEC);

	if (fd == -1 || write(fd, text, len) != (ssize_t)len)
		abort();
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
	return fd;
}

/* Each warning would be a line; what is wrong is told by abort(). */
static void
be_silent(void)
{
	static FILE *nowhere;

	if (nowhere != NULL)
		return;
	nowhere = fopen("/dev/null", "w");
	if (nowhere == NULL)
		abort();
	stderr = nowhere;
}

static void
must_load(const char *text, size_t len)
{
	char path[PATH_SIZE], why[4096];
	int fd = make_file(text, len, path);
	struct config *config =
	    config_load(path, settings_reader(), NULL, 0, why, sizeof why);

	if (config == NULL)
		abort();
	config_free(config);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct convert_from from = { 0 };
	const char **const kinds[] = { &from.opendmarc, &from.opendkim,
		&from.policyd_spf };
	char path[PATH_SIZE], *made = NULL;
	size_t len;
	FILE *out;
	int fd;

	if (size == 0)
		return 0;
	be_silent();
	fd = make_file(data + 1, size - 1, path);
	*kinds[data[0] % 3] = path;
	out = open_memstream(&made, &len);
	if (out == NULL)
		abort();
	if (convert_run(&from, out) == EX_OK) {
		fflush(out);
		must_load(made, len);
	}
	fclose(out);
	free(made);
	close(fd);
	return 0;
}
