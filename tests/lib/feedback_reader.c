#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feedback_reader.h"

#define DEPTH_MAX 6
#define NAME_SIZE 24
#define TEXT_SIZE 65536

/* Words between bars; NULL: any text; "#": a number; "": it has elements in it. */
static const struct rule {
	const char *parent, *name;
	int min, max; /* max 0: any number */
	bool in_order;
	const char *values;
} rules[] = {
	{ "", "feedback", 1, 1, true, "" },
	{ "feedback", "version", 1, 1, true, "|1.0|" },
	{ "feedback", "report_metadata", 1, 1, true, "" },
	{ "feedback", "policy_published", 1, 1, true, "" },
	{ "feedback", "record", 1, 0, true, "" },
	{ "report_metadata", "org_name", 1, 1, true, NULL },
	{ "report_metadata", "email", 1, 1, true, NULL },
	{ "report_metadata", "extra_contact_info", 0, 1, true, NULL },
	{ "report_metadata", "report_id", 1, 1, true, NULL },
	{ "report_metadata", "date_range", 1, 1, true, "" },
	{ "report_metadata", "error", 0, 1, true, NULL },
	{ "report_metadata", "generator", 0, 1, true, NULL },
	{ "date_range", "begin", 1, 1, true, "#" },
	{ "date_range", "end", 1, 1, true, "#" },
	{ "policy_published", "domain", 1, 1, false, NULL },
	{ "policy_published", "discovery_method", 0, 1, false, "|psl|treewalk|" },
	{ "policy_published", "p", 1, 1, false, "|none|quarantine|reject|" },
	{ "policy_published", "sp", 0, 1, false, "|none|quarantine|reject|" },
	{ "policy_published", "np", 0, 1, false, "|none|quarantine|reject|" },
	{ "policy_published", "fo", 0, 1, false, NULL },
	{ "policy_published", "adkim", 0, 1, false, "|r|s|" },
	{ "policy_published", "aspf", 0, 1, false, "|r|s|" },
	{ "policy_published", "testing", 0, 1, false, "|n|y|" },
	{ "record", "row", 1, 1, true, "" },
	{ "record", "identifiers", 1, 1, true, "" },
	{ "record", "auth_results", 1, 1, true, "" },
	{ "row", "source_ip", 1, 1, true, NULL },
	{ "row", "count", 1, 1, true, "#" },
	{ "row", "policy_evaluated", 1, 1, true, "" },
	{ "policy_evaluated", "disposition", 1, 1, true,
	    "|none|pass|quarantine|reject|" },
	{ "policy_evaluated", "dkim", 1, 1, true, "|pass|fail|" },
	{ "policy_evaluated", "spf", 1, 1, true, "|pass|fail|" },
	{ "policy_evaluated", "reason", 0, 0, true, "" },
	{ "reason", "type", 1, 1, true,
	    "|local_policy|mailing_list|other|policy_test_mode|trusted_forwarder|" },
	{ "reason", "comment", 0, 1, true, NULL },
	{ "identifiers", "header_from", 1, 1, true, NULL },
	{ "identifiers", "envelope_from", 0, 1, true, NULL },
	{ "auth_results", "dkim", 0, 100, true, "" },
	{ "auth_results", "spf", 0, 1, true, "" },
	{ "dkim", "domain", 1, 1, true, NULL },
	{ "dkim", "selector", 1, 1, true, NULL },
	{ "dkim", "result", 1, 1, true,
	    "|none|pass|fail|policy|neutral|temperror|permerror|" },
	{ "dkim", "human_result", 0, 1, true, NULL },
	{ "spf", "domain", 1, 1, true, NULL },
	{ "spf", "scope", 0, 1, true, "|mfrom|" },
	{ "spf", "result", 1, 1, true,
	    "|none|pass|fail|softfail|policy|neutral|temperror|permerror|" },
	{ "spf", "human_result", 0, 1, true, NULL },
};

#define RULES (sizeof rules / sizeof rules[0])

/* An element that is open. */
struct open {
	char name[NAME_SIZE];
	const struct rule *rule;
	int seen[RULES]; /* of its own elements */
	size_t last;     /* the rule of the last */
};

struct reader {
	const char *at, *wrong;
	struct open stack[DEPTH_MAX];
	size_t depth;
	char text[TEXT_SIZE]; /* of the innermost */
	size_t text_len;
	int64_t records, messages;
};

static bool
fail(struct reader *r, const char *wrong)
{
	r->wrong = wrong;
	return false;
}

/* Names alone do not tell: there are two elements "dkim" and "spf". */
static bool
has_elements(const struct open *o)
{
	return o->rule->values != NULL && *o->rule->values == '\0';
}

static const struct rule *
rule_of(const struct reader *r, const char *name)
{
	const struct open *o = r->depth > 0 ? &r->stack[r->depth - 1] : NULL;
	const char *parent = o != NULL ? o->name : "";

	if (o != NULL && !has_elements(o))
		return NULL;
	for (size_t i = 0; i < RULES; i++) {
		if (strcmp(rules[i].parent, parent) == 0 &&
		    strcmp(rules[i].name, name) == 0)
			return &rules[i];
	}
	return NULL;
}

static bool
count_in_parent(struct reader *r, const struct rule *rule)
{
	struct open *parent = &r->stack[r->depth - 1];
	size_t i = (size_t)(rule - rules);

	parent->seen[i]++;
	if (rule->max > 0 && parent->seen[i] > rule->max)
		return fail(r, "an element too often");
	if (rule->in_order && i < parent->last)
		return fail(r, "an element in the wrong order");
	parent->last = i;
	return true;
}

static bool
read_name(struct reader *r, char name[NAME_SIZE], const char *ends)
{
	size_t len = strcspn(r->at, ends);

	if (len == 0 || len >= NAME_SIZE)
		return fail(r, "a name");
	memcpy(name, r->at, len);
	name[len] = '\0';
	r->at += len;
	return true;
}

static bool
begin(struct reader *r)
{
	static const char attribute[] = " xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"";
	char name[NAME_SIZE];
	const struct rule *rule;

	if (!read_name(r, name, " >"))
		return false;
	if (r->depth == 0) {
		if (strncmp(r->at, attribute, sizeof attribute - 1) != 0)
			return fail(r, "no namespace");
		r->at += sizeof attribute - 1;
	}
	rule = rule_of(r, name);
	if (rule == NULL || r->depth == DEPTH_MAX)
		return fail(r, "an unknown element");
	if (*r->at++ != '>')
		return fail(r, "an attribute");
	if (r->depth > 0 && !count_in_parent(r, rule))
		return false;
	r->stack[r->depth++] = (struct open){ .rule = rule };
	memcpy(r->stack[r->depth - 1].name, name, sizeof name);
	r->text_len = 0;
	return true;
}

static bool
check_value(struct reader *r, const struct rule *rule)
{
	char word[NAME_SIZE + 3];

	r->text[r->text_len] = '\0';
	if (rule->values == NULL)
		return true;
	if (*rule->values == '\0')
		return strspn(r->text, " \n") == r->text_len ||
		       fail(r, "text between elements");
	if (*rule->values == '#')
		return (r->text_len > 0 &&
			   strspn(r->text, "0123456789") == r->text_len) ||
		       fail(r, "no number");
	if (r->text_len >= NAME_SIZE)
		return fail(r, "a value");
	snprintf(word, sizeof word, "|%.*s|", NAME_SIZE, r->text);
	return strstr(rule->values, word) != NULL || fail(r, "a value");
}

static bool
check_children(struct reader *r, const struct open *o)
{
	if (!has_elements(o))
		return true;
	for (size_t i = 0; i < RULES; i++) {
		if (strcmp(rules[i].parent, o->name) == 0 && o->seen[i] < rules[i].min)
			return fail(r, "an element is missing");
	}
	return true;
}

static bool
end(struct reader *r)
{
	struct open *o = r->depth > 0 ? &r->stack[r->depth - 1] : NULL;
	char name[NAME_SIZE];

	if (!read_name(r, name, ">"))
		return false;
	r->at++;
	if (o == NULL || strcmp(o->name, name) != 0)
		return fail(r, "another element ends");
	if (!check_value(r, o->rule) || !check_children(r, o))
		return false;
	r->records += strcmp(name, "record") == 0;
	if (strcmp(name, "count") == 0)
		r->messages += strtoll(r->text, NULL, 10);
	r->depth--;
	r->text_len = 0;
	return true;
}

/* One character of text, or one reference. */
static bool
read_text(struct reader *r)
{
	static const char *const references[] = { "&amp;", "&lt;", "&gt;", "&quot;" };
	char c = *r->at;
	size_t len = 1;

	if (c == '&') {
		len = 0;
		for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
			if (strncmp(r->at, references[i], strlen(references[i])) == 0)
				len = strlen(references[i]);
		}
	}
	if (len == 0 || (c != '\n' && (c < ' ' || c > '~')) || c == '>')
		return fail(r, "a character");
	if (r->text_len == TEXT_SIZE - 1)
		return fail(r, "too much text");
	r->text[r->text_len++] = c;
	r->at += len;
	return true;
}

static bool
step(struct reader *r)
{
	if (*r->at != '<')
		return read_text(r);
	r->at++;
	if (*r->at != '/')
		return begin(r);
	r->at++;
	return end(r);
}

const char *
feedback_reader_check(const char *xml, int64_t *records, int64_t *messages)
{
	static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
	static struct reader reader;
	struct reader *r = &reader;

	memset(r, 0, sizeof *r);
	if (strncmp(xml, head, sizeof head - 1) != 0)
		return "no declaration";
	r->at = xml + sizeof head - 1;
	do {
		if (!step(r))
			return r->wrong;
	} while (r->depth > 0);
	if (strcmp(r->at, "\n") != 0)
		return "something behind the end";
	*records = r->records;
	*messages = r->messages;
	return NULL;
}
