#ifndef CTL_JUDGE_EXPLAIN_PARTS_H
#define CTL_JUDGE_EXPLAIN_PARTS_H

#include "policy/rule.h"

struct judged;
struct page;

/* The parts of an explanation, in the order in which they are read. */
void explain_verdict_print(const struct page *p, const struct judged *j);
void explain_sender_print(const struct page *p, const struct judged *j);
void explain_spf_print(const struct page *p, const struct judged *j);
void explain_dkim_print(const struct page *p, const struct judged *j);
void explain_dmarc_print(const struct page *p, const struct judged *j);
void explain_rule_print(const struct page *p, const struct judged *j);
void explain_header_print(const struct page *p, const struct judged *j);
void explain_dns_print(const struct page *p, const struct judged *j);

/* "refused", or what else became of it. */
const char *explain_verdict_word(const struct judged *j);

/*
 * What a rule is about, for each; and why it is not what the domain asks for, for those
 * that are local policy whatever they do (others: NULL).  To be translated by _().
 */
const char *explain_rule_about(enum rule rule);
const char *explain_rule_why(enum rule rule);

#endif
