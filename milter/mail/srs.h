#ifndef MAIL_SRS_H
#define MAIL_SRS_H

struct pool;

/*
 * The domain whose address a forwarder rewrote into ${local}, a local part as said:
 * "SRS0=HASH=TT=example.nl=joe" (the Sender Rewriting Scheme, in any case; "+" or "-" for
 * its first "="), in normal form, in ${pool}.  NULL: it is none.  SRS1 is none: it names
 * the forwarder before, and whose address that had in hand stands nowhere.  Only who made
 * it could check the hash: anybody can write such a local part.  Pure.
 */
const char *srs_inner_domain(const char *local, struct pool *pool);

#endif
