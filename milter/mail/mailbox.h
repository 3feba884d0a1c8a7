#ifndef MAIL_MAILBOX_H
#define MAIL_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads an address-list (RFC 5322 section 3.4, RFC 6854) mailbox by mailbox, the
 * obsolete forms of section 4.4 too, but none that another reader could take for
 * another domain: no white space or comment within a domain, no encoded-word in a
 * local part (RFC 2047 section 5 forbids it, and some decode before they parse).
 */
struct mailbox_reader {
	const char *p;
	const char *element; /* where what is read now began: behind a comma */
	bool in_group;
	const char *fault; /* why the rest cannot be read, a constant; NULL */
};

struct mailbox {
	/* All three as written, in the value that is read; not checked. */
	const char *domain;
	size_t domain_len; /* above 0 */
	const char *address;
	size_t address_len; /* from local part to domain */
	const char *text;   /* all since the comma before, up to the separator */
	size_t text_len;
};

/* Start on ${value}, which must outlive the reader. */
void mailbox_begin(struct mailbox_reader *r, const char *value);

/* The next one.  False: no more, or ${r->fault}, and then nothing read counts. */
bool mailbox_next(struct mailbox_reader *r, struct mailbox *m);

#endif
