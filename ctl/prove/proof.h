#ifndef CTL_PROVE_PROOF_H
#define CTL_PROVE_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_header.h"
#include "ctl/prove/prove_verdict.h"

/* All that a run has found: what is told, as text, JSON or a page. */

enum proof_verdict { PROOF_MET, PROOF_NOT_MET, PROOF_UNTESTED };

/* What `beschermctl postfix` says, in one language. */
struct proof_check {
	enum prove_level level; /* PROVE_WRONG: to be mended */
	const char *text, *mend; /* NULL: nothing */
};

struct proof_checks {
	const char *language; /* NULL: the program's */
	struct proof_check *list;
	size_t count;
};

#define PROOF_LANGUAGES 3 /* the program's, and those of the pages */

struct proof_seen {
	const char *reply;          /* the last one, on one line; NULL: none */
	const char *queue;          /* where it lay; NULL: nowhere */
	const char *queue_id;       /* NULL: none */
	struct prove_header added, removed;
};

struct proof_case {
	struct prove_case sent;
	enum prove_wanted wanted;
	const char *set; /* "reject"; NULL: not known */
	struct proof_seen seen;
	struct prove_finding finding;
	const char *dialogue; /* what was said, a line each; NULL: nothing */
};

struct proof {
	time_t made;
	const char *host, *postfix; /* its name and version */
	const char *settings_sha256, *postconf_sha256, *zone_sha256;
	struct proof_checks checks[PROOF_LANGUAGES];
	struct proof_case *cases;
	size_t count;
	bool monitor; /* Mode monitor, by the file */
	bool away;    /* the filter does not answer */
	const char *stopped; /* why no message was sent, to be translated; NULL: some were */
	const char *stopped_by; /* its %s */
};

enum proof_verdict proof_verdict(const struct proof *proof);
const char *proof_verdict_code(enum proof_verdict verdict); /* "not_met" */
const char *proof_verdict_word(enum proof_verdict verdict); /* in the language spoken */

/* What the program exits with. */
int proof_exit(const struct proof *proof);

/* A finding in the language spoken; what strangers chose as \xNN.  In ${pool}. */
const char *proof_finding_text(const struct prove_finding *finding, struct pool *pool);
const char *proof_stopped_text(const struct proof *proof, struct pool *pool);

/* "refused", "let through", "marked" ...: what an action of the settings file is. */
const char *proof_set_text(const char *action);
const char *proof_wanted_text(enum prove_wanted wanted);
const char *proof_level_text(enum prove_level level);

/* What was found of Postfix, in the language spoken; the program's where it is not
 * there. */
const struct proof_checks *proof_checks_in(
    const struct proof *proof, const char *language);

#endif
