#include <string.h>

#include "base/pool.h"
#include "ctl/audit/sts_policy.h"
#include "ctl/text.h"
#include "mail/address.h"

#define NAME_MAX 32
#define AGE_DIGITS 10
#define AGE_MAX 31557600 /* RFC 8461 section 3.2: a year */
#define WILDCARD "*."

static const char *const modes[] = {
	[STS_POLICY_NONE] = "none",
	[STS_POLICY_TESTING] = "testing",
	[STS_POLICY_ENFORCE] = "enforce",
};

#define MODES (sizeof modes / sizeof *modes)

const char *
sts_policy_mode_word(enum sts_policy_mode mode)
{
	return modes[mode];
}

struct span {
	const char *at;
	size_t len;
};

/* A file under way. */
struct reading {
	struct sts_policy *policy;
	struct pool *pool;
	const char **mx;
	bool has_version, has_mode, has_max_age;
};

static bool
is_word(struct span s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next line, without what ends it: LF or CRLF. */
static struct span
next_line(struct span *rest)
{
	const char *end = memchr(rest->at, '\n', rest->len);
	struct span line = { rest->at,
		end != NULL ? (size_t)(end - rest->at) : rest->len };
	size_t used = line.len + (end != NULL ? 1 : 0);

	rest->at += used;
	rest->len -= used;
	if (end != NULL && line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	while (line.len > 0 && is_blank(line.at[line.len - 1]))
		line.len--;
	return line;
}

static bool
is_name(struct span name)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = 0;

	while (n < name.len && name.at[n] != '\0' &&
	       (strchr(alnum, name.at[n]) != NULL ||
		   (n > 0 && strchr("_-.", name.at[n]) != NULL)))
		n++;
	return n > 0 && n == name.len && n <= NAME_MAX;
}

/* Printable, or beyond ASCII, which an extension may have. */
static bool
is_text(struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if (c < ' ' || c == 0x7f)
			return false;
	}
	return value.len > 0;
}

static bool
take_mode(struct reading *r, struct span value)
{
	for (size_t i = 0; i < MODES; i++) {
		if (!is_word(value, modes[i]))
			continue;
		r->policy->mode = (enum sts_policy_mode)i;
		r->has_mode = true;
		return true;
	}
	return false;
}

static bool
take_age(struct reading *r, struct span value)
{
	uint64_t age = 0;

	for (size_t i = 0; i < value.len && i < AGE_DIGITS; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		age = age * 10 + (uint64_t)(value.at[i] - '0');
	}
	r->policy->max_age = (uint32_t)age;
	r->has_max_age = true;
	return value.len <= AGE_DIGITS && age <= AGE_MAX;
}

static const char *
take_mx(struct reading *r, struct span value)
{
	const size_t star = strlen(WILDCARD);
	bool wild = value.len > star && memcmp(value.at, WILDCARD, star) == 0;
	const char *domain =
	    wild ? address_domain(value.at + star, value.len - star, r->pool)
		 : address_domain(value.at, value.len, r->pool);

	if (domain == NULL)
		return N_("mx: is neither a host nor *. and a domain");
	if (r->policy->mx_count == STS_POLICY_MX_MAX)
		return N_("it has more than 100 mx: lines");
	r->mx[r->policy->mx_count++] =
	    wild ? pool_printf(r->pool, WILDCARD "%s", domain) : domain;
	return NULL;
}

/* Section 3.2: of a field that stands twice the first counts, but for mx. */
static const char *
take_field(struct reading *r, struct span name, struct span value)
{
	if (is_word(name, "mx"))
		return take_mx(r, value);
	if (is_word(name, "version") && !r->has_version) {
		r->has_version = is_word(value, "STSv1");
		return r->has_version ? NULL : N_("version: is not STSv1");
	}
	if (is_word(name, "mode") && !r->has_mode)
		return take_mode(r, value)
			   ? NULL
			   : N_("mode: is neither enforce, nor testing, nor none");
	if (is_word(name, "max_age") && !r->has_max_age)
		return take_age(r, value)
			   ? NULL
			   : N_("max_age: is not a number of seconds up to a year");
	return NULL;
}

static const char *
take_line(struct reading *r, struct span line)
{
	const char *colon = memchr(line.at, ':', line.len);
	struct span name, value;

	if (colon == NULL)
		return N_("a line is not name: value");
	name = (struct span){ line.at, (size_t)(colon - line.at) };
	value = (struct span){ colon + 1, line.len - name.len - 1 };
	while (value.len > 0 && is_blank(*value.at)) {
		value.at++;
		value.len--;
	}
	if (!is_name(name) || !is_text(value))
		return N_("a line is not name: value");
	return take_field(r, name, value);
}

static const char *
missing(const struct reading *r)
{
	if (!r->has_version)
		return N_("version: is missing");
	if (!r->has_mode)
		return N_("mode: is missing");
	if (!r->has_max_age)
		return N_("max_age: is missing");
	if (r->policy->mx_count == 0 && r->policy->mode != STS_POLICY_NONE)
		return N_("mx: is missing");
	return NULL;
}

const char *
sts_policy_read(
    const char *text, size_t len, struct sts_policy *policy, struct pool *pool)
{
	struct reading r = {
		.policy = policy,
		.pool = pool,
		.mx = pool_alloc(pool, STS_POLICY_MX_MAX * sizeof *r.mx),
	};
	struct span rest = { text, len };
	const char *wrong = NULL;

	*policy = (struct sts_policy){ .mx = r.mx };
	while (wrong == NULL && rest.len > 0) {
		struct span line = next_line(&rest);

		if (line.len > 0)
			wrong = take_line(&r, line);
	}
	return wrong != NULL ? wrong : missing(&r);
}

/* Section 4.1: a wildcard is one label, the leftmost. */
static bool
matches(const char *pattern, const char *host)
{
	const size_t star = strlen(WILDCARD);

	if (strncmp(pattern, WILDCARD, star) != 0)
		return strcmp(pattern, host) == 0;
	host += strcspn(host, ".");
	return *host == '.' && strcmp(pattern + star, host + 1) == 0;
}

bool
sts_policy_covers(const struct sts_policy *policy, const char *host)
{
	for (size_t i = 0; i < policy->mx_count; i++) {
		if (matches(policy->mx[i], host))
			return true;
	}
	return false;
}
