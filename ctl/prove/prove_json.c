#include <stdio.h>

#include "base/json_text.h"
#include "base/pool.h"
#include "config.h"
#include "ctl/evidence.h"
#include "ctl/prove/prove_json.h"
#include "ctl/prove/prove_result.h"

#define MADE_SIZE 24

static void
put_fields(struct json_text *j, const char *key, const struct prove_header *header,
    struct pool *pool)
{
	json_text_array(j, key);
	for (size_t i = 0; i < header->count; i++)
		json_text_string(j, NULL,
		    pool_printf(
			pool, "%s: %s", header->fields[i].name, header->fields[i].value));
	json_text_array_end(j);
}

static void
put_seen(struct json_text *j, const struct prove_result_seen *seen, struct pool *pool)
{
	json_text_object(j, "seen");
	json_text_string(j, "reply", seen->reply);
	json_text_string(j, "queue", seen->queue);
	json_text_string(j, "queue_id", seen->queue_id);
	put_fields(j, "added", &seen->added, pool);
	put_fields(j, "removed", &seen->removed, pool);
	json_text_object_end(j);
}

static void
put_case(struct json_text *j, const struct prove_result_case *c, struct pool *pool)
{
	json_text_object(j, NULL);
	json_text_number(j, "n", c->sent.number);
	json_text_string(j, "title", c->sent.title);
	json_text_string(j, "client", c->sent.client);
	json_text_string(j, "helo", c->sent.helo);
	json_text_string(j, "mail_from", c->sent.mail_from);
	json_text_string(j, "from", c->sent.from);
	json_text_string(j, "wanted", prove_case_wanted_word(c->wanted));
	json_text_string(j, "set", c->set);
	put_seen(j, &c->seen, pool);
	json_text_string(j, "level", prove_verdict_level_code(c->finding.level));
	json_text_string(j, "text", prove_result_finding_text(&c->finding, pool));
	json_text_object_end(j);
}

static void
put_checks(struct json_text *j, const struct prove_result_checks *checks)
{
	json_text_array(j, "checks");
	for (size_t i = 0; i < checks->count; i++) {
		const struct prove_result_check *c = &checks->list[i];

		json_text_object(j, NULL);
		json_text_string(j, "level", prove_verdict_level_code(c->level));
		json_text_string(j, "text", c->text);
		json_text_string(j, "mend", c->mend);
		json_text_object_end(j);
	}
	json_text_array_end(j);
}

void
prove_json_write(struct text *out, const struct prove_result *p, struct pool *pool)
{
	struct json_text j = { .out = out };
	char made[MADE_SIZE];
	struct tm tm;

	if (gmtime_r(&p->made, &tm) == NULL ||
	    strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(made, sizeof made, "?");
	json_text_object(&j, NULL);
	json_text_number(&j, "prove", EVIDENCE_VERSION);
	json_text_string(&j, "made", made);
	json_text_string(&j, "host", p->host);
	json_text_string(&j, "by", "beschermctl " PACKAGE_VERSION);
	json_text_string(&j, "postfix", p->postfix);
	json_text_string(&j, "settings_sha256", p->settings_sha256);
	json_text_string(&j, "postconf_sha256", p->postconf_sha256);
	json_text_string(&j, "zone_sha256", p->zone_sha256);
	json_text_string(
	    &j, "verdict", prove_result_verdict_code(prove_result_verdict(p)));
	json_text_string(&j, "stopped",
	    p->stopped != NULL ? prove_result_stopped_text(p, pool) : NULL);
	json_text_array(&j, "cases");
	for (size_t i = 0; i < p->count; i++)
		put_case(&j, &p->cases[i], pool);
	json_text_array_end(&j);
	put_checks(&j, &p->checks[0]);
	json_text_object_end(&j);
	text_putc(out, '\n');
}
