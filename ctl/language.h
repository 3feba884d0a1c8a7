#ifndef CTL_LANGUAGE_H
#define CTL_LANGUAGE_H

#include <stdbool.h>

/*
 * In which language the program speaks: the locale's, or one that was asked for.  gettext
 * knows the locale's alone, and a host that serves Dutch pages may have no Dutch locale:
 * so we read the catalogue of the asked one ourselves.  Text is UTF-8 then.  One thread.
 */

/* "en": as it stands in the code; another such as "nl": its catalogue.  False, and all
 * stays as it was: there is none. */
bool language_choose(const char *language);

/* The translation of ${text}; itself if there is none. */
const char *language_text(const char *text) __attribute__((format_arg(1)));
const char *language_plural(const char *one, const char *many, unsigned long n)
    __attribute__((format_arg(1), format_arg(2)));

#endif
