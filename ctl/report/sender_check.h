#ifndef CTL_REPORT_SENDER_CHECK_H
#define CTL_REPORT_SENDER_CHECK_H

struct access;
struct parts;

/*
 * `report --check`: what is missing before reports can be sent, on standard output.
 * Returns what to exit with: 0, or 1 where there is something to mend.
 */
int sender_check_print(const struct access *access, const struct parts *parts);

#endif
