#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include <libintl.h>

#include "ctl/language.h"

/*
 * Everything beschermctl says to people passes _() or ngettext(), and N_() marks what
 * stands in a table and passes _() when it is printed.  What programs read (JSON, conf
 * files, terms of the protocols such as softfail or p=reject) stays as it is.
 */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _(text) language_text(text)
#define N_(text) text
#undef ngettext
#define ngettext(one, many, n) language_plural(one, many, n)

#endif
