#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "mail/evidence.h"
#include "outcome/outcome_json.h"
#include "policy/judged_json.h"
#include "policy/rule.h"
#include "policy/verdict.h"

#define QUEUE_ID_OCTETS 40 /* as in outcome_line.c: both tell of one message */

/* As much as there is room for: a sender can make any of these long. */
static const struct judged_json_room rooms[] = {
	{ .headers = true, .dns = true, .signatures = SIZE_MAX },
	{ .headers = true, .dns = false, .signatures = SIZE_MAX },
	{ .headers = false, .dns = false, .signatures = SIZE_MAX },
	{ .headers = false, .dns = false, .signatures = 8 },
	{ .headers = false, .dns = false, .signatures = 2 },
	{ .headers = false, .dns = false, .signatures = 0 },
};

#define ROOMS (sizeof rooms / sizeof rooms[0])

static void
begin(struct json_text *j, const struct evidence *ev)
{
	char id[QUEUE_ID_OCTETS + 1], client[IP_TEXT_SIZE];
	struct buf b;

	buf_init(&b, id, sizeof id);
	buf_put_word(&b, ev->queue_id, QUEUE_ID_OCTETS);
	json_text_object(j, NULL);
	json_text_string(j, "level", log_level_name(LOG_LEVEL_INFO));
	json_text_string(j, "queue_id", id);
	json_text_string(j, "client", ip_format(&ev->client, client));
}

/* Only where it is one: to others it says nothing. */
static void
put_proof(struct json_text *j, const struct evidence *ev)
{
	if (ev->proof)
		json_text_bool(j, "prove", true);
}

static void
put_left_out(
    struct json_text *j, const struct evidence *ev, const struct judged_json_room *room)
{
	json_text_array(j, "left_out");
	if (room->signatures < ev->dkim_count)
		json_text_string(j, NULL, "dkim");
	if (!room->headers)
		json_text_string(j, NULL, "headers");
	if (!room->dns)
		json_text_string(j, NULL, "dns");
	json_text_array_end(j);
}

static void
write_object(struct text *out, const struct judged_json *judged,
    const struct judged_json_room *room)
{
	const struct evidence *ev = judged->ev;
	struct json_text j = { .out = out, .ascii = true };

	begin(&j, ev);
	judged_json_log(&j, judged, room);
	json_text_string(&j, "unanswered", ev->unanswered);
	json_text_number(&j, "wait_ms", ev->wait_ms);
	put_left_out(&j, ev, room);
	put_proof(&j, ev);
	json_text_object_end(&j);
}

/* What is bounded by its own kind. */
static void
write_least(struct text *out, const struct judged_json *judged)
{
	static const char *const more[] = { "reply", "reason", "from", "dmarc", "spf",
		"dkim", "headers", "dns", "unanswered" };
	const struct verdict *v = judged->verdict;
	struct json_text j = { .out = out, .ascii = true };

	begin(&j, judged->ev);
	json_text_string(&j, "action", verdict_action_name(v->action));
	json_text_string(&j, "would", verdict_action_name(v->would));
	json_text_string(&j, "rule", rule_name(v->rule));
	json_text_null(&j, more[0]);
	json_text_null(&j, more[1]);
	judged_json_passed_on(&j, judged->ev); /* where it stands in all others */
	for (size_t i = 2; i < sizeof more / sizeof more[0]; i++)
		json_text_null(&j, more[i]);
	json_text_number(&j, "wait_ms", judged->ev->wait_ms);
	json_text_array(&j, "left_out");
	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
		json_text_string(&j, NULL, more[i]);
	json_text_array_end(&j);
	put_proof(&j, judged->ev);
	json_text_object_end(&j);
}

void
outcome_json(struct text *out, const struct judged_json *judged)
{
	for (size_t i = 0; i < ROOMS; i++) {
		write_object(out, judged, &rooms[i]);
		if (out->len <= LOG_OBJECT_MAX)
			return;
		out->len = 0;
	}
	write_least(out, judged);
}
