#include <string.h>

#include "ctl/word.h"

enum spf_result
word_spf_result(const char *word)
{
	for (enum spf_result r = SPF_NONE; r <= SPF_PERMERROR; r++) {
		if (strcmp(evidence_spf_name(r), word) == 0)
			return r;
	}
	return SPF_NONE;
}

enum dkim_result
word_dkim_result(const char *word)
{
	for (enum dkim_result r = DKIM_NONE; r <= DKIM_PERMERROR; r++) {
		if (strcmp(evidence_dkim_name(r), word) == 0)
			return r;
	}
	return DKIM_NEUTRAL;
}

enum dmarc_result
word_dmarc_result(const char *word)
{
	for (enum dmarc_result r = DMARC_NONE; r <= DMARC_PERMERROR; r++) {
		if (strcmp(evidence_dmarc_name(r), word) == 0)
			return r;
	}
	return DMARC_PERMERROR;
}

enum dmarc_policy
word_dmarc_policy(const char *word)
{
	for (enum dmarc_policy p = DMARC_P_NONE; p <= DMARC_P_REJECT; p++) {
		if (strcmp(evidence_policy_name(p), word) == 0)
			return p;
	}
	return DMARC_P_REJECT;
}

enum dmarc_tag
word_dmarc_tag(const char *word)
{
	for (enum dmarc_tag t = DMARC_TAG_P; t <= DMARC_TAG_NP; t++) {
		if (strcmp(evidence_tag_name(t), word) == 0)
			return t;
	}
	return DMARC_TAG_P;
}

enum forwarded
word_forwarded(const char *word)
{
	for (enum forwarded f = FORWARDED_NO; f <= FORWARDED_SRS; f++) {
		if (strcmp(evidence_forwarded_name(f), word) == 0)
			return f;
	}
	return FORWARDED_UNASKED;
}

enum from_status
word_from_status(const char *word)
{
	for (enum from_status s = FROM_OK; s <= FROM_HEADER_FLOOD; s++) {
		if (strcmp(evidence_from_name(s), word) == 0)
			return s;
	}
	return FROM_MALFORMED;
}

enum from_bounce
word_from_bounce(const char *word)
{
	if (strcmp(word, "mailer") == 0)
		return FROM_BOUNCE_MAILER;
	return strcmp(word, "word") == 0 ? FROM_BOUNCE_WORD : FROM_BOUNCE_NAMELESS;
}

enum relay_results
word_relay_results(const char *word)
{
	for (enum relay_results r = RELAY_RESULTS_HELD; r <= RELAY_RESULTS_READ; r++) {
		if (strcmp(evidence_relay_results_name(r), word) == 0)
			return r;
	}
	return RELAY_RESULTS_UNASKED;
}

const char *
word_of_own(const char *reason)
{
	static const char start[] = EVIDENCE_BY_RELAY;

	if (reason == NULL || strncmp(reason, start, sizeof start - 1) != 0)
		return NULL;
	return reason + sizeof start - 1;
}
