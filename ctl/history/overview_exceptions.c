#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "base/pool.h"
#include "config/config.h"
#include "config/config_forwarder.h"
#include "config/config_override.h"
#include "config/config_table.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_exceptions.h"
#include "mail/address.h"

/* Exceptions that decided and are no longer in the settings; more are told as one. */
#define GONE_MAX 50
/* Besides: any list, and what is told as one of each kind. */
#define OTHERS (1 + 3)

/* The texts of an Override: what the history compares, and what people read. */
static struct overview_exception
of_override(const struct config_override *o, int today, struct pool *pool)
{
	struct overview_exception e = { .kind = OVERVIEW_OVERRIDE,
		.whom = pool_printf(pool, "%s%s", o->below ? "." : "", o->domain),
		.action = config_table_word_of(config_table_actions(), o->action),
		.until = o->until,
		.is_over = config_override_is_over(o, today) };
	char network[NETWORK_TEXT_SIZE], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out != NULL) {
		config_override_print(o, out);
		fclose(out);
	}
	e.key = pool_strdup(pool, text != NULL ? text : "");
	free(text);
	if (o->has_client)
		e.client = pool_strdup(pool, netlist_format(&o->client, network));
	if (o->reason != NULL)
		e.reason = pool_strdup(pool, o->reason);
	return e;
}

static const char *
forwarder_text(const struct config_forwarder *f, struct pool *pool)
{
	char *text = config_forwarder_text(f);
	const char *copy = pool_strdup(pool, text);

	free(text);
	return copy;
}

static void
add(struct overview *o, struct overview_exception e)
{
	o->exceptions[o->exception_count++] = e;
}

void
overview_exceptions_begin(struct overview *o, struct pool *pool)
{
	const struct config *c = o->config;
	size_t room = c->override_count + c->forwarder_count + c->trusted_lists.count +
		      GONE_MAX + OTHERS;
	int today = day_local((time_t)o->made_at);

	o->exceptions = pool_alloc(pool, room * sizeof *o->exceptions);
	for (size_t i = 0; i < c->override_count; i++)
		add(o, of_override(&c->overrides[i], today, pool));
	for (size_t i = 0; i < c->forwarder_count; i++)
		add(o, (struct overview_exception){ .kind = OVERVIEW_FORWARDER,
			   .whom = forwarder_text(&c->forwarders[i], pool),
			   .action = "accept" });
	for (size_t i = 0; i < c->trusted_lists.count; i++)
		add(o, (struct overview_exception){ .kind = OVERVIEW_LIST,
			   .whom = c->trusted_lists.words[i],
			   .action = config_table_word_of(
			       config_table_actions(), c->on_list_mail) });
	/* Naming no list trusts each that signs, as far as OnListMail says. */
	if (c->trusted_lists.count == 0)
		add(o, (struct overview_exception){ .kind = OVERVIEW_LIST,
			   .whom = "",
			   .action = config_table_word_of(
			       config_table_actions(), c->on_list_mail) });
	o->gone_from = o->exception_count;
}

static struct overview_exception *
find_gone(struct overview *o, enum overview_exception_kind kind, const char *key)
{
	for (size_t i = o->gone_from; i < o->exception_count; i++) {
		struct overview_exception *e = &o->exceptions[i];

		if (e->kind == kind && strcmp(e->key, key) == 0)
			return e;
	}
	return NULL;
}

/* Of what is no longer in the settings: a row of its own, or the last one for all others.
 */
static struct overview_exception *
gone(struct overview *o, enum overview_exception_kind kind, const char *key)
{
	struct overview_exception *e = find_gone(o, kind, key);

	if (e == NULL && o->exception_count - o->gone_from >= GONE_MAX) {
		key = "";
		e = find_gone(o, kind, key);
	}
	if (e != NULL)
		return e;
	add(o, (struct overview_exception){ .kind = kind,
		   .key = pool_strdup(o->pool, key),
		   .whom = pool_strdup(o->pool, key),
		   .is_gone = true });
	return &o->exceptions[o->exception_count - 1];
}

void
overview_exceptions_override(struct overview *o, const char *override)
{
	for (size_t i = 0; i < o->config->override_count; i++) {
		if (strcmp(o->exceptions[i].key, override) == 0) {
			o->exceptions[i].n++;
			return;
		}
	}
	gone(o, OVERVIEW_OVERRIDE, override)->n++;
}

/* Where it was none of today's, the address stays away from the page: it is a client's.
 */
void
overview_exceptions_forwarder(struct overview *o, const char *client, const char *name)
{
	const struct config *c = o->config;
	const struct config_forwarder *f = NULL;
	struct ip ip;

	/* An entry whose word asked for more did not decide where another was there. */
	if (ip_parse(client, &ip))
		f = config_forwarder_find(c, &ip, name, true);
	if (f != NULL)
		o->exceptions[c->override_count + (size_t)(f - c->forwarders)].n++;
	else
		gone(o, OVERVIEW_FORWARDER, "")->n++;
}

void
overview_exceptions_list(struct overview *o, const char *const lists[2])
{
	for (size_t i = 0; i < o->gone_from; i++) {
		struct overview_exception *e = &o->exceptions[i];

		if (e->kind == OVERVIEW_LIST &&
		    (*e->whom == '\0' ||
			(lists[0] != NULL && address_is_within(lists[0], e->whom)) ||
			(lists[1] != NULL && address_is_within(lists[1], e->whom)))) {
			e->n++;
			return;
		}
	}
	gone(o, OVERVIEW_LIST, "")->n++;
}
