/*
 * What is told of a message: two octets say how many signatures and questions it has, and
 * then each text of a stranger's comes, with a NUL between one and the next.  The line as
 * text is printable and bounded; as JSON it is one object, with our keys, with each text
 * in its place; so are lines that hold any text.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/evidence.h"
#include "must.h"
#include "outcome/outcome_json.h"
#include "outcome/outcome_line.h"
#include "policy/actions.h"
#include "policy/judged_json.h"
#include "policy/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MANY 255
#define INPUT_MAX                                                             \
	((size_t)4096) /* it is slow, and numbers make an object long as well \
			*/

static const char *const keys[] = { "level", "queue_id", "client", "action", "would",
	"rule", "reply", "reason", "sealed", "forwarded", "client_confirmed", "from",
	"dmarc", "spf", "dkim", "headers", "dns", "unanswered", "wait_ms", "left_out",
	"prove" };

struct input {
	const char *at, *end;
};

/* The next text of the input; "" behind its end. */
static const char *
next(struct input *in)
{
	const char *text = in->at;

	if (text >= in->end)
		return "";
	in->at += strlen(text) + 1;
	return text;
}

static void
must_be_printable(const char *line)
{
	for (; *line != '\0'; line++)
		must(*line >= ' ' && *line <= '~');
}

static void
must_end_as(const char *line, const char *end)
{
	size_t len = strlen(line);

	must(len > strlen(end) && strcmp(line + len - strlen(end), end) == 0);
}

/* What JSON says in place of ${text}: octets above 127 in words. */
static void
must_tell(const json_t *object, const char *key, const char *text)
{
	const json_t *value = json_object_get(object, key);
	struct text wanted = { 0 };

	if (*text == '\0') {
		must(json_is_null(value));
		return;
	}
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x80)
			text_putc(&wanted, *text);
		else
			text_printf(&wanted, "\\x%02X", (unsigned char)*text);
	}
	must(json_is_string(value) && strcmp(json_string_value(value), wanted.data) == 0);
	text_free(&wanted);
}

static json_t *
read_object(const char *line)
{
	json_t *o;

	must_be_printable(line);
	must(*line == '{' && strlen(line) <= LOG_OBJECT_MAX);
	o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	must(json_is_object(o));
	return o;
}

static bool
is_whole(const json_t *o)
{
	return json_array_size(json_object_get(o, "left_out")) == 0;
}

static void
check_object(const char *line, const struct judged_json *judged)
{
	const struct evidence *ev = judged->ev;
	json_t *o = read_object(line), *value;
	const char *key;
	size_t n = 0;

	json_object_foreach(o, key, value)
	{
		must(n < sizeof keys / sizeof keys[0] && strcmp(key, keys[n]) == 0);
		n++;
	}
	/* The last one of test messages alone. */
	must(n == sizeof keys / sizeof keys[0] - (ev->proof ? 0 : 1));
	must(strcmp(json_string_value(json_object_get(o, "action")),
		 verdict_action_name(judged->verdict->action)) == 0);
	must(strcmp(json_string_value(json_object_get(o, "client")), "192.0.2.7") == 0);
	if (is_whole(o) && ev->exemption == EXEMPT_NO) {
		json_t *dkim = json_object_get(o, "dkim");

		must_tell(json_object_get(o, "from"), "domain", ev->from.domain);
		must_tell(json_object_get(o, "spf"), "domain", ev->spf.domain);
		must(json_array_size(dkim) == ev->dkim_count);
		if (ev->dkim_count > 0)
			must_tell(
			    json_array_get(dkim, 0), "selector", ev->dkim[0].selector);
		must(
		    json_array_size(json_object_get(o, "dns")) == judged->question_count);
	}
	json_decref(o);
}

static void
check_message(struct input *in, uint8_t signatures, uint8_t questions)
{
	struct dkim_evidence *dkim = mem_alloc(MANY * sizeof *dkim);
	struct question_fact *asked = mem_alloc(MANY * sizeof *asked);
	struct header_insertion field = { .name = "X-Spam-Flag" };
	struct actions actions = { .insert = &field, .insert_count = 1 };
	struct verdict verdict = { .action = ACTION_REJECT, .would = ACTION_REJECT };
	struct evidence ev = { .dkim = dkim, .dkim_count = signatures };
	struct judged_json judged = { .ev = &ev,
		.verdict = &verdict,
		.actions = &actions,
		.questions = asked,
		.question_count = questions };
	char line[LOG_LINE_MAX + 1];
	struct text object = { 0 };

	ip_parse("192.0.2.7", &ev.client);
	ev.queue_id = next(in);
	ev.from.domain = next(in);
	ev.spf.domain = next(in);
	ev.spf.reason = ev.from.reason = next(in);
	ev.dmarc.record_domain = next(in);
	ev.dmarc.reason = verdict.reason = next(in);
	ev.unanswered = next(in);
	ev.helo = ev.mail_from = ev.host_name = ev.client_name = "";
	ev.exemption = questions % 16 == 15 ? EXEMPT_AUTHENTICATED : EXEMPT_NO;
	field.value = next(in);
	judged.reply = (struct reply){ "550", "5.7.26", next(in) };
	for (size_t i = 0; i < signatures; i++)
		dkim[i] = (struct dkim_evidence){ .domain = next(in),
			.selector = next(in),
			.algorithm = "rsa-sha256",
			.reason = next(in) };
	for (size_t i = 0; i < questions; i++)
		asked[i] = (struct question_fact){ .name = next(in), .type = "TXT" };
	ev.proof = questions % 2 == 1;
	outcome_line(&ev, &verdict, line, sizeof line);
	must_be_printable(line);
	must_end_as(line, ev.proof ? "ms prove=yes" : "ms");
	outcome_json(&object, &judged);
	check_object(object.data, &judged);
	text_free(&object);
	free(dkim);
	free(asked);
}

/* What ends up in the log, where a line holds ${text}. */
static void
check_line(const char *text)
{
	FILE *saved = stderr;
	char *line = NULL;
	size_t len = 0;
	json_t *o;

	stderr = open_memstream(&line, &len);
	must(stderr != NULL);
	log_set_format(LOG_AS_JSON);
	log_set_level(LOG_LEVEL_DEBUG);
	log_warning("%s", text);
	fflush(stderr);
	must(len > 0 && strchr(line, '\n') == line + len - 1);
	line[len - 1] = '\0';
	o = read_object(line);
	must(json_object_size(o) == 2);
	must(strcmp(json_string_value(json_object_get(o, "level")), "warning") == 0);
	must(json_is_string(json_object_get(o, "message")));
	json_decref(o);
	must(fseek(stderr, 0, SEEK_SET) == 0);
	log_detail(text, text);
	fclose(stderr);
	stderr = saved;
	line[strcspn(line, "\n")] = '\0';
	o = read_object(line);
	must(json_object_size(o) == 3);
	must(json_is_string(json_object_get(o, "queue_id")));
	json_decref(o);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy;
	struct input in;

	if (size < 2)
		return 0;
	if (size > INPUT_MAX)
		size = INPUT_MAX;
	copy = mem_strndup((const char *)data + 2, size - 2);
	in = (struct input){ copy, copy + size - 2 };
	check_line(copy);
	check_message(&in, data[0], data[1]);
	free(copy);
	return 0;
}
