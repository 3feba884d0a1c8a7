#ifndef BASE_OSERROR_H
#define BASE_OSERROR_H

/* What an errno means, for people.  Any thread; good until the next call in it. */
const char *oserror_text(int error);

#endif
