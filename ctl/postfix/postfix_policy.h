#ifndef CTL_POSTFIX_POSTFIX_POLICY_H
#define CTL_POSTFIX_POSTFIX_POLICY_H

struct postfix_setup;

/*
 * The names in smtpd_restriction_classes, the admin's own lists of restrictions, which
 * the others may hold; ends with NULL.
 */
const char *const *postfix_policy_classes(const struct postfix_setup *setup);

/*
 * One of postfix_check_all(): policy services that restrictions ask and that are gone,
 * as an SPF filter is whose package was removed; and one that is there still.
 */
void postfix_policy_check(struct postfix_setup *setup);

#endif
