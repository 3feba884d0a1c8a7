/* A client is only what stands in a comment of the field, and its name what it said. */
#include <stdint.h>
#include <string.h>

#include "base/netlist.h"
#include "base/pool.h"
#include "mail/evidence.h"
#include "mail/header.h"
#include "mail/received.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_client(const char *value, struct pool *pool)
{
	const char *helo, *comment = strchr(value, '('), *forged;
	char text[IP_TEXT_SIZE];
	struct ip client;

	if (!received_client(value, &client, &helo, pool))
		return;
	must(comment != NULL);
	must(*helo != '\0' && strstr(value, helo) != NULL);
	must(strpbrk(helo, "() \t\r\n") == NULL);
	must(client.family == IP_V4 || client.family == IP_V6);
	ip_format(&client, text);
	/* IPv6 and mapped addresses have many spellings. */
	if (client.family == IP_V4 && strchr(comment, ':') == NULL)
		must(strstr(comment, text) != NULL);
	/* A second address makes it ambiguous, wherever the client got it in. */
	forged = pool_printf(
	    pool, "%.*s(x [192.0.2.99])%s", (int)(comment - value), value, comment);
	must(!received_client(forged, &client, &helo, pool));
}

/* The parts of the input between line ends as Received fields. */
static void
check_first_hop(const char *text, struct pool *pool)
{
	const struct header_limits limits = { .bytes = 65536, .fields = 100 };
	struct header_list *list = header_list_new(pool, limits, "mx", NULL);
	struct netlist trusted = { 0 };
	struct relay_evidence relay;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		header_list_add(list, "Received", pool_strndup(pool, text, len));
		text += len;
		text += *text == '\n';
	}
	netlist_add(&trusted, "10.0.0.0/8");
	relay = received_first_hop(list, &trusted, pool);
	must(relay.is_relay && relay.helo != NULL);
	must(relay.found == (relay.reason == NULL));
	must(relay.found == (relay.client.family != IP_UNKNOWN));
	must(!relay.found || !netlist_has(&trusted, &relay.client));
	netlist_clear(&trusted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	const char *text = pool_strndup(pool, (const char *)data, size);

	check_client(text, pool);
	check_first_hop(text, pool);
	pool_free(pool);
	return 0;
}
