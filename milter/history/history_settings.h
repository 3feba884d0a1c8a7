#ifndef HISTORY_HISTORY_SETTINGS_H
#define HISTORY_HISTORY_SETTINGS_H

#include <stdint.h>

/* Settings that were in force, and their row in the file that is open. */
struct history_settings {
	char *version, *text;
	int64_t id;
	unsigned
	    generation; /* of which the id is: a file that is opened anew has others */
	struct history_settings *next;
};

/* Those of ${list} that say ${text}, put there if none do.  Texts are copied. */
struct history_settings *history_settings_find(
    struct history_settings **list, const char *version, const char *text);
void history_settings_free(struct history_settings *list); /* all of them */

#endif
