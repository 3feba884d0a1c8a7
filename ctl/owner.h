#ifndef CTL_OWNER_H
#define CTL_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/* As root: become ${user} of ${group}, for good; all else that root has goes. */
bool owner_become(uid_t user, gid_t group);

/*
 * The same for who is about to read what strangers may have written.  Where there is a
 * terminal it goes on in a child of a session of its own: without a terminal it cannot
 * type at root's (ioctl_tty(2), TIOCSTI).  The caller's own process waits, and ends as
 * the child does.  No threads yet.
 */
bool owner_become_apart(uid_t user, gid_t group);

/* Whom UserID names (USER or USER:GROUP); false: nobody, or root. */
bool owner_find(const char *user, uid_t *id, gid_t *group);

#endif
