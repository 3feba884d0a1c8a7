#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "ctl/audit/plan.h"
#include "ctl/complaint.h"
#include "ctl/option_value.h"
#include "ctl/prove/prove_options.h"
#include "ctl/text.h"

#define WHY_OCTETS 512

enum {
	OPT_CONFIG_DIR = 256,
	OPT_JSON,
	OPT_HTML,
	OPT_LANG,
	OPT_DOMAIN,
	OPT_SETUP,
	OPT_UNDO
};

static const struct option long_options[] = {
	{ "config-dir", required_argument, NULL, OPT_CONFIG_DIR },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "html", no_argument, NULL, OPT_HTML },
	{ "lang", required_argument, NULL, OPT_LANG },
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "setup", no_argument, NULL, OPT_SETUP },
	{ "undo", no_argument, NULL, OPT_UNDO },
	{ NULL, 0, NULL, 0 },
};

static bool
take_format(struct prove_options *o, enum prove_format format)
{
	if (o->format != PROVE_TEXT && o->format != format) {
		complaint_print("%s", _("only one of --json and --html"));
		return false;
	}
	o->format = format;
	return true;
}

static bool
take_what(struct prove_options *o, enum prove_what what)
{
	if (o->what != PROVE_RUN && o->what != what) {
		complaint_print("%s", _("only one of --setup and --undo"));
		return false;
	}
	o->what = what;
	return true;
}

static bool
take_domain(struct prove_options *o, const char *value)
{
	char why[WHY_OCTETS], *name;
	struct buf b;

	buf_init(&b, why, sizeof why);
	name = plan_domain_name(value, &b);
	if (name == NULL) {
		complaint_print("--domain: %s", why);
		return false;
	}
	wordlist_add(&o->domains, name);
	free(name);
	return true;
}

static bool
take_option(struct prove_options *o, int option, const char *value)
{
	switch (option) {
	case 'c':
		return option_value_path("-c", value, &o->conf);
	case 'd':
		return option_value_path("-d", value, &o->folder);
	case 'v':
		o->verbose = true;
		return true;
	case OPT_CONFIG_DIR:
		return option_value_path("--config-dir", value, &o->dir);
	case OPT_JSON:
		return take_format(o, PROVE_JSON);
	case OPT_HTML:
		return take_format(o, PROVE_HTML);
	case OPT_LANG:
		return option_value_language(value, &o->language);
	case OPT_DOMAIN:
		return take_domain(o, value);
	case OPT_SETUP:
		return take_what(o, PROVE_SETUP);
	case OPT_UNDO:
		return take_what(o, PROVE_UNDO);
	default:
		return false; /* getopt has told */
	}
}

int
prove_options_read(struct prove_options *o, int argc, char **argv)
{
	int option;

	*o = (struct prove_options){ 0 };
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((option = getopt_long(argc, argv, "c:d:v", long_options, NULL)) != -1) {
		if (!take_option(o, option, optarg))
			return EX_USAGE;
	}
	return optind == argc ? option_value_speak(&o->language, o->format == PROVE_TEXT)
			      : EX_USAGE;
}

void
prove_options_clear(struct prove_options *o)
{
	wordlist_clear(&o->domains);
}
