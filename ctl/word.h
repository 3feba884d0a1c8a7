#ifndef CTL_WORD_H
#define CTL_WORD_H

#include "mail/evidence.h"

/*
 * What the words of evidence_*_name() mean, as history and traces hold them.  One that
 * they should not hold is what helps a message least.
 */
enum spf_result word_spf_result(const char *word);
enum dkim_result word_dkim_result(const char *word);
enum dmarc_result word_dmarc_result(const char *word);
enum dmarc_policy word_dmarc_policy(const char *word);
enum dmarc_tag word_dmarc_tag(const char *word);
enum forwarded word_forwarded(const char *word);
enum from_status word_from_status(const char *word);
enum from_bounce word_from_bounce(const char *word);
enum relay_results word_relay_results(const char *word);

/* The word of our own result in the ${reason} of one that a relay gave; NULL: it is ours.
 */
const char *word_of_own(const char *reason);

#endif
