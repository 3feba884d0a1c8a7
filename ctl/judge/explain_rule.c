#include <stdio.h>
#include <stdlib.h>

#include "base/netlist.h"
#include "config/config.h"
#include "config/config_override.h"
#include "config/config_place.h"
#include "config/config_print.h"
#include "config/config_table.h"
#include "ctl/judge/explain_parts.h"
#include "ctl/judge/judged.h"
#include "ctl/page.h"
#include "ctl/text.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

static const struct explain_rule rules[RULE_COUNT] = {
	[RULE_IGNORED_CLIENT] = { N_("clients in IgnoreHosts"), NULL },
	[RULE_AUTHENTICATED] = { N_("clients that logged in"), NULL },
	[RULE_NO_AUTHOR] = { N_("bounces without an author"),
	    N_("It is a bounce, and its From field shows no domain that could be "
	       "forged.") },
	[RULE_BAD_FROM] = { N_("mail without one author domain"), NULL },
	[RULE_DMARC_PASS] = { N_("mail that passes DMARC"), NULL },
	[RULE_UNAUTHENTICATED] = { N_("mail that nothing vouches for"),
	    N_("No DMARC policy protects this domain, and neither SPF nor DKIM passes: "
	       "nothing shows that this message comes from where it says.") },
	[RULE_DMARC_NONE] = { N_("mail from domains without a policy"), NULL },
	[RULE_POLICY_NONE] = { N_("domains that ask for nothing"), NULL },
	[RULE_OVERRIDE] = { N_("an Override for this domain"),
	    N_("An Override in the settings decides about this domain.") },
	[RULE_DMARC_TEMPERROR] = { N_("mail that cannot be judged now"), NULL },
	[RULE_TRUSTED_FORWARDER] = { N_("clients in TrustedForwarders"),
	    N_("The client is one of TrustedForwarders in the settings, so it is let "
	       "in.") },
	[RULE_MAILING_LIST] = { N_("mail that its mailing list signed"),
	    N_("A mailing list sent and signed it. Lists change what they pass on, so "
	       "it is not refused outright.") },
	[RULE_POLICY_QUARANTINE] = { N_("mail that fails, and p=quarantine"), NULL },
	[RULE_POLICY_REJECT] = { N_("mail that fails, and p=reject"), NULL },
};

const struct explain_rule *
explain_rule_of(enum rule rule)
{
	return &rules[rule];
}

static void
print_origin(FILE *out, const struct config_origin *origin)
{
	if (origin->file == NULL)
		fputs(_("default"), out);
	else if (origin->line > 0)
		fprintf(out, "%s:%d", origin->file, origin->line);
	else
		fputs(origin->file, out);
}

/* "OnReject reject (beschermd.conf:12)" */
void
explain_rule_print_setting(
    const struct page *p, const struct config *config, const char *setting)
{
	const struct config_row *row = config_table_find(setting);
	char *text = NULL, quoted[PAGE_QUOTE_SIZE];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort(); /* out of memory */
	fprintf(out, "%s ", setting);
	config_print_value(config, row, out);
	fputs(" (", out);
	print_origin(out, &config->origins[config_table_index(row)]);
	fputc(')', out);
	fclose(out);
	page_row(p, _("Setting"), "%s", page_quote(text, quoted));
	free(text);
}

static void
print_override(const struct page *p, const struct config_override *o)
{
	char *text = NULL, quoted[PAGE_QUOTE_SIZE];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		abort(); /* out of memory */
	fputs("Override ", out);
	config_override_print(o, out);
	fputs(" (", out);
	print_origin(out, &(struct config_origin){ o->file, o->line });
	fputc(')', out);
	fclose(out);
	page_row(p, _("Setting"), "%s", page_quote(text, quoted));
	free(text);
}

/* Which entry of a list of networks holds the client, and where that stands. */
static void
print_entry(const struct page *p, const struct config *config, const char *list_name,
    const struct ip *client)
{
	const struct config_row *row = config_table_find(list_name);
	const struct netlist *list = config_table_networks(config, row);
	char network[NETWORK_TEXT_SIZE], file[PAGE_QUOTE_SIZE];
	const struct config_place *place;
	size_t i = 0;

	while (i < list->count && !netlist_covers(&list->networks[i], client))
		i++;
	if (i == list->count)
		return;
	place = config_place_of(config, row, i);
	netlist_format(&list->networks[i], network);
	if (place != NULL)
		page_row(p, _("Entry"), _("%s of %s contains the client (%s:%d)"),
		    network, list_name, page_quote(place->file, file), place->line);
	else
		page_row(
		    p, _("Entry"), _("%s of %s contains the client"), network, list_name);
}

/* The entry that made the rule hold, where what governs it is a list of clients. */
static void
print_entries(const struct page *p, const struct judged *j, const char *setting)
{
	explain_forward_print(p, j);
	if (setting != NULL && config_table_find(setting)->type == CONFIG_NETWORKS)
		print_entry(p, j->config, setting, &j->ev->client);
	if (j->verdict->relay_spared) {
		print_entry(p, j->config, "TrustedRelays", &j->ev->client);
		explain_rule_print_setting(p, j->config, "OnQuarantine");
	}
}

/* Which lists may be the list. */
static void
print_lists(const struct page *p, const struct config *config)
{
	if (config->trusted_lists.count > 0)
		explain_rule_print_setting(p, config, "TrustedLists");
	else
		page_row(p, _("Note"), "%s",
		    _("TrustedLists names no list, so every list that signs its mail "
		      "counts"));
}

/* Why this Override for the author domain does not hold for the message; NULL: it may. */
static const char *
idle_reason(const struct config_override *o, const struct evidence *ev)
{
	if (config_override_is_over(o, ev->day))
		return _("this Override has expired and has no effect");
	if (o->has_client && !netlist_covers(&o->client, &ev->client))
		return _("this Override is for other clients and has no effect here");
	return NULL;
}

/* Those that an admin might expect to have decided. */
static void
print_idle_overrides(const struct page *p, const struct judged *j)
{
	const struct evidence *ev = j->ev;

	if (!evidence_has_author(ev) || ev->dmarc.result == DMARC_PASS)
		return;
	for (size_t i = 0; i < j->config->override_count; i++) {
		const struct config_override *o = &j->config->overrides[i];
		const char *reason = idle_reason(o, ev);

		if (reason == NULL || !config_override_names(o, ev->from.domain))
			continue;
		print_override(p, o);
		page_row(p, _("Note"), "%s", reason);
	}
}

static void
print_reply(const struct page *p, const struct judged *j)
{
	char code[PAGE_QUOTE_SIZE], enhanced[PAGE_QUOTE_SIZE], text[PAGE_QUOTE_SIZE];

	if (j->reply.code == NULL)
		return;
	page_row(p,
	    j->verdict->action == j->verdict->would ? _("Sender is told")
						    : _("Would be told"),
	    "%s %s %s", page_quote(j->reply.code, code),
	    page_quote(j->reply.enhanced, enhanced), page_quote(j->reply.text, text));
}

void
explain_rule_print(const struct page *p, const struct judged *j)
{
	static const char *const verdicts[] = {
		[ACTION_ACCEPT] = N_("accepted"),
		[ACTION_HEADER] =
		    N_("marked: delivered, with a field by which it is filed in Junk"),
		[ACTION_HOLD] = N_("held: kept in the queue until an operator decides"),
		[ACTION_REJECT] = N_("refused"),
		[ACTION_TEMPFAIL] = N_("deferred: the sender tries again"),
	};
	const enum rule rule = j->verdict->rule;
	const char *setting = rule_row(rule)->setting;

	page_heading(p, _("What was decided, and by which setting"));
	page_row(p, _("Verdict"), "%s", _(verdicts[j->verdict->action]));
	page_row(p, _("Rule"), _("%s (called %s in the log)"), _(rules[rule].about),
	    rule_name(rule));
	if (j->verdict->override != NULL)
		print_override(p, j->verdict->override);
	if (setting != NULL)
		explain_rule_print_setting(p, j->config, setting);
	if (rule == RULE_MAILING_LIST)
		print_lists(p, j->config);
	print_idle_overrides(p, j);
	print_entries(p, j, setting);
	if (j->config->mode == CONFIG_MONITOR)
		explain_rule_print_setting(p, j->config, "Mode");
	print_reply(p, j);
}
