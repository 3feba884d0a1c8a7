#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/oserror.h"

/* Until its end, whatever stat() said: it may grow meanwhile. */
char *
file_read_all(int fd, size_t max, size_t *len)
{
	size_t size = 4096, used = 0;
	char *data = mem_alloc(size);
	ssize_t n;

	while ((n = read(fd, data + used, size - used - 1)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			goto fail;
		used += (size_t)n;
		if (used > max) {
			errno = EFBIG;
			goto fail;
		}
		if (used == size - 1)
			data = mem_realloc(data, size *= 2);
	}
	data[used] = '\0';
	*len = used;
	return data;
fail:
	free(data);
	return NULL;
}

char *
file_read(const char *path, size_t max, size_t *len, char *why, size_t whysize)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *reason = NULL;
	char *data = NULL;
	struct stat st;
	size_t got;

	if (fd != -1 && fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode))
			data = file_read_all(fd, max, &got);
		else if (S_ISDIR(st.st_mode))
			errno = EISDIR;
		else
			reason = "not a regular file";
	}
	if (data == NULL)
		snprintf(why, whysize, "%s: %s", path,
		    reason != NULL ? reason : oserror_text(errno));
	else if (len != NULL)
		*len = got;
	if (fd != -1)
		close(fd);
	return data;
}
