#ifndef CTL_REPLACE_H
#define CTL_REPLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Put ${data} in place of the file ${path}, whole or not at all: it is written as
 * PATH.new of mode ${mode} and renamed.  As root we become the owner of the first folder
 * on the way that is not root's, for good, as its owner could lead us elsewhere: so it is
 * the last thing that a program does.  False, which has been said.
 */
bool replace_file(const char *path, const void *data, size_t len, int mode);

/* Make the folder ${path} of ${mode}, as the same owner, unless it is there.  False,
 * which has been said. */
bool replace_make_folder(const char *path, int mode);

#endif
