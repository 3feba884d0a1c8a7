#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <opendkim/dkim.h>

#include "base/mem.h"
#include "base/unconst.h"
#include "check/header_hash.h"

/* libopendkim holds t= and x= against the clock of this host, we against the time
 * of the message.  So wide a drift takes its opinion away: it then minds only an x=
 * or t= 30 years off, and a t= before September 2001, when there was no DKIM. */
#define LIBRARY_DRIFT UINT64_C(1000000000)

struct header_hash_lib {
	DKIM_LIB *library;
};

static bool
set_option(DKIM_LIB *library, dkim_opts_t option, void *value, size_t size)
{
	return dkim_options(library, DKIM_OP_SETOPT, option, value, size) == DKIM_STAT_OK;
}

struct header_hash_lib *
header_hash_open(char *why, size_t whysize)
{
	u_int flags = DKIM_LIBFLAGS_BADSIGHANDLES | DKIM_LIBFLAGS_DELAYSIGPROC;
	uint64_t drift = LIBRARY_DRIFT;
	DKIM_LIB *library = dkim_init(NULL, NULL);
	struct header_hash_lib *lib;

	if (library == NULL ||
	    !set_option(library, DKIM_OPTS_FLAGS, &flags, sizeof flags) ||
	    !set_option(library, DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift)) {
		snprintf(why, whysize, "libopendkim cannot be set up");
		if (library != NULL)
			dkim_close(library);
		return NULL;
	}
	lib = mem_alloc(sizeof *lib);
	lib->library = library;
	return lib;
}

void
header_hash_close(struct header_hash_lib *lib)
{
	if (lib == NULL)
		return;
	dkim_close(lib->library);
	free(lib);
}

/*
 * The library writes one pointer past an array when an h= names more fields than
 * there are and uses up all of them.  A field that no h= can name is never used up.
 */
static const char guard_field[] = "x y: z";

static bool
feed(DKIM *handle, const char *text, size_t len)
{
	DKIM_STAT status = dkim_header(handle, (u_char *)unconst(text), len);

	/* A field that it refuses for its syntax is one that no h= can name. */
	return status == DKIM_STAT_OK || status == DKIM_STAT_SYNTAX;
}

/* What no h= names is not fed: the library would copy it and never look at it again. */
static bool
feed_all(DKIM *handle, const struct dkim_field *field, struct header_hash *const *wanted,
    size_t wanted_count)
{
	struct dkim_field_names named = { { false } };

	dkim_field_names_add(&named, "DKIM-Signature");
	for (size_t i = 0; i < wanted_count; i++)
		dkim_field_names_add(&named, wanted[i]->signature->fields);
	if (!feed(handle, guard_field, sizeof guard_field - 1))
		return false;
	for (; field != NULL; field = field->next) {
		if (!field->skipped && dkim_field_names_may_hold(&named, field) &&
		    !feed(handle, field->text, field->len))
			return false;
	}
	return true;
}

/*
 * Ends the header and, all signatures ignored, the message.  Keys and body stay
 * unasked for; the header hashes are ready then.
 */
static bool
finish(DKIM *handle, DKIM_SIGINFO ***infos, int *count, bool readable[HEADER_HASHES_MAX])
{
	bool testing;

	if (dkim_eoh(handle) != DKIM_STAT_OK ||
	    dkim_getsiglist(handle, infos, count) != DKIM_STAT_OK ||
	    *count > HEADER_HASHES_MAX)
		return false;
	for (int i = 0; i < *count; i++) {
		/* Asked before dkim_eom() changes it.  Any other state and
		 * dkim_sig_gethashes() would be an assertion that ends us. */
		readable[i] = dkim_sig_geterror((*infos)[i]) == DKIM_SIGERROR_UNKNOWN;
		dkim_sig_ignore((*infos)[i]);
	}
	return dkim_eom(handle, &testing) == DKIM_STAT_NOSIG;
}

static void
refuse(struct header_hash *hash, enum dkim_result result, const char *reason)
{
	hash->result = result;
	hash->reason = reason;
}

/* Has the library read the same as we have? */
static bool
agrees(DKIM_SIGINFO *info, const char *tag, const char *value)
{
	const u_char *its = dkim_sig_gettagvalue(info, false, (u_char *)unconst(tag));

	return its != NULL && strcmp((const char *)its, value) == 0;
}

static void
take(struct header_hash *hash, DKIM_SIGINFO *info)
{
	const struct dkim_signature *s = hash->signature;
	void *value = NULL, *body = NULL;
	size_t len = 0, body_len = 0;

	if (!agrees(info, "h", s->fields) || !agrees(info, "a", s->algorithm) ||
	    !agrees(info, "b", s->b)) {
		refuse(hash, DKIM_NEUTRAL, "cannot be checked: can be read in two ways");
		return;
	}
	if (dkim_sig_gethashes(info, &value, &len, &body, &body_len) != DKIM_STAT_OK ||
	    len != DKIM_HASH_SIZE) {
		refuse(hash, DKIM_TEMPERROR, "libopendkim gave no hash");
		return;
	}
	memcpy(hash->value, value, DKIM_HASH_SIZE);
}

static bool
ask(DKIM *handle, const struct dkim_field *fields, struct header_hash *const *wanted,
    size_t wanted_count)
{
	DKIM_SIGINFO **infos;
	bool readable[HEADER_HASHES_MAX] = { false };
	int count;

	if (!feed_all(handle, fields, wanted, wanted_count) ||
	    !finish(handle, &infos, &count, readable) || (size_t)count != wanted_count)
		return false;
	for (size_t i = 0; i < wanted_count; i++) {
		if (readable[i])
			take(wanted[i], infos[i]);
		else
			refuse(wanted[i], DKIM_NEUTRAL,
			    "cannot be checked: libopendkim does not read it");
	}
	return true;
}

bool
header_hash_ask(struct header_hash_lib *lib, const struct dkim_field *fields,
    struct header_hash *const *wanted, size_t count)
{
	DKIM_STAT status;
	DKIM *handle = dkim_verify(lib->library, (const u_char *)"-", NULL, &status);
	bool ok;

	if (handle == NULL)
		return false;
	ok = ask(handle, fields, wanted, count);
	dkim_free(handle);
	return ok;
}

void
header_hash_library_version(char *text, size_t size)
{
	uint32_t v = dkim_libversion();

	snprintf(text, size, "%u.%u.%u", v >> 24, v >> 16 & 255, v >> 8 & 255);
}
