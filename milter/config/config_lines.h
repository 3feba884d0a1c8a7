#ifndef CONFIG_CONFIG_LINES_H
#define CONFIG_CONFIG_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wordlist.h"

struct buf;
struct config_reader;

/*
 * The lines of a file of settings and of those that it includes, whatever its keys are:
 * comments, Include, and the place of each line.
 */

#define CONFIG_DEPTH_MAX 8
#define CONFIG_PATH_OCTETS 1024

/* A file being read, or the command line (no text, line 0). */
struct config_source {
	char *path;
	char *text;
	char *rest; /* what is not read yet; NULL at the end */
	int line;
	bool theirs;              /* ${is_theirs} of its text */
	struct wordlist included; /* by this line, and read before the next one */
	size_t included_read;
};

struct config_lines {
	const struct config_reader *reader;
	struct buf *why;
	/* Told of each file, or pattern of files, before it is read, with the place that
	 * asked for it as it begins ${why}; NULL: nobody */
	void (*opens)(void *arg, const char *path, const char *place);
	void *arg;
	bool (*is_theirs)(const char *text); /* is it another program's file?  Or NULL */
	struct config_source
	    sources[CONFIG_DEPTH_MAX]; /* each included by the one before */
	int depth;
	int files;
	size_t bytes;
};

/* What is wrong is told behind "file:line: ", so that begins ${why} at each line. */
void config_lines_say_place(struct config_lines *l, const struct config_source *source);

/* Onto the end of ${why}.  Always false. */
bool config_lines_fail(struct config_lines *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A relative path is taken from the folder of the file that names it. */
bool config_lines_path(struct config_lines *l, const struct config_source *from,
    const char *name, char path[CONFIG_PATH_OCTETS]);

/* Reads a file; on failure ${why} goes on behind the place that asked for it. */
bool config_lines_open(
    struct config_lines *l, struct config_source *source, const char *path);
void config_lines_close(struct config_source *source);

/* The next line of that file that says something, without comment and blanks around;
 * NULL: none. */
char *config_lines_of(struct config_lines *l, struct config_source *source);

/* Take ${path} for the first file; config_lines_end() in any case. */
bool config_lines_begin(struct config_lines *l, const char *path);
void config_lines_end(struct config_lines *l);

enum config_lines_step { CONFIG_LINES_END, CONFIG_LINES_LINE, CONFIG_LINES_MISTAKE };

/*
 * The next line of all, and whose it is; or a mistake with ${why}, after which it goes
 * on.
 */
enum config_lines_step config_lines_next(
    struct config_lines *l, struct config_source **source, char **line);

/* Split a line in place: its key, and what stands behind the blanks. */
char *config_lines_value(char *line);

/* The value of a line whose key is Include: what it names comes before the next line. */
bool config_lines_include(
    struct config_lines *l, struct config_source *from, char *value);

/* One more line of ${all}, and ${why} is empty: all mistakes are told at once. */
void config_lines_note(struct config_lines *l, struct buf *all);

#endif
