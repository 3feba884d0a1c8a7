#ifndef GUARDS_H
#define GUARDS_H

#include <stdio.h>

/*
 * For -V: the libraries in use with their versions, what keeps each from what others
 * send, and how this program itself was built and is bounded.  Asks nobody.
 */
void guards_print(FILE *out);

#endif
