#ifndef CTL_CONF_CONVERT_H
#define CTL_CONF_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One line of such a file. */
struct convert_entry {
	char *key, *value; /* the value without the quotes around all of it */
	int line;
	bool open;   /* a quote in it is not closed, or does not hold all of it */
	bool equals; /* there is a "=" behind the key */
	bool last;   /* no later line has that key: this one counts */
};

/* A file that is converted. */
struct convert_file {
	const char *path;
	bool equals; /* "key = value" */
	struct convert_entry *entries;
	size_t count;
};

/* The conf that is made. */
struct convert {
	FILE *out;
	char **settings; /* "Key=Value", for a load of the whole at the end */
	size_t setting_count;
	const struct convert_file *file; /* the entry in work, for messages */
	const struct convert_entry *entry;
	bool failed; /* a message has been given */
	bool alone;  /* no file of OpenDMARC is there */
};

/* Files of the three programs whose place we take; NULL: none. */
struct convert_from {
	const char *opendmarc, *opendkim, *policyd_spf;
};

/*
 * Write to ${out} a beschermd.conf that does what OpenDMARC, OpenDKIM's verifier and
 * policyd-spf (postfix-policyd-spf-python) do with their files.  Warnings
 * and errors go to standard error with file and line.  Returns what to exit with:
 * EX_OK, EX_NOINPUT (a file cannot be read), EX_CONFIG; then nothing is written.
 */
int convert_run(const struct convert_from *from, FILE *out);

/* The rest is for the readers of files. */

/* The last entry called ${key}, any case; NULL: none. */
const struct convert_entry *convert_find(
    const struct convert_file *file, const char *key);

/* Does its value begin as a positive Boolean does (T, Y, 1)? */
bool convert_is_true(const struct convert_entry *entry);

/* "# file:line: Key value", with ": ${note}" if it is not NULL. */
void convert_quote(struct convert *c, const char *note);

/* A key that another program knows, and what it becomes. */
struct convert_key {
	const char *key, *note; /* note: only a comment */
	void (*convert)(struct convert *);
};

/*
 * Each entry of ${file} by that table; what is no key in it, and what has no value, are
 * handed to the others.
 */
void convert_by_keys(struct convert *c, const struct convert_file *file,
    const struct convert_key *keys, size_t count, void (*unknown)(struct convert *),
    void (*empty)(struct convert *));

/* "# ${text}" in the conf, before a setting that no line of the file asks for. */
void convert_comment(struct convert *c, const char *text);

/* One setting.  ${value} is quoted where it must be; a list is given as it is. */
void convert_set(struct convert *c, const char *name, const char *value);

/* Is there a line of ${name} already? */
bool convert_has_set(const struct convert *c, const char *name);

/* False, and that is told: the value cannot be used, as a quote in it is not closed. */
bool convert_is_closed(struct convert *c);

/* An Include names another file, which is left to the admin. */
void convert_include(struct convert *c);

/* Say it on standard error, behind file and line of the entry (none: the file). */
void convert_warn(const struct convert *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void convert_fail(struct convert *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
