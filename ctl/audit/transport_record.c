#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "ctl/audit/transport_record.h"
#include "ctl/text.h"

#define STS "v=STSv1"
#define TLS_RPT "v=TLSRPTv1"
#define ID_MAX 32
#define FIELDS_MAX 32

struct span {
	const char *at;
	size_t len;
};

static struct span
trimmed(const char *at, size_t len)
{
	while (len > 0 && strchr(" \t", at[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(" \t", *at) != NULL) {
		at++;
		len--;
	}
	return (struct span){ at, len };
}

/* RFC 8461 section 3.1, RFC 8460 section 3: the version, then a semicolon. */
static bool
begins(const char *text, size_t len, const char *version)
{
	size_t n = strlen(version);

	if (len < n || memcmp(text, version, n) != 0)
		return false;
	while (n < len && (text[n] == ' ' || text[n] == '\t'))
		n++;
	return n < len && text[n] == ';';
}

bool
transport_record_is_sts(const char *text, size_t len)
{
	return begins(text, len, STS);
}

bool
transport_record_is_tls_rpt(const char *text, size_t len)
{
	return begins(text, len, TLS_RPT);
}

/*
 * The value of the field ${name}; at NULL: it is not there.  *${sound}: all fields have a
 * name and a value, and this one stands once.
 */
static struct span
field(const char *text, size_t len, const char *name, bool *sound)
{
	struct span found = { NULL, 0 };
	const char *end = text + len;
	size_t fields = 0;

	*sound = true;
	while (text < end && ++fields <= FIELDS_MAX) {
		const char *stop = memchr(text, ';', (size_t)(end - text));
		struct span one =
		    trimmed(text, (size_t)((stop != NULL ? stop : end) - text));
		const char *equals = one.len > 0 ? memchr(one.at, '=', one.len) : NULL;

		text = stop != NULL ? stop + 1 : end;
		if (one.len == 0)
			continue;
		if (equals == NULL || equals == one.at) {
			*sound = false;
			continue;
		}
		if ((size_t)(equals - one.at) != strlen(name) ||
		    memcmp(one.at, name, strlen(name)) != 0)
			continue;
		*sound = *sound && found.at == NULL;
		found = trimmed(equals + 1, one.len - (size_t)(equals - one.at) - 1);
	}
	*sound = *sound && text >= end;
	return found;
}

static bool
is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < ' ' || s.at[i] > '~')
			return false;
	}
	return true;
}

const char *
transport_record_check_sts(const char *text, size_t len)
{
	bool sound;
	struct span id = field(text, len, "id", &sound);

	if (!sound || !is_printable((struct span){ text, len }))
		return N_("a field is not name=value, or occurs twice");
	if (id.at == NULL)
		return N_("id= is missing");
	for (size_t i = 0; i < id.len; i++) {
		if (!isalnum((unsigned char)id.at[i]))
			return N_("id= is not letters and digits");
	}
	if (id.len == 0 || id.len > ID_MAX)
		return N_("id= is not 1 to 32 letters and digits");
	return NULL;
}

static bool
has_scheme(struct span uri, const char *scheme)
{
	size_t n = strlen(scheme);

	return uri.len > n && strncasecmp(uri.at, scheme, n) == 0;
}

/* An address with something on both sides of its @. */
static bool
is_mailto(struct span uri)
{
	const char *at;

	if (!has_scheme(uri, "mailto:"))
		return false;
	at = memchr(uri.at, '@', uri.len);
	return at != NULL && at > uri.at + strlen("mailto:") && at + 1 < uri.at + uri.len;
}

const char *
transport_record_check_tls_rpt(const char *text, size_t len)
{
	bool sound;
	struct span rua = field(text, len, "rua", &sound);
	const char *end;

	if (!sound || !is_printable((struct span){ text, len }))
		return N_("a field is not name=value, or occurs twice");
	if (rua.at == NULL)
		return N_("rua= is missing");
	end = rua.at + rua.len;
	for (const char *at = rua.at; at <= end;) {
		const char *comma = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
		struct span uri =
		    trimmed(at, (size_t)((comma != NULL ? comma : end) - at));

		if (!is_mailto(uri) && !has_scheme(uri, "https://"))
			return N_("rua= has an address that is neither mailto: nor "
				  "https:");
		if (comma == NULL)
			break;
		at = comma + 1;
	}
	return NULL;
}
