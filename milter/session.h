#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/ip.h"
#include "policy/actions.h"
#include "policy/verdict.h"

struct evidence;
struct parts_store;
struct questions;

/*
 * One SMTP connection, told in the order of SMTP.  Knows no milter: milter.c drives
 * it from libmilter's callbacks, tests/scenario.c from a text file, beschermctl from
 * a message file.  Used by one thread at a time, not always the same.
 */
struct session;

/*
 * ${host_name} is the MTA's own (macro j); NULL or "": the name of this host is taken
 * for it.  ${client_name} may be NULL.
 */
struct session *session_new(struct parts_store *parts, struct ip client,
    const char *client_name, const char *host_name);
void session_free(struct session *s); /* NULL: nothing */

/*
 * What the MTA says that it is (macro v); NULL, or not said: not Postfix, so that what
 * Sendmail would make of an address counts.
 */
void session_mta(struct session *s, const char *version);
/* The service that took the connection (macro {daemon_name}; NULL: not said).  True: it
 * brings test messages of ours (proof.h), for which session_mail() may start threads. */
bool session_service(struct session *s, const char *daemon_name);
void session_helo(struct session *s, const char *name); /* any number of times */
void session_authenticated(struct session *s, bool yes);
void session_clock(
    struct session *s, time_t now); /* the time to go by; 0: the real one */

/* What to do with a message after MAIL. */
enum session_next {
	SESSION_GO_ON,
	SESSION_ACCEPT /* an ignored client: nothing more is wanted, it was reported */
};

/*
 * A message: mail, then header..., eoh, body..., end, done; or abort at any point,
 * also when no message is under way.  A new mail drops a message under way.
 */
enum session_next session_mail(
    struct session *s, const char *mail_from, const char *queue_id);
void session_header(struct session *s, const char *name, const char *value);
void session_eoh(struct session *s, const char *queue_id);
void session_body(struct session *s, const unsigned char *data, size_t len);

/* The whole way of a message: checks, verdict, actions, which live until done.
 * A message must be under way. */
const struct actions *session_end(struct session *s);
void session_done(struct session *s); /* reports, forgets the message */
void session_abort(struct session *s);

/* Between session_end() and session_done(): for tests and beschermctl. */
const struct evidence *session_evidence(const struct session *s);
const struct verdict *session_verdict(const struct session *s);
const struct questions *session_questions(const struct session *s);

#endif
