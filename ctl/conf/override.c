#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/config_override.h"
#include "ctl/complaint.h"
#include "ctl/conf/override.h"
#include "ctl/conf/override_ask.h"
#include "ctl/conf/override_edit.h"
#include "ctl/conf/override_line.h"
#include "ctl/conf/override_list.h"
#include "ctl/text.h"

#define WHY_OCTETS 512

const char override_usage[] =
    "override list [-c FILE] [--json]\n"
    "       beschermctl override add [OPTION]... DOMAIN ACTION\n"
    "       beschermctl override add [OPTION]... --from-message QUEUE-ID\n"
    "       beschermctl override remove [-c FILE] [--client NETWORK] [--reload] DOMAIN\n"
    "       beschermctl override prune [-c FILE] [--reload]";
const char override_help[] =
    N_("Exceptions are settings: Override DOMAIN ACTION client=... until=... "
       "reason=...\n"
       "They can be in any conf file; this verb writes only "
       "beschermd.d/overrides.conf,\n"
       "beside the settings.\n"
       "\n"
       "  list           all of them: where each is, when it ends, and how many\n"
       "                 messages of the last 30 days it decided\n"
       "  add            one more; it replaces one for the same domain and clients\n"
       "  remove         the one for DOMAIN and those clients\n"
       "  prune          those that have ended\n"
       "\n"
       "DOMAIN is the author's; .DOMAIN: what is below it.  ACTION: accept, "
       "header, hold,\n"
       "reject or quarantine.\n"
       "\n"
       "  -c FILE        settings (the installed file)\n"
       "  --client NETWORK\n"
       "                 only for mail from there; accept always needs it\n"
       "  --until DATE   its last day, such as 2027-01-31\n"
       "  --reason TEXT  up to 200 characters of ASCII, for the log and the "
       "results\n"
       "  --from-message QUEUE-ID\n"
       "                 one that lets in mail like that message of the history, "
       "for\n"
       "                 90 days; only printed\n"
       "  --yes          write it\n"
       "  --force        even if nothing shows that the message was forwarded\n"
       "  --reload       have the filter read it at once\n"
       "  --json         one object per line\n");

enum {
	OPT_CLIENT = 256,
	OPT_UNTIL,
	OPT_REASON,
	OPT_FROM_MESSAGE,
	OPT_YES,
	OPT_FORCE,
	OPT_RELOAD,
	OPT_JSON
};

static const struct option long_options[] = {
	{ "client", required_argument, NULL, OPT_CLIENT },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "reason", required_argument, NULL, OPT_REASON },
	{ "from-message", required_argument, NULL, OPT_FROM_MESSAGE },
	{ "yes", no_argument, NULL, OPT_YES },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "reload", no_argument, NULL, OPT_RELOAD },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};

struct options {
	const char *verb;
	struct override_edit edit; /* with -c and --reload */
	struct override_line words;
	const char *message;
	bool yes, force, json;
};

/* Said twice, one of them is a slip. */
static bool
take_text(const char **field, const char *value)
{
	if (*field != NULL)
		complaint_print(_("%s is already there: %s"), *field, value);
	else
		*field = value;
	return *field == value;
}

static bool
take_flag(bool *field)
{
	*field = true;
	return true;
}

static bool
take_option(struct options *o, int option, const char *value)
{
	switch (option) {
	case 'c':
		return take_text(&o->edit.conf, value);
	case OPT_CLIENT:
		return take_text(&o->words.client, value);
	case OPT_UNTIL:
		return take_text(&o->words.until, value);
	case OPT_REASON:
		return take_text(&o->words.reason, value);
	case OPT_FROM_MESSAGE:
		return take_text(&o->message, value);
	case OPT_YES:
		return take_flag(&o->yes);
	case OPT_FORCE:
		return take_flag(&o->force);
	case OPT_RELOAD:
		return take_flag(&o->edit.reload);
	case OPT_JSON:
		return take_flag(&o->json);
	default:
		return false;
	}
}

static bool
parse(struct options *o, int argc, char **argv)
{
	int option;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1) {
		if (!take_option(o, option, optarg))
			return false;
	}
	if (optind == argc)
		return false;
	o->verb = argv[optind++];
	if (optind < argc)
		o->words.domain = argv[optind++];
	if (optind < argc)
		o->words.action = argv[optind++];
	return optind == argc;
}

static bool
read_words(const struct options *o, struct config_override *override)
{
	char storage[WHY_OCTETS];
	struct buf why;

	buf_init(&why, storage, sizeof storage);
	if (override_line_read(override, &o->words, &why))
		return true;
	complaint_print("%s", storage);
	return false;
}

static int
list(struct options *o)
{
	if (o->words.domain != NULL || o->words.client != NULL || o->edit.reload)
		return EX_USAGE;
	return override_list(o->edit.conf, o->json);
}

static int
add(struct options *o)
{
	struct config_override override = { 0 };
	int code = EX_OK;

	if (o->json || (o->message != NULL) == (o->words.domain != NULL))
		return EX_USAGE;
	o->edit.dry = o->message != NULL && !o->yes;
	if (o->message != NULL)
		code = override_ask(
		    o->edit.conf, o->message, &o->words, o->force, &override);
	else if (!read_words(o, &override))
		code = EX_USAGE;
	if (code == EX_OK)
		code = override_edit_add(&o->edit, &override);
	if (code == EX_OK && o->edit.dry)
		complaint_print("%s", _("nothing is written: --yes writes it"));
	config_override_clear(&override);
	return code;
}

static int
remove_one(struct options *o)
{
	struct config_override override = { 0 };
	int code = EX_USAGE;

	if (o->words.domain == NULL || o->words.action != NULL ||
	    o->words.until != NULL || o->words.reason != NULL || o->message != NULL ||
	    o->json)
		return EX_USAGE;
	o->words.action = "accept"; /* whichever: it is not compared */
	if (read_words(o, &override))
		code = override_edit_remove(&o->edit, &override);
	config_override_clear(&override);
	return code;
}

static int
prune(struct options *o)
{
	if (o->words.domain != NULL || o->words.client != NULL || o->json)
		return EX_USAGE;
	return override_edit_prune(&o->edit);
}

int
override_run(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct options *o);
	} verbs[] = {
		{ "list", list },
		{ "add", add },
		{ "remove", remove_one },
		{ "prune", prune },
	};
	struct options o = { 0 };

	if (!parse(&o, argc, argv))
		return EX_USAGE;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (strcmp(o.verb, verbs[i].name) == 0)
			return verbs[i].run(&o);
	}
	return EX_USAGE;
}
