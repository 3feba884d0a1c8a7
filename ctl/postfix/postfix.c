#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/pool.h"
#include "config/config.h"
#include "ctl/postfix/postfix.h"
#include "ctl/postfix/postfix_check.h"
#include "ctl/postfix/postfix_setup.h"
#include "ctl/postfix/postfix_socket.h"
#include "ctl/text.h"
#include "edge/listener.h"
#include "settings.h"

#define WHY_OCTETS 1024
#define SOMETHING_TO_MEND 1
#define RESTART "systemctl restart beschermd && systemctl reload postfix"

struct options {
	const char *conf; /* NULL: the installed one */
	const char *dir;  /* NULL: Postfix's default */
};

static int
read_options(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config-dir", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int flag;

	*options = (struct options){ 0 };
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet */
	while ((flag = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		if (flag == 'c')
			options->conf = optarg;
		else if (flag == 'd')
			options->dir = optarg;
		else
			return -1;
	}
	return optind == argc ? 0 : -1;
}

/* What to write where.  Not translated are the lines themselves. */
static void
print_lines(const struct postfix_setup *setup)
{
	const struct config *config = setup->config;

	if (setup->socket != config->socket) {
		puts(_(
		    "In beschermd.conf, because smtpd runs in a chroot and sees nothing "
		    "outside its queue directory:"));
		printf("\nSocket      %s\nSocketGroup %s\n\n", setup->socket,
		    postfix_socket_group(setup));
	}
	puts(_("In main.cf:"));
	printf(
	    "\nsmtpd_milters = %s\nmilter_default_action = tempfail\n\n", setup->milters);
}

static int
report(struct postfix_setup *setup)
{
	print_lines(setup);
	postfix_check_all(setup);
	putchar('\n');
	if (setup->faults == 0) {
		puts(_("All is well."));
		return EX_OK;
	}
	printf(ngettext("%zu thing to fix.\n", "%zu things to fix.\n", setup->faults),
	    setup->faults);
	printf(_("When that is done: %s, and run this again.\n"), RESTART);
	return SOMETHING_TO_MEND;
}

static int
run(const struct options *options, const struct config *config, struct pool *pool)
{
	struct postfix_setup setup = {
		.config = config, .dir = options->dir, .pool = pool
	};
	char why[WHY_OCTETS];

	if (postfix_check_begin(&setup, why, sizeof why) == -1) {
		fprintf(stderr, "beschermctl: %s\n", why);
		return EX_UNAVAILABLE;
	}
	return report(&setup);
}

int
postfix_run(int argc, char **argv)
{
	struct options options;
	char why[WHY_OCTETS];
	struct config *config;
	const char *wrong;
	struct pool *pool;
	int code;

	if (read_options(&options, argc, argv) == -1)
		return EX_USAGE;
	config = settings_load(options.conf, NULL, 0, why, sizeof why);
	if (config == NULL) {
		fprintf(stderr, "beschermctl: %s\n", why);
		return EX_CONFIG;
	}
	wrong = listener_check_spec(config->socket);
	if (wrong != NULL) {
		fprintf(stderr, "beschermctl: Socket %s: %s\n", config->socket, wrong);
		config_free(config);
		return EX_CONFIG;
	}
	pool = pool_new();
	code = run(&options, config, pool);
	pool_free(pool);
	config_free(config);
	return code;
}
