#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/pool.h"
#include "base/text.h"
#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_message.h"

#define FILE_OCTETS ((size_t)64 * 1024)
#define ID "@id@"
#define ID_CAPITALS "@ID@"

const char *
prove_message_folder(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it */
	const char *dir = getenv("BESCHERMD_PROVEDIR");

	return dir != NULL && *dir != '\0' ? dir : PROVEDIR;
}

/* An authserv-id is ASCII, or is not what readers compare without its case. */
static void
put_id(struct text *t, const char *id, bool capitals)
{
	static const char small[] = "abcdefghijklmnopqrstuvwxyz";
	static const char large[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (; *id != '\0'; id++) {
		const char *letter = capitals ? strchr(small, *id) : NULL;

		if (letter != NULL)
			text_putc(t, large[letter - small]);
		else
			text_putc(t, *id);
	}
}

/* ${text} with the id of the server where its place is. */
static void
put_filled(struct text *t, const char *text, const char *id)
{
	for (const char *at; (at = strchr(text, '@')) != NULL;) {
		size_t len = strlen(ID);
		bool small = strncmp(at, ID, len) == 0;
		bool capitals = strncmp(at, ID_CAPITALS, len) == 0;

		text_put(t, text, (size_t)(at - text));
		if (small || capitals)
			put_id(t, id, capitals);
		else
			text_putc(t, '@');
		text = at + (small || capitals ? len : 1);
	}
	text_puts(t, text);
}

/* As somebody would write who has nothing to do with the domain. */
static void
put_own(struct text *t, const struct prove_case *sent, const struct prove_stamp *stamp)
{
	text_printf(t,
	    "From: Test <test@%s>\n"
	    "To: " PROVE_RECIPIENT "\n"
	    "Subject: beschermctl prove %d: forged\n"
	    "Date: %s\n"
	    "Message-ID: <%s.%s@beschermd.test>\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=us-ascii\n"
	    "\n"
	    "This is a test of beschermctl prove: it shows that this mail server\n"
	    "checks what comes in.  It is never delivered; where you find it in a\n"
	    "queue, it can be deleted.\n",
	    sent->from, sent->number, stamp->date, stamp->run, sent->from);
}

const char *
prove_message_text(const struct prove_case *sent, const struct prove_stamp *stamp,
    struct pool *pool, char *why, size_t whysize)
{
	struct text t = { 0 };
	const char *path =
	    pool_printf(pool, "%s/%02d.eml", prove_message_folder(), sent->number);
	const char *kept;
	char *text;

	text_printf(&t, PROVE_MESSAGE_FIELD ": %s %02d\n", stamp->run, sent->number);
	if (sent->number == PROVE_CASE_OWN) {
		put_own(&t, sent, stamp);
	} else {
		text = file_read(path, FILE_OCTETS, NULL, why, whysize);
		if (text == NULL) {
			text_free(&t);
			return NULL;
		}
		put_filled(&t, text, stamp->authserv_id);
		free(text);
	}
	kept = pool_strdup(pool, t.data);
	text_free(&t);
	return kept;
}
