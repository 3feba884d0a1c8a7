#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/pool.h"
#include "ctl/complaint.h"
#include "ctl/history/access.h"
#include "ctl/history/apart.h"
#include "ctl/history/overview.h"
#include "ctl/history/overview_data.h"
#include "ctl/history/overview_page.h"
#include "ctl/replace.h"
#include "ctl/text.h"

#define DAYS 30
#define DAYS_MAX 366
#define PAGE_MODE 0640

const char overview_usage[] = "overview -o FILE [OPTION]...";
const char overview_help[] =
    N_("Write a page, HTML in one file, for people who would rather look than "
       "read: what came in\n"
       "day by day, who is refused, which senders have something to fix, which "
       "suppliers are\n"
       "unprotected, and all exceptions.  It names no persons and no clients.\n"
       "\n"
       "  -o FILE            the page; KEY=VALUE is a setting, on top of the file\n"
       "  -c FILE            settings (the installed file)\n"
       "  --days N           the last N days, including today (30)\n"
       "  --lang nl|en       its language (that of this program)\n"
       "  --title TEXT       its heading\n"
       "  --shared           of all hosts that ship to HistoryShared\n");

enum { OPT_DAYS = 256, OPT_LANG, OPT_TITLE };

static const struct option long_options[] = {
	{ "days", required_argument, NULL, OPT_DAYS },
	{ "lang", required_argument, NULL, OPT_LANG },
	{ "title", required_argument, NULL, OPT_TITLE },
	ACCESS_LONG_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct options {
	struct access access;
	const char *file, *language, *title;
	int days;
};

/* -o is the setting of other verbs too: KEY=VALUE, where KEY is a word. */
static bool
is_setting(const char *value)
{
	size_t len =
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 && value[len] == '=';
}

static bool
take_days(struct options *o, const char *value)
{
	char *end;
	long days = strtol(value, &end, 10);

	if (end == value || *end != '\0' || days < 1 || days > DAYS_MAX) {
		complaint_print(
		    _("--days: %s is not a number from 1 to %d"), value, DAYS_MAX);
		return false;
	}
	o->days = (int)days;
	return true;
}

static bool
take_option(void *cookie, int option, char *value)
{
	struct options *o = cookie;

	switch (option) {
	case OPT_DAYS:
		return take_days(o, value);
	case OPT_LANG:
		o->language = value;
		if (strcmp(value, "nl") == 0 || strcmp(value, "en") == 0)
			return true;
		complaint_print(_("--lang: %s is not nl or en"), value);
		return false;
	case OPT_TITLE:
		o->title = value;
		return true;
	case 'o':
		if (!is_setting(value)) {
			o->file = value;
			return true;
		}
		return access_option(&o->access, option, value);
	default:
		return access_option(&o->access, option, value);
	}
}

static bool
parse(struct options *o, int argc, char **argv)
{
	if (!access_options(argc, argv, long_options, take_option, o))
		return false;
	if (o->file == NULL && optind == argc)
		complaint_print("%s", _("which file?  -o FILE"));
	return o->file != NULL && *o->file != '\0' && optind == argc;
}

/* UTF-8 in any locale: the page is, whatever the terminal. */
static bool
speak(struct options *o)
{
	/* The code of the language that the translations are in. */
	const char *ours = _("en");

	if (o->language == NULL)
		o->language = language_choose(ours) ? ours : "en";
	if (language_choose(o->language))
		return true;
	complaint_print(_("the texts in the language %s are not installed"), o->language);
	return false;
}

/* In a process of its own: as the owner of the history it may not write where we may. */
static int
make_page(void *cookie, FILE *out)
{
	struct options *o = cookie;
	struct pool *pool = pool_new();
	struct overview overview;
	int code = access_open(&o->access);

	if (code == EX_OK)
		code = overview_data_gather(&o->access, o->days, pool, &overview);
	if (code == EX_OK)
		overview_page_write(out, &overview, o->language, o->title);
	access_close(&o->access);
	pool_free(pool);
	return code;
}

int
overview_run(int argc, char **argv)
{
	struct options o = { .days = DAYS };
	char *page = NULL;
	int code = EX_USAGE;

	if (parse(&o, argc, argv))
		code = speak(&o) ? apart_run(make_page, &o, &page) : EX_UNAVAILABLE;
	if (code == EX_OK && !replace_file(o.file, page, strlen(page), PAGE_MODE))
		code = EX_CANTCREAT;
	free(page);
	access_close(&o.access);
	return code;
}
