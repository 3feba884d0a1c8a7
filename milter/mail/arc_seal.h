#ifndef MAIL_ARC_SEAL_H
#define MAIL_ARC_SEAL_H

struct header_list;
struct pool;

/* As many as a chain may have (RFC 8617 section 4.2.1), and octets of one. */
#define ARC_SEAL_FIELDS_MAX 50
#define ARC_SEAL_OCTETS_MAX 4096

/*
 * Who says that it sealed the message last: "fwd.example/2", d= and i= of the ARC-Seal
 * field with the highest i, in ${pool}.  Nothing is verified: anybody can write such a
 * field.  Of what is kept, the first ARC_SEAL_FIELDS_MAX are looked at; one that is not
 * of the grammar, or over ARC_SEAL_OCTETS_MAX, is as if it were not there.  NULL: none
 * names anybody, or several of the highest i name different ones.  Pure.
 */
const char *arc_seal_last(const struct header_list *list, struct pool *pool);

#endif
