#ifndef EXPIRY_H
#define EXPIRY_H

struct parts;

/*
 * The first message of a day tells which Overrides have run out, or will soon.  ${today}:
 * base/day.h.  Any thread.
 */
void expiry_tell(const struct parts *parts, int today);

#endif
