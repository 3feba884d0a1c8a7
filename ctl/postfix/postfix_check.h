#ifndef CTL_POSTFIX_POSTFIX_CHECK_H
#define CTL_POSTFIX_POSTFIX_CHECK_H

#include <stddef.h>

struct postfix_setup;

/* Read Postfix's side.  0, or -1 with ${why}: there is none. */
int postfix_check_begin(struct postfix_setup *setup, char *why, size_t whysize);

/*
 * Print a line for each thing that is well, that is to be mended, with the command, or
 * that the admin has to look at; counts those to be mended.
 */
void postfix_check_all(struct postfix_setup *setup);

#endif
