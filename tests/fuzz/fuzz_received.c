/* A client is only what stands in a comment of the field, and its name what it said. */
#include <regex.h>
#include <stdint.h>
#include <string.h>

#include "base/ip.h"
#include "base/netlist.h"
#include "base/pool.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "mail/received.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What received_relay_hop() reads beyond received_client(), said a second time. */
#define WORD "[]!-'*-[^-~]+"
#define BEGIN "^[\001- \177]*from[\001- \177]+"
#define BY "[ \t\n]*by([\001- \177()]|$)"
#define HELO_FORM                                                                 \
	BEGIN "[^\001- \177()]+[\001- \177]*\\(HELO[ \t\n]+(" WORD ")\\)[ \t\n]*" \
	      "\\(([]!-'*-?A-[^-~]+@)?(" WORD ")\\)" BY
#define PORT_FORM                                   \
	BEGIN "\\[([0-9a-f:.ipv]+)\\][\001- \177]*" \
	      "\\(\\[([0-9a-f:.ipv]+):([0-9]{1,5})\\][ \t\n]+helo=(" WORD ")\\)" BY
#define QUEUE_FORM "^[ \t\n]*\\((qmail [0-9]+ invoked from network)\\); [^()]*$"

enum { PARTS = 6 };

/* Each has a group: without one it is not compiled yet. */
static const regex_t *
form(const char *pattern, regex_t *compiled)
{
	if (compiled->re_nsub == 0)
		must(regcomp(compiled, pattern, REG_EXTENDED | REG_ICASE) == 0);
	return compiled;
}

static char *
part(const char *value, const regmatch_t *m, struct pool *pool)
{
	return pool_strndup(pool, value + m->rm_so, (size_t)(m->rm_eo - m->rm_so));
}

/* An address in brackets or not. */
static bool
is_address(const char *text, struct ip *ip, struct pool *pool)
{
	size_t len = strlen(text);

	if (*text == '[' && text[len - 1] == ']')
		text = pool_strndup(pool, text + 1, len - 2);
	return ip_parse(text, ip);
}

/* "192.0.2.1@": the client's host chose that. */
static bool
is_ident_address(char *text)
{
	struct ip ip;

	*strchr(text, '@') = '\0';
	return ip_parse(text, &ip);
}

static void
check_form(
    const char *value, const struct ip *client, const char *helo, struct pool *pool)
{
	static regex_t helo_form, port_form;
	regmatch_t m[PARTS];
	struct ip ip, named;

	if (regexec(form(HELO_FORM, &helo_form), value, PARTS, m, 0) == 0) {
		must(strcmp(part(value, &m[1], pool), helo) == 0);
		must(is_address(part(value, &m[3], pool), &ip, pool));
		must(m[2].rm_so < 0 || !is_ident_address(part(value, &m[2], pool)));
	} else {
		must(regexec(form(PORT_FORM, &port_form), value, PARTS, m, 0) == 0);
		must(strcmp(part(value, &m[4], pool), helo) == 0);
		must(ip_parse(part(value, &m[1], pool), &named));
		must(ip_parse(part(value, &m[2], pool), &ip));
		must(ip_is_equal(&named, &ip));
	}
	must(ip_is_equal(&ip, client));
}

static void
must_not_be_read(const char *value, struct pool *pool)
{
	struct ip client;
	const char *helo;

	must(!received_client(value, &client, &helo, pool));
	must(received_relay_hop(value, &client, &helo, pool) == RECEIVED_UNREADABLE);
}

/* A client whose HELO has comments of its own, before what the host wrote. */
static void
check_forged(const char *value, struct pool *pool)
{
	static const char *const said[] = { "(x [192.0.2.99])", "(HELO x) (192.0.2.99)",
		"(x [192.0.2.99]) by y ", "(HELO x) (192.0.2.99) by y ",
		"(x [192.0.2.99]) by y (", "(HELO x) (192.0.2.99) by y (" };
	const char *comment = strchr(value, '(');
	int before = (int)(comment - value);

	must(comment != NULL);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		const char *text =
		    pool_printf(pool, "%.*s%s%s", before, value, said[i], comment);

		must_not_be_read(text, pool);
		must_not_be_read(pool_printf(pool, "%s)", text), pool);
	}
	must_not_be_read(
	    pool_printf(pool, " from [192.0.2.99] ([192.0.2.99:25] helo=x) %s", comment),
	    pool);
}

static void
check_said(const char *value, const char *helo)
{
	must(*helo != '\0' && strstr(value, helo) != NULL);
	must(strpbrk(helo, "() \t\r\n") == NULL);
}

static bool
check_client(const char *value, struct ip *client, struct pool *pool)
{
	const char *helo, *comment = strchr(value, '(');
	char text[IP_TEXT_SIZE];

	if (!received_client(value, client, &helo, pool))
		return false;
	must(comment != NULL);
	check_said(value, helo);
	must(client->family == IP_V4 || client->family == IP_V6);
	ip_format(client, text);
	/* IPv6 and mapped addresses have many spellings. */
	if (client->family == IP_V4 && strchr(comment, ':') == NULL)
		must(strstr(comment, text) != NULL);
	check_forged(value, pool);
	return true;
}

/* A relay's field is read as all are, or in a form of its own. */
static void
check_relay(const char *value, struct pool *pool)
{
	static regex_t queue_form;
	struct ip client, seen;
	bool is_read = check_client(value, &seen, pool);
	const char *helo = NULL;
	enum received_hop hop = received_relay_hop(value, &client, &helo, pool);

	if (hop == RECEIVED_UNREADABLE) {
		/* Only the address with a port or without is unclear there. */
		must(!is_read || seen.family == IP_V6);
		return;
	}
	if (helo == NULL) {
		must(hop == RECEIVED_SAME_HOST);
		must(regexec(form(QUEUE_FORM, &queue_form), value, 0, NULL, 0) == 0);
		return;
	}
	check_said(value, helo);
	must((hop == RECEIVED_SAME_HOST) == ip_is_loopback(&client));
	if (is_read) {
		must(ip_is_equal(&client, &seen));
		return;
	}
	check_form(value, &client, helo, pool);
	check_forged(value, pool);
}

static void
check_found(const struct relay_evidence *relay, const struct netlist *trusted)
{
	must(relay->is_relay && relay->helo != NULL);
	must(relay->found == (relay->reason == NULL));
	must(relay->found == (relay->client.family != IP_UNKNOWN));
	must(!relay->found || !netlist_has(trusted, &relay->client));
	must(!relay->found || !ip_is_loopback(&relay->client));
}

/*
 * The parts of the input between line ends as Received fields.  Once a hop is found,
 * nothing below it counts: a stranger wrote that.
 */
static void
check_first_hop(const char *text, struct pool *pool)
{
	const struct header_limits limits = { .bytes = 65536, .fields = 100 };
	struct header_list *list = header_list_new(pool, limits, "mx", NULL);
	struct netlist trusted = { 0 };
	struct relay_evidence first = { .found = false };

	netlist_add(&trusted, "10.0.0.0/8");
	for (int i = 0; i < 20 && *text != '\0'; i++) {
		size_t len = strcspn(text, "\n");
		struct relay_evidence relay;

		header_list_add(list, "Received", pool_strndup(pool, text, len));
		text += len;
		text += *text == '\n';
		relay = received_first_hop(list, &trusted, pool);
		check_found(&relay, &trusted);
		must(!first.found || ip_is_equal(&relay.client, &first.client));
		must(!first.found || strcmp(relay.helo, first.helo) == 0);
		first = relay;
	}
	netlist_clear(&trusted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *text = pool_strndup(pool, (const char *)data, size);

	check_relay(text, pool);
	check_first_hop(text, pool);
	pool_free(pool);
	return 0;
}
