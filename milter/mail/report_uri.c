#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/pool.h"
#include "mail/address.h"
#include "mail/report_uri.h"

#define LOCAL_MAX 64 /* RFC 5321 section 4.5.3.1.1 */
#define SCHEME "mailto:"

bool
report_uri_next(const char **list, const char **uri, size_t *len)
{
	const char *at = *list;

	for (; *at != '\0'; at += *at == ',') {
		const char *end = at + strcspn(at, ",");
		const char *last = end;

		while (ascii_is_wsp(*at))
			at++;
		while (last > at && ascii_is_wsp(last[-1]))
			last--;
		if (last > at) {
			*uri = at;
			*len = (size_t)(last - at);
			*list = end + (*end == ',');
			return true;
		}
		at = end;
	}
	*list = at;
	return false;
}

/* RFC 5322 section 3.2.3, but for what makes old mailers route, and "." */
static bool
is_atext(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) ||
	       (c != '\0' && strchr("#$&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_local_part(const char *text, size_t len)
{
	bool dot = true; /* a dot or the begin is before */

	if (len == 0 || len > LOCAL_MAX || strchr("-/|", *text) != NULL)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' ? dot : !is_atext(text[i]))
			return false;
		dot = text[i] == '.';
	}
	return !dot;
}

/* No top-level domain is a number: that is an address of a host. */
static bool
is_mail_domain(const char *domain)
{
	const char *top = strrchr(domain, '.');

	return top != NULL && strspn(top + 1, "0123456789") != strlen(top + 1);
}

const char *
report_uri_mailbox(const char *text, size_t len, struct pool *pool)
{
	const char *at = memchr(text, '@', len), *domain;

	if (at == NULL || !is_local_part(text, (size_t)(at - text)))
		return NULL;
	domain = address_domain(at + 1, (size_t)(text + len - at - 1), pool);
	if (domain == NULL || !is_mail_domain(domain))
		return NULL;
	return pool_printf(pool, "%.*s@%s", (int)(at - text), text, domain);
}

/* 1*DIGIT [ k / m / g / t ]: the largest report wanted (RFC 7489), which is ignored. */
static bool
is_size(const char *text, size_t len)
{
	if (len > 1 && strchr("kmgtKMGT", text[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(text[i]))
			return false;
	}
	return len > 0;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c | 0x20);

	return at == NULL || (c < '0') ? -1 : (int)(at - digits);
}

/* Once: what is still encoded then holds a "%", which no address of ours does. */
static char *
decoded(const char *text, size_t len, size_t *out_len, struct pool *pool)
{
	char *out = pool_alloc(pool, len + 1), *to = out;

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			*to++ = text[i];
			continue;
		}
		if (len - i < 3)
			return NULL;
		high = hex_digit(text[i + 1]);
		low = hex_digit(text[i + 2]);
		if (high == -1 || low == -1)
			return NULL;
		*to++ = (char)(high << 4 | low);
		i += 2;
	}
	*out_len = (size_t)(to - out);
	return out;
}

/* The part before ${c}, if there is one. */
static size_t
length_before(const char *text, size_t len, char c)
{
	const char *at = memchr(text, c, len);

	return at != NULL ? (size_t)(at - text) : len;
}

const char *
report_uri_address(const char *uri, size_t len, struct pool *pool)
{
	const size_t scheme = sizeof SCHEME - 1;
	const char *target = uri + scheme;
	size_t address_len, decoded_len = 0;
	char *address;

	if (len <= scheme || strncasecmp(uri, SCHEME, scheme) != 0)
		return NULL;
	len = length_before(target, len - scheme, '?');
	address_len = length_before(target, len, '!');
	if (address_len < len &&
	    !is_size(target + address_len + 1, len - address_len - 1))
		return NULL;
	address = decoded(target, address_len, &decoded_len, pool);
	return address != NULL ? report_uri_mailbox(address, decoded_len, pool) : NULL;
}
