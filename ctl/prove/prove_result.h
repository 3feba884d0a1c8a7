#ifndef CTL_PROVE_PROVE_RESULT_H
#define CTL_PROVE_PROVE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "ctl/prove/prove_case.h"
#include "ctl/prove/prove_header.h"
#include "ctl/prove/prove_verdict.h"

/* All that a run has found: what is told, as text, JSON or a page. */

enum prove_result_verdict {
	PROVE_RESULT_MET,
	PROVE_RESULT_NOT_MET,
	PROVE_RESULT_UNTESTED
};

/* What `beschermctl postfix` says, in one language. */
struct prove_result_check {
	enum prove_level level;  /* PROVE_WRONG: to be mended */
	const char *text, *mend; /* NULL: nothing */
};

struct prove_result_checks {
	const char *language; /* NULL: the program's */
	struct prove_result_check *list;
	size_t count;
};

#define PROVE_RESULT_LANGUAGES 3 /* the program's, and those of the pages */

struct prove_result_seen {
	const char *reply;    /* the last one, on one line; NULL: none */
	const char *queue;    /* where it lay; NULL: nowhere */
	const char *queue_id; /* NULL: none */
	struct prove_header added, removed;
};

struct prove_result_case {
	struct prove_case sent;
	enum prove_wanted wanted;
	const char *set; /* "reject"; NULL: not known */
	struct prove_result_seen seen;
	struct prove_finding finding;
	const char *dialogue; /* what was said, a line each; NULL: nothing */
};

struct prove_result {
	time_t made;
	const char *host, *postfix; /* its name and version */
	const char *settings_sha256, *postconf_sha256, *zone_sha256;
	struct prove_result_checks checks[PROVE_RESULT_LANGUAGES];
	struct prove_result_case *cases;
	size_t count;
	bool monitor; /* Mode monitor, by the file */
	bool away;    /* the filter does not answer */
	const char
	    *stopped; /* why no message was sent, to be translated; NULL: some were */
	const char *stopped_by; /* its %s */
};

enum prove_result_verdict prove_result_verdict(const struct prove_result *proof);
const char *prove_result_verdict_code(enum prove_result_verdict verdict); /* "not_met" */
const char *prove_result_verdict_word(
    enum prove_result_verdict verdict); /* in the language spoken */

/* What the program exits with. */
int prove_result_exit(const struct prove_result *proof);

/* A finding in the language spoken; what strangers chose as \xNN.  In ${pool}. */
const char *prove_result_finding_text(
    const struct prove_finding *finding, struct pool *pool);
const char *prove_result_stopped_text(
    const struct prove_result *proof, struct pool *pool);

/* "refused", "let through", "marked" ...: what an action of the settings file is. */
const char *prove_result_set_text(const char *action);
const char *prove_result_wanted_text(enum prove_wanted wanted);
const char *prove_result_level_text(enum prove_level level);

/* What was found of Postfix, in the language spoken; the program's where it is not
 * there. */
const struct prove_result_checks *prove_result_checks_in(
    const struct prove_result *proof, const char *language);

#endif
