#ifndef CTL_AUDIT_ASK_KEY_H
#define CTL_AUDIT_ASK_KEY_H

struct ask;
struct plan_domain;
struct wordlist;

/* DKIM keys: at the selectors that the plan names, else those known and customary. */
void ask_key_begin(
    struct ask *a, const struct plan_domain *domain, const struct wordlist *earlier);
void ask_key_all(
    struct ask *a, const struct plan_domain *domain, const struct wordlist *earlier);

#endif
