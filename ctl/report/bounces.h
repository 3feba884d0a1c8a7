#ifndef CTL_REPORT_BOUNCES_H
#define CTL_REPORT_BOUNCES_H

struct access;

/*
 * `report --bounces`: addresses whose report came back get none for a while.  Reads what
 * is new in the Maildir ReportBounces; what it used is no longer new, the rest is left.
 * Returns what to exit with.
 */
int bounces_read(struct access *access);

#endif
