#ifndef CTL_REPORT_HAND_OVER_H
#define CTL_REPORT_HAND_OVER_H

#include <stddef.h>

/* A mail to one recipient, given to the MTA by its sendmail(1). */
enum hand_over_result {
	HAND_OVER_SENT, /* the MTA has it */
	HAND_OVER_REFUSED /* and would again */,
	HAND_OVER_LATER /* it may take it another time, or has it already */
};

/* Waits for ${program}, 60 seconds.  *code: what it exited with, -1: it did not. */
enum hand_over_result hand_over_mail(const char *program, const char *from,
    const char *to, const char *text, size_t len, int *code);

#endif
