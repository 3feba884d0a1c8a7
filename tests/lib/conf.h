#ifndef TESTS_CONF_H
#define TESTS_CONF_H

#include <stddef.h>

struct config;

/* Settings for a test, from text.  For one thread. */
struct conf_file {
	const char *path, *text;
	size_t len; /* 0: strlen(text) */
};

/* Why the last load came to nothing. */
const char *conf_why(void);

/* Load the first of ${files}; the others are there to be included.  NULL: conf_why(). */
struct config *conf_load_files(const struct conf_file *files, size_t count);

/* Load ${text} as main.conf, with ${settings} on top. */
struct config *conf_load(const char *text);
struct config *conf_load_settings(
    const char *text, const char *const *settings, size_t count);

/* The same, but ends the test program if it is refused. */
struct config *conf_good(const char *text);

/* All that config_print() says, free()d by the caller. */
char *conf_print(const struct config *config);

/*
 * What config_print() says of ${name}, its origin cut off; the last line of that name.
 * Good until the next call.
 */
const char *conf_printed(const struct config *config, const char *name);

#endif
