#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>

struct parts;

/*
 * How it is with the daemon, in one line for who asks the service manager: the mode, the
 * messages since the start, and what is wrong.  ${refused}: the last reload was.  Returns
 * ${text}; "": there is nothing to say.
 */
#define STATUS_SIZE 400
const char *status_text(const struct parts *parts, bool refused, char text[STATUS_SIZE]);

#endif
