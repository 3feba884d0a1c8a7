#ifndef CTL_JUDGE_EXPLAIN_PARTS_H
#define CTL_JUDGE_EXPLAIN_PARTS_H

#include "policy/rule.h"

struct config;
struct judged;
struct page;

/* The parts of an explanation, in the order in which they are read. */
void explain_verdict_print(const struct page *p, const struct judged *j);
void explain_sender_print(const struct page *p, const struct judged *j);
void explain_spf_print(const struct page *p, const struct judged *j);
void explain_dkim_print(const struct page *p, const struct judged *j);
void explain_dmarc_print(const struct page *p, const struct judged *j);
void explain_forward_print(const struct page *p, const struct judged *j);
void explain_rule_print(const struct page *p, const struct judged *j);
void explain_header_print(const struct page *p, const struct judged *j);
void explain_dns_print(const struct page *p, const struct judged *j);
void explain_advice_print(const struct page *p, const struct judged *j);

/* "refused", or what else became of it. */
const char *explain_verdict_word(const struct judged *j);

/* A row with the value of ${setting}, and where it comes from. */
void explain_rule_print_setting(
    const struct page *p, const struct config *config, const char *setting);

/* What is said of a rule: our own phrases, to be translated by _(). */
struct explain_rule {
	const char *about; /* whom it is for: never NULL */
	const char *why;   /* why it is not what the domain asks for; NULL: it may be */
};

const struct explain_rule *explain_rule_of(enum rule rule);

#endif
