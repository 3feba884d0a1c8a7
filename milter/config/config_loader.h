#ifndef CONFIG_CONFIG_LOADER_H
#define CONFIG_CONFIG_LOADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wordlist.h"
#include "config/config.h"

struct buf;
struct config_row;

#define CONFIG_DEPTH_MAX 8
#define CONFIG_PATH_OCTETS 1024

/* The files of a conf while they are read: for config_file.c alone. */

/* A file being read, or the command line (no text, line 0). */
struct config_source {
	char *path;
	char *text;
	char *rest; /* what is not read yet; NULL at the end */
	int line;
	bool theirs;              /* a file of OpenDMARC */
	struct wordlist included; /* by this line, and read before the next one */
	size_t included_read;
};

struct config_loader {
	struct config *config;
	const struct config_reader *reader;
	struct config_source
	    sources[CONFIG_DEPTH_MAX]; /* each included by the one before */
	int depth;
	int files;
	size_t bytes;
	/* "file:line: NAME" of the first key that only OpenDMARC has; NULL: none yet */
	char *opendmarc;
	const struct config_row *choice; /* what its choice set; NULL: it made none */
	struct buf *why;
};

/* What is wrong is told behind "file:line: ", so that begins ${why} at each line. */
void config_loader_say_place(struct config_loader *l, const struct config_source *source);

/* Onto the end of ${why}.  Always false. */
bool config_loader_fail(struct config_loader *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Among the warnings of the config, behind file and line. */
void config_loader_warn(struct config_loader *l, const struct config_source *from,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A relative path is taken from the folder of the file that names it. */
bool config_loader_path(struct config_loader *l, const struct config_source *from,
    const char *name, char path[CONFIG_PATH_OCTETS]);

/* Reads a file; on failure ${why} goes on behind the place that asked for it. */
bool config_loader_open(
    struct config_loader *l, struct config_source *source, const char *path);
void config_loader_close(struct config_source *source);

/* The next line that says something, without comment and blanks around; NULL: none. */
char *config_loader_line(struct config_loader *l, struct config_source *source);

#endif
