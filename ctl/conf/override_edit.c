#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/day.h"
#include "base/wordlist.h"
#include "config/config.h"
#include "config/config_override.h"
#include "ctl/complaint.h"
#include "ctl/conf/override_check.h"
#include "ctl/conf/override_edit.h"
#include "ctl/conf/override_file.h"
#include "ctl/conf/override_line.h"
#include "ctl/conf/override_reload.h"
#include "ctl/conf/override_text.h"
#include "ctl/suffixes.h"
#include "ctl/text.h"
#include "ctl/wide.h"
#include "settings.h"

#define WHY_OCTETS 2048

static int
today(void)
{
	return day_local(time(NULL));
}

/* Whoever asks for it, and by whatever option: these let forged mail in for anybody. */
static const char *
why_never(const struct config *config, const struct config_override *o)
{
	if (!config_override_lets_in(config, o))
		return NULL;
	if (!o->has_client)
		return _("without client= it lets in anybody's mail in that name: give "
			 "--client");
	if (o->client.ip.family == IP_LOCAL || ip_is_loopback(&o->client.ip))
		return _("the client is this host itself, or not known: an Override for "
			 "it would let in anybody's mail in that name");
	if (wide_holds_strangers(&o->client))
		return _("client= is a network of many owners: give that of the one "
			 "sender");
	if (config_override_is_of_relay(config, o))
		return _("client= is one of TrustedRelays: it lets in all mail in that "
			 "name that comes through it, forged mail too");
	return NULL;
}

/* Another one may go before it: the last of two alike counts, and a longer name. */
static void
warn_if_idle(const struct config *config, const struct config_override *o)
{
	const struct ip ip =
	    o->has_client ? o->client.ip : (struct ip){ .family = IP_UNKNOWN };
	const struct config_override *found =
	    config_override_find(config, o->domain, &ip, today());
	char name[CONFIG_OVERRIDE_NAME_SIZE];

	if (o->below || found == NULL)
		return;
	if (!config_override_is_same(found, o) || found->action != o->action ||
	    found->until != o->until)
		complaint_print(_("warning: %s takes precedence over it"),
		    config_override_name(found, name));
}

/* The file may be one whose lines do not count: they all count or none is written. */
static bool
is_read(const struct config *config, const struct config_override *o)
{
	char *line = override_line_print(o), *other;
	bool found = false;

	for (size_t i = 0; i < config->override_count && !found; i++) {
		other = override_line_print(&config->overrides[i]);
		found = strcmp(line, other) == 0;
		free(other);
	}
	free(line);
	return found;
}

static void
say_lines(const char *what, const char *path, const struct wordlist *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		printf("%s %s: %s\n", what, path, lines->words[i]);
}

/* What is written is in force at once, or when somebody reloads. */
static int
put_in_force(const struct override_edit *e, const struct config *config)
{
	if (e->reload)
		return override_reload(e->conf, config);
	puts(_("In force after a reload: systemctl reload beschermd, or --reload."));
	return EX_OK;
}

static int
may_be_added(const struct config *config, const struct override_file *f,
    const struct config_override *o)
{
	const char *never = why_never(config, o);

	if (never != NULL) {
		complaint_print("%s", never);
		return EX_DATAERR;
	}
	if (is_read(config, o))
		return EX_OK;
	complaint_print(
	    _("%s: the settings read it but do not accept this line"), f->path);
	return EX_CONFIG;
}

static int
add(const struct override_edit *e, const struct override_file *f,
    const struct config_override *o)
{
	struct wordlist gone = { 0 };
	char *text = override_text_put(f->text, o, &gone), *line;
	int code;
	struct config *config = override_file_check(f, text, o, &code);

	if (code == EX_OK)
		code = may_be_added(config, f, o);
	if (code == EX_OK)
		code = override_file_write(f, text);
	if (code == EX_OK) {
		line = override_line_print(o);
		say_lines(_("removed from"), f->path, &gone);
		printf(_("written to %s: %s\n"), f->path, line);
		free(line);
		warn_if_idle(config, o);
		code = put_in_force(e, config);
	}
	config_free(config);
	wordlist_clear(&gone);
	free(text);
	return code;
}

/* Nothing is opened for it, so that anybody may ask who can read the settings. */
static int
propose(const struct override_edit *e, const struct config_override *o)
{
	char why[WHY_OCTETS], *line;
	struct config *config = settings_load(e->conf, NULL, 0, why, sizeof why);
	const char *never = config != NULL ? why_never(config, o) : NULL;
	int code = EX_OK;

	if (config == NULL) {
		complaint_print("%s", why);
		code = EX_CONFIG;
	} else if (!suffixes_take_override(config, o->domain, why, sizeof why)) {
		complaint_print("%s", why);
		code = EX_DATAERR;
	} else if (never != NULL) {
		complaint_print("%s", never);
		code = EX_DATAERR;
	} else {
		line = override_line_print(o);
		puts(line);
		free(line);
	}
	config_free(config);
	return code;
}

int
override_edit_add(const struct override_edit *e, const struct config_override *o)
{
	struct override_file f;
	int code;

	if (config_override_is_over(o, today())) {
		complaint_print("%s", _("--until: that day is over"));
		return EX_DATAERR;
	}
	if (e->dry)
		return propose(e, o);
	code = override_file_open(&f, e->conf);
	if (code == EX_OK)
		code = add(e, &f, o);
	override_file_close(&f);
	return code;
}

/* Where it is to be taken out by hand, if it is anywhere. */
static int
not_found(const struct config *config, const struct config_override *o)
{
	char name[CONFIG_OVERRIDE_NAME_SIZE];

	complaint_print("%s", _("there is no such line in the file of beschermctl"));
	for (size_t i = 0; i < config->override_count; i++) {
		const struct config_override *other = &config->overrides[i];

		if (other->below == o->below && strcmp(other->domain, o->domain) == 0)
			complaint_print(
			    _("there is: %s"), config_override_name(other, name));
	}
	return EX_DATAERR;
}

/* Write what is left, after something went. */
static int
take_out(const struct override_edit *e, const struct override_file *f, const char *text,
    const struct wordlist *gone)
{
	int code;
	struct config *config = override_file_check(f, text, NULL, &code);

	if (code == EX_OK)
		code = override_file_write(f, text);
	if (code == EX_OK) {
		say_lines(_("removed from"), f->path, gone);
		code = put_in_force(e, config);
	}
	config_free(config);
	return code;
}

static int
remove_from(const struct override_edit *e, const struct override_file *f,
    const struct config_override *o)
{
	struct wordlist gone = { 0 };
	char *text = override_text_remove(f->text, o, &gone);
	struct config_override last = { 0 };
	struct config *config;
	int code;

	if (gone.count == 0 && !o->has_client &&
	    override_text_find(f->text, o, &last) == 1) {
		free(text);
		text = override_text_remove(f->text, &last, &gone);
	}
	if (gone.count > 0) {
		code = take_out(e, f, text, &gone);
	} else {
		config = override_file_check(f, f->text, NULL, &code);
		if (config != NULL)
			code = not_found(config, o);
		config_free(config);
	}
	config_override_clear(&last);
	wordlist_clear(&gone);
	free(text);
	return code;
}

int
override_edit_remove(const struct override_edit *e, const struct config_override *o)
{
	struct override_file f;
	int code = override_file_open(&f, e->conf);

	if (code == EX_OK)
		code = remove_from(e, &f, o);
	override_file_close(&f);
	return code;
}

/* Those in other files are the admin's. */
static int
tell_other_ended(const struct override_file *f)
{
	char name[CONFIG_OVERRIDE_NAME_SIZE];
	int code;
	struct config *config = override_file_check(f, f->text, NULL, &code);

	if (config == NULL)
		return code;
	puts(_("Nothing in the file of beschermctl has ended."));
	for (size_t i = 0; i < config->override_count; i++) {
		const struct config_override *o = &config->overrides[i];

		if (config_override_is_over(o, today()))
			complaint_print(_("%s has ended; remove it yourself"),
			    config_override_name(o, name));
	}
	config_free(config);
	return EX_OK;
}

int
override_edit_prune(const struct override_edit *e)
{
	struct wordlist gone = { 0 };
	struct override_file f;
	char *text;
	int code = override_file_open(&f, e->conf);

	if (code == EX_OK) {
		text = override_text_prune(f.text, today(), &gone);
		code =
		    gone.count > 0 ? take_out(e, &f, text, &gone) : tell_other_ended(&f);
		free(text);
	}
	wordlist_clear(&gone);
	override_file_close(&f);
	return code;
}
