#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/ip.h"
#include "base/mem.h"
#include "base/pool.h"
#include "config/config.h"
#include "ctl/judge/judge.h"
#include "ctl/prove/prove_set.h"
#include "mail/evidence.h"
#include "parts.h"
#include "policy/reply.h"
#include "settings.h"

struct prove_setting {
	struct parts_store *zone, *dns;
};

static struct parts_store *
open_parts(const char *conf, const char *setting, char *why, size_t whysize)
{
	struct config *config =
	    settings_load(conf, &setting, setting != NULL, why, whysize);

	return config != NULL ? parts_open(config, why, whysize) : NULL;
}

struct prove_setting *
prove_set_open(const char *conf, const char *zone, char *why, size_t whysize)
{
	struct prove_setting *s = mem_alloc(sizeof *s);
	struct pool *pool = pool_new();

	s->zone = open_parts(conf, pool_printf(pool, "ZoneFile=%s", zone), why, whysize);
	if (s->zone != NULL)
		s->dns = open_parts(conf, NULL, why, whysize);
	pool_free(pool);
	if (s->dns != NULL)
		return s;
	prove_set_close(s);
	return NULL;
}

void
prove_set_close(struct prove_setting *s)
{
	if (s == NULL)
		return;
	parts_close(s->zone);
	parts_close(s->dns);
	free(s);
}

/* A file that is nowhere but in memory; -1: none can be had. */
static int
make_file(const char *message)
{
	int fd = memfd_create("prove", MFD_CLOEXEC);
	size_t len = strlen(message);

	if (fd != -1 && write(fd, message, len) != (ssize_t)len) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What the filter would say if it did ${action}. */
static const char *
reply_of(const struct judged *judged, enum action action, struct pool *pool)
{
	struct verdict verdict = *judged->verdict;
	struct reply reply;

	verdict.action = verdict.would = action;
	reply = reply_make(judged->config, judged->ev, &verdict, pool);
	return reply.code == NULL ? ""
				  : pool_printf(pool, "%s %s %s", reply.code,
					reply.enhanced, reply.text);
}

/* Of a domain of one's own: what it asks for itself. */
static enum prove_wanted
wanted_by(const struct evidence *ev)
{
	if (ev->dmarc.result == DMARC_TEMPERROR)
		return PROVE_UNKNOWN;
	if (ev->dmarc.result != DMARC_FAIL || ev->dmarc.policy == DMARC_P_NONE)
		return PROVE_EITHER;
	return PROVE_CAUGHT;
}

static void
take(struct prove_set *set, const struct judged *judged, const struct prove_case *sent,
    struct pool *pool)
{
	set->known = true;
	set->action = judged->verdict->action;
	set->by_suffix = judged->config->discovery == CONFIG_PSL;
	set->dmarc = evidence_dmarc_name(judged->ev->dmarc.result);
	set->refusal = reply_of(judged, ACTION_REJECT, pool);
	set->deferral = reply_of(judged, ACTION_TEMPFAIL, pool);
	if (sent->number == PROVE_CASE_OWN)
		set->wanted = wanted_by(judged->ev);
}

struct prove_set
prove_set(struct prove_setting *s, const struct prove_case *sent, const char *message,
    struct pool *pool)
{
	struct prove_set set = { .wanted = sent->wanted, .refusal = "", .deferral = "" };
	struct judge_options options = { .has_client = true,
		.helo = sent->helo,
		.mail_from = sent->mail_from,
		.queue_id = PROVE_QUEUE_ID };
	int fd = make_file(message);
	const char *path = pool_printf(pool, "/proc/self/fd/%d", fd);
	const struct mailfile_place place = { .path = path, .end = -1 };
	bool own = sent->number == PROVE_CASE_OWN;
	struct judge *judge;
	char why[256];

	if (fd == -1 || !ip_parse(sent->client, &options.client))
		return set;
	judge =
	    judge_message(own ? s->dns : s->zone, &options, &place, "", why, sizeof why);
	if (judge != NULL)
		take(&set, judge_outcome(judge), sent, pool);
	judge_free(judge);
	close(fd);
	return set;
}
