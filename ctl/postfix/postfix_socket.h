#ifndef CTL_POSTFIX_POSTFIX_SOCKET_H
#define CTL_POSTFIX_POSTFIX_SOCKET_H

struct postfix_setup;

/* One of postfix_check_all(): does Postfix's user reach what smtpd_milters should name?
 */
void postfix_socket_check(struct postfix_setup *setup);

/* The group of that user, by which a socket is made for it. */
const char *postfix_socket_group(const struct postfix_setup *setup);

#endif
