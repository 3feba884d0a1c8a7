#ifndef CTL_OPTION_VALUE_H
#define CTL_OPTION_VALUE_H

#include <stdbool.h>

/*
 * Values of options of the command line that several verbs have.  What returns false has
 * said why.
 */

/* Says that ${value} is not ${wanted}; false. */
bool option_value_refuse(const char *option, const char *value, const char *wanted);

bool option_value_path(const char *option, const char *value, const char **path);

/* --lang: a language of the pages. */
bool option_value_language(const char *value, const char **language);

/*
 * Speak *${language}, or that of the translations where it is NULL, which it is from then
 * on: in UTF-8 whatever the locale, but for a terminal that was not asked for a language.
 * EX_OK, or what to exit with.
 */
int option_value_speak(const char **language, bool is_for_terminal);

#endif
