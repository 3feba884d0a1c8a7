#ifndef CTL_HISTORY_SHIP_LOCK_H
#define CTL_HISTORY_SHIP_LOCK_H

#include <stdbool.h>

/*
 * One at a time copies the history at ${path} to the server, or takes away what is to be
 * forgotten: else a row could be copied just after it was forgotten.  The lock is a file
 * beside it, ${path}.ship.  Returns a descriptor to close(); -1, which has been said:
 * another has it (EX_TEMPFAIL) or it cannot be made (EX_IOERR), in *code.
 */
int ship_lock_take(const char *path, bool wait, int *code);

#endif
