/* Any octets as what beschermctl prove reads: headers, replies, a queue, its evidence. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/pool.h"
#include "base/text.h"
#include "base/unconst.h"
#include "ctl/json.h"
#include "ctl/postfix/queue.h"
#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_check.h"
#include "ctl/prove/prove_header.h"
#include "ctl/prove/prove_result.h"
#include "ctl/prove/prove_talk.h"
#include "ctl/prove/prove_verdict.h"
#include "mail/authres_id.h"
#include "must.h"
#include "queue_quoted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID "mx.school.example"
#define OURS                                                             \
	"Authentication-Results: " ID "; dmarc=pass (p=reject dis=none)" \
	" header.from=a.example; spf=pass\n"

static void
check_field(const struct prove_field *f)
{
	size_t len = strlen(f->value);

	must(*f->name != '\0');
	for (const char *p = f->name; *p != '\0'; p++)
		must(*p > ' ' && *p <= '~' && *p != ':');
	must(strpbrk(f->value, "\t\r\n") == NULL && strstr(f->value, "  ") == NULL);
	must(len == 0 || (f->value[0] != ' ' && f->value[len - 1] != ' '));
}

static size_t
count_received(const struct prove_header *header)
{
	size_t n = 0;

	for (size_t i = 0; i < header->count; i++)
		n += strcasecmp(header->fields[i].name, "Received") == 0;
	return n;
}

static bool
has_forged(const struct prove_header *header)
{
	for (size_t i = 0; i < header->count; i++) {
		const struct prove_field *f = &header->fields[i];

		if (strcasecmp(f->name, "Authentication-Results") == 0 &&
		    authres_id_claims(f->value, ID, NULL))
			return true;
	}
	return false;
}

/* Whatever was sent: of what came back, our own field is ours, and nothing else is. */
static void
check_header(const char *octets, size_t len, struct pool *pool)
{
	static const struct prove_header none = { 0 };
	const struct prove_reader reader = { ID, "X-Spam-Flag", "a.example", false };
	const struct prove_header sent = prove_header_read(octets, len, pool);
	struct prove_view past = { 0 }, view = { 0 };
	struct prove_header queued;
	struct text text = { 0 };

	must(sent.count <= PROVE_HEADER_FIELDS_MAX);
	for (size_t i = 0; i < sent.count; i++)
		check_field(&sent.fields[i]);
	must(prove_header_beyond(&sent, &sent, pool).count == 0);
	must(prove_header_beyond(&none, &sent, pool).count == 0);
	must(prove_header_beyond(&sent, &none, pool).count ==
	     sent.count - count_received(&sent));
	prove_header_look(&past, &sent, &sent, &reader, pool);
	must(past.ours == 0 && past.fate == PROVE_PLAIN && past.dmarc == NULL);
	must(past.forged_left == has_forged(&sent));
	/* A blank would go on with our field. */
	if (sent.count == PROVE_HEADER_FIELDS_MAX ||
	    (len > 0 && (octets[0] == ' ' || octets[0] == '\t')))
		return;
	text_puts(&text, OURS);
	text_put(&text, octets, len);
	queued = prove_header_read(text.data, text.len, pool);
	prove_header_look(&view, &sent, &queued, &reader, pool);
	must(view.ours == 1 && strcmp(view.dmarc, "pass") == 0 && !view.other_settings);
	must(view.fate == PROVE_PLAIN && view.forged_left == has_forged(&sent));
	text_free(&text);
}

/* A reply: an id or none, and words that give no orders. */
static void
check_reply(const char *text, struct pool *pool)
{
	const char *id = prove_talk_queue_id(text, pool);
	const char *joined = prove_talk_joined(text, pool);
	const struct prove_finding finding = { PROVE_OK, "refused: %s", text, false };
	const char *told = prove_result_finding_text(&finding, pool);

	must(id == NULL || queue_is_id(id));
	must((joined == NULL) == (*text == '\0'));
	must(joined == NULL ||
	     (strchr(joined, '\n') == NULL && strlen(joined) <= strlen(text)));
	must(strncmp(told, "refused: ", strlen("refused: ")) == 0);
	for (const char *p = told; *p != '\0'; p++)
		must(*p >= ' ' && *p <= '~');
}

/* A message for a stranger's address is not ours, whatever that holds. */
static void
check_queue(const char *octets, size_t len, size_t ours)
{
	struct text line = { 0 };
	struct queue queue;
	FILE *lines;

	text_puts(&line,
	    "{\"queue_name\": \"deferred\", \"queue_id\": \"4jdLtt3t0Lz1brvg\","
	    " \"arrival_time\": 1796000000, \"message_size\": 3, \"sender\": \"");
	queue_quoted(&line, octets, len);
	text_puts(&line, "\", \"recipients\": [{\"address\": \"");
	queue_quoted(&line, ours == 0 ? octets : PROVE_RECIPIENT,
	    ours == 0 ? len : strlen(PROVE_RECIPIENT));
	text_puts(&line, "\", \"delay_reason\": \"");
	queue_quoted(&line, octets, len);
	text_puts(&line, "\"}]}\n");
	lines = fmemopen(line.data, line.len, "r");
	must(lines != NULL);
	queue_read_for(&queue, lines, PROVE_RECIPIENT);
	fclose(lines);
	must(queue.count == ours);
	queue_free(&queue);
	text_free(&line);
}

static void
check_evidence(const char *octets, size_t len)
{
	struct json_proof proof;

	json_read_proof(octets, len, &proof);
	must(memchr(proof.made, '\0', sizeof proof.made) != NULL);
	must(memchr(proof.verdict, '\0', sizeof proof.verdict) != NULL);
	must(memchr(proof.settings_sha256, '\0', sizeof proof.settings_sha256) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *octets = (const char *)data;
	bool is_recipient =
	    size == strlen(PROVE_RECIPIENT) && memcmp(octets, PROVE_RECIPIENT, size) == 0;
	struct prove_result_checks checks = { 0 };
	struct pool *pool = pool_new();

	check_header(octets, size, pool);
	check_reply(pool_strndup(pool, octets, size), pool);
	if (!is_recipient)
		check_queue(octets, size, 0);
	check_queue(octets, size, 1);
	check_evidence(octets, size);
	prove_check_read(&checks, pool_strndup(pool, octets, size), pool);
	pool_free(pool);
	return 0;
}
