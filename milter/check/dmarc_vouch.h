#ifndef CHECK_DMARC_VOUCH_H
#define CHECK_DMARC_VOUCH_H

struct evidence;
struct orgdomain_list;

enum dmarc_vouch { DMARC_VOUCH_NONE, DMARC_VOUCH_TEMPERROR, DMARC_VOUCH_PASS };

/*
 * Does SPF or a signature of ${ev} vouch for its author domain, whether or not that has a
 * policy: is what passed the same name, or one of the two within the other and the upper
 * one no public suffix of ${suffixes} (NULL: not known, so the same name only)?
 * TEMPERROR: only what gave no answer would.  Where the record itself gave none, siblings
 * may be aligned: PASS means then what it would if there were none.  Pure.
 */
enum dmarc_vouch dmarc_vouch(
    const struct evidence *ev, const struct orgdomain_list *suffixes);

#endif
