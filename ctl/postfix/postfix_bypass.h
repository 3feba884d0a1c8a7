#ifndef CTL_POSTFIX_POSTFIX_BYPASS_H
#define CTL_POSTFIX_POSTFIX_BYPASS_H

struct postfix_setup;

/*
 * One of postfix_check_all(): we are in smtpd_milters, but is the message shown to us
 * (smtpd_proxy_filter, no_milters), and what we must know of it (macros)?
 */
void postfix_bypass_check(struct postfix_setup *setup);

#endif
