#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "config/config_print.h"
#include "ctl/complaint.h"
#include "ctl/conf/conf.h"
#include "ctl/conf/convert.h"
#include "ctl/text.h"
#include "settings.h"

#define WHY_OCTETS 1024
#define SETTINGS_MAX 100

const char conf_usage[] = "conf [-c FILE] [-o KEY=VALUE]...\n"
			  "       beschermctl conf [--from-opendmarc FILE] "
			  "[--from-opendkim FILE]\n"
			  "                        [--from-policyd-spf FILE]";
const char conf_help[] =
    N_("  -c FILE                a file other than the installed one\n"
       "  -o KEY=VALUE           a setting that overrides the file\n"
       "  --from-opendmarc FILE  write a beschermd.conf that does what OpenDMARC "
       "did\n"
       "  --from-opendkim FILE   take what concerns verifying from this one\n"
       "  --from-policyd-spf FILE\n"
       "                         take what concerns SPF from this one\n"
       "\n"
       "A list shows where its last line is.  The exit code is 0, or 64 (usage),\n"
       "66 (a file to convert cannot be read), 78 (a mistake in a file).\n");

struct options {
	const char *conf;
	struct convert_from from;
	const char *settings[SETTINGS_MAX];
	size_t setting_count;
};

static bool
converts(const struct options *o)
{
	return o->from.opendmarc != NULL || o->from.opendkim != NULL ||
	       o->from.policyd_spf != NULL;
}

static int
parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "from-opendmarc", required_argument, NULL, 'm' },
		{ "from-opendkim", required_argument, NULL, 'k' },
		{ "from-policyd-spf", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int flag;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((flag = getopt_long(argc, argv, "c:o:", names, NULL)) != -1) {
		if (flag == 'c')
			o->conf = optarg;
		else if (flag == 'm')
			o->from.opendmarc = optarg;
		else if (flag == 'k')
			o->from.opendkim = optarg;
		else if (flag == 's')
			o->from.policyd_spf = optarg;
		else if (flag == 'o' && o->setting_count < SETTINGS_MAX)
			o->settings[o->setting_count++] = optarg;
		else
			return EX_USAGE;
	}
	if (optind != argc)
		return EX_USAGE;
	if (!converts(o))
		return EX_OK;
	return o->conf == NULL && o->setting_count == 0 ? EX_OK : EX_USAGE;
}

static int
show(const struct options *o)
{
	char why[WHY_OCTETS];
	struct config *config =
	    settings_load(o->conf, o->settings, o->setting_count, why, sizeof why);

	if (config == NULL) {
		complaint_print("%s", why);
		return EX_CONFIG;
	}
	for (size_t i = 0; i < config->warnings.count; i++)
		complaint_print(_("warning: %s"), config->warnings.words[i]);
	config_print(config, stdout);
	config_free(config);
	return EX_OK;
}

int
conf_run(int argc, char **argv)
{
	struct options o = { 0 };
	int code = parse(&o, argc, argv);

	if (code != EX_OK)
		return code;
	if (converts(&o))
		return convert_run(&o.from, stdout);
	return show(&o);
}
