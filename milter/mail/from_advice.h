#ifndef MAIL_FROM_ADVICE_H
#define MAIL_FROM_ADVICE_H

struct from_evidence;

/*
 * What the sender of a message with a bad From can do about it, in words for who writes
 * mail and not for who reads RFCs.  A constant; NULL: nothing that we know.  Pure.
 */
const char *from_advice(const struct from_evidence *from);

#endif
