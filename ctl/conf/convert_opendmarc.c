#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/hostname.h"
#include "base/mem.h"
#include "base/netlist.h"
#include "config/config.h"
#include "config/config_opendmarc.h"
#include "config/config_syntax.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "ctl/conf/convert.h"
#include "ctl/conf/convert_hosts.h"
#include "ctl/conf/convert_opendmarc.h"
#include "ctl/text.h"
#include "mail/authres_id.h"

#define VALUE_OCTETS 4096
#define NOTE_OCTETS 512
#define LIST_SEPARATORS " \t,"
#define CHROOT_SOCKET "unix:/var/spool/postfix/beschermd/beschermd.sock"

static bool
starts_with(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static bool
is_unix_socket(const char *spec)
{
	return starts_with(spec, "local:") || starts_with(spec, "unix:") || *spec == '/';
}

/* The folder belongs to OpenDMARC and its user, and goes with its package. */
static void
unix_socket(struct convert *c, const char *spec)
{
	const char *chroot = "/var/spool/postfix/";

	convert_quote(c, "beschermd has a folder of its own; change smtpd_milters");
	if (strstr(spec, chroot) == NULL) {
		convert_warn(c, "%s",
		    _("the socket moves to unix:/run/beschermd/beschermd.sock: change "
		      "smtpd_milters"));
		convert_set(c, "Socket", "unix:/run/beschermd/beschermd.sock");
		return;
	}
	convert_warn(c, _("the socket moves to %s: change smtpd_milters"), CHROOT_SOCKET);
	convert_set(c, "Socket", CHROOT_SOCKET);
	convert_set(c, "SocketGroup", "postfix");
}

/* inet:PORT[@HOST]: without a host, or with that of all, may anybody connect? */
static bool
is_open(const char *spec)
{
	static const char *const hosts[] = { "", "0.0.0.0", "[0.0.0.0]", "[::]", "::" };
	const char *at = strchr(spec, '@');

	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		if (at == NULL || strcmp(at + 1, hosts[i]) == 0)
			return true;
	}
	return false;
}

static void
socket_spec(struct convert *c)
{
	const char *spec = c->entry->value;
	char local[VALUE_OCTETS];

	if (is_unix_socket(spec)) {
		unix_socket(c, spec);
		return;
	}
	if (!starts_with(spec, "inet:") && !starts_with(spec, "inet6:")) {
		convert_fail(
		    c, _("Socket: \"%s\" is neither a path nor inet:PORT@HOST"), spec);
		return;
	}
	if (is_open(spec)) {
		convert_warn(c, "%s",
		    _("that socket was open to every network: it is bound to localhost "
		      "now"));
		snprintf(
		    local, sizeof local, "%.*s@localhost", (int)strcspn(spec, "@"), spec);
		convert_quote(c, "that was open to every network");
		convert_set(c, "Socket", local);
		return;
	}
	convert_quote(c, NULL);
	convert_set(c, "Socket", spec);
}

static void
umask_mode(struct convert *c)
{
	const struct convert_entry *socket = convert_find(c->file, "Socket");
	bool is_mode = false;
	int mode = config_opendmarc_mode(c->entry->value, &is_mode);
	char text[16];

	if (mode == -1) {
		convert_fail(c, _("UMask: \"%s\" is not an octal mask such as 0007"),
		    c->entry->value);
		return;
	}
	if (socket != NULL && !is_unix_socket(socket->value)) {
		convert_quote(c, "a TCP socket has no mode");
		return;
	}
	if (is_mode) {
		mode = 0777 & ~mode;
		convert_warn(c,
		    _("UMask %s removes the owner's own rights: it was surely meant as "
		      "the mode, "
		      "so SocketMode %04o is written"),
		    c->entry->value, (unsigned)mode);
	}
	convert_quote(c, is_mode ? "read as the mode, which was surely meant"
				 : "the mode is 0777 less the mask");
	snprintf(text, sizeof text, "%04o", (unsigned)mode);
	convert_set(c, "SocketMode", text);
}

/* False: the value is wrong, and that has been told. */
static bool
is_understood(struct convert *c)
{
	const struct config_opendmarc_key *key = config_opendmarc_find(c->entry->key);
	char ours[VALUE_OCTETS], said[NOTE_OCTETS], wrong[NOTE_OCTETS];
	struct buf out, warning, why;

	buf_init(&out, ours, sizeof ours);
	buf_init(&warning, said, sizeof said);
	buf_init(&why, wrong, sizeof wrong);
	if (config_opendmarc_translate(key, c->entry->value, &out, &warning, &why))
		return true;
	convert_fail(c, "%s: %s", key->name, wrong);
	return false;
}

static void
reject_failures(struct convert *c)
{
	bool yes = convert_is_true(c->entry);

	if (!is_understood(c))
		return;
	convert_quote(
	    c, yes ? "refuse what fails, as the policy asks" : "OpenDMARC only watched");
	if (yes) {
		/* Loaded as it is, the file goes by a Mode that stands in it. */
		if (convert_find(c->file, "Mode") == NULL)
			convert_set(c, "Mode", "enforce");
		convert_set(c, "OnReject", "reject");
		return;
	}
	convert_warn(c, "%s",
	    _("RejectFailures false was left in place: nothing was refused.  The new "
	      "file says Mode monitor; remove that when the log holds no surprises"));
	convert_set(c, "Mode", "monitor");
}

/* A path that is there, as one word of a list, free()d by the caller; NULL: it is not. */
static char *
found_path(const struct convert *c, const char *name)
{
	char *path = convert_hosts_path(c, name), *whole = realpath(path, NULL);
	char *quoted = NULL;
	size_t size;
	FILE *out;

	free(path);
	if (whole == NULL || strpbrk(whole, " \t,\"\\#") == NULL)
		return whole;
	out = open_memstream(&quoted, &size);
	if (out == NULL)
		abort(); /* out of memory */
	fputc('"', out);
	for (const char *p = whole; *p != '\0'; p++)
		fprintf(out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	fputc('"', out);
	fclose(out);
	free(whole);
	return quoted;
}

/* A path, or an address, which OpenDMARC does not know here; free()d by the caller. */
static char *
ignored_word(struct convert *c, const char *word)
{
	struct network network;
	char *path;

	if (netlist_parse(word, &network))
		return mem_strdup(word);
	path = found_path(c, word);
	if (path != NULL)
		return path;
	if (*word != '/')
		return convert_hosts_words(c, word);
	convert_warn(c,
	    _("%s: %s cannot be read and is left out: hosts in it are judged like "
	      "strangers"),
	    c->entry->key, word);
	return mem_strdup("");
}

static char *
ignored_words(struct convert *c)
{
	char *copy = mem_strdup(c->entry->value), *rest = copy, *word, *list = NULL;
	size_t size;
	FILE *out = open_memstream(&list, &size);

	if (out == NULL)
		abort(); /* out of memory */
	while ((word = strsep(&rest, LIST_SEPARATORS)) != NULL) {
		char *text = *word != '\0' ? ignored_word(c, word) : NULL;

		if (text != NULL && *text != '\0')
			fprintf(out, "%s%s", ftell(out) > 0 ? ", " : "", text);
		free(text);
	}
	fclose(out);
	free(copy);
	return list;
}

static void
ignore_hosts(struct convert *c)
{
	/* opendmarc.conf(5): all of it is one path, also where blanks are in it. */
	char *list = found_path(c, c->entry->value);

	if (list == NULL)
		list = ignored_words(c);
	if (*list == '\0') {
		convert_quote(c, "nothing to add to the default");
	} else {
		convert_quote(
		    c, strchr(list, '/') != NULL
			   ? "a path is read as a list; host names in it do not count"
			   : NULL);
		convert_set(c, "IgnoreHosts", list);
	}
	free(list);
}

/* These were let through whatever they failed; whoever writes one From or other decides.
 */
static void
ignore_mail_from(struct convert *c)
{
	convert_quote(c, config_opendmarc_find(c->entry->key)->instead);
	convert_warn(c,
	    _("IgnoreMailFrom %s: mail that claims to be from there is judged now; an "
	      "Override with accept and client= lets it in from hosts that you name"),
	    c->entry->value);
}

static bool
is_own_id(const struct convert *c, const char *id)
{
	const struct convert_entry *own = convert_find(c->file, "AuthservID");
	char host[HOSTNAME_SIZE];

	hostname_get(host);
	if (strcmp(id, CONFIG_HOSTNAME) == 0 || authres_id_is_same(id, strlen(id), host))
		return own == NULL || strcmp(own->value, CONFIG_HOSTNAME) == 0 ||
		       authres_id_is_same(own->value, strlen(own->value), host);
	return own != NULL && authres_id_is_same(id, strlen(id), own->value);
}

static void
trusted_ids(struct convert *c)
{
	char list[VALUE_OCTETS], copy[VALUE_OCTETS], *rest = copy, *word;
	struct buf out;

	buf_init(&out, list, sizeof list);
	snprintf(copy, sizeof copy, "%s", c->entry->value);
	while (config_text_word(&rest, LIST_SEPARATORS, &word) && word != NULL) {
		if (is_own_id(c, word))
			convert_warn(c,
			    _("TrustedAuthservIDs held our own id %s: left out, or a "
			      "sender could write our results"),
			    word);
		else
			buf_printf(&out, "%s%s", out.len > 0 ? ", " : "", word);
	}
	if (out.cut || strlen(c->entry->value) >= sizeof copy) {
		convert_fail(c, "%s", _("the value is too long"));
		return;
	}
	convert_quote(
	    c, out.len > 0 ? "results under these names stay; beschermd does not use them"
			   : "our own results need no entry");
	if (out.len > 0)
		convert_set(c, "TrustedAuthservIDs", list);
}

static void
suffix_list(struct convert *c)
{
	struct stat st;
	const char *path = c->entry->value;

	if (stat(path, &st) == -1) {
		convert_warn(
		    c, _("there is no %s: the list of the system is used"), path);
		convert_quote(c, "no such file: the list of the system is used");
	} else if (!S_ISREG(st.st_mode)) {
		convert_warn(c,
		    _("%s is a directory and not a list: the list of the system is used"),
		    path);
		convert_quote(c, "not a file: the list of the system is used");
	} else {
		convert_quote(c, NULL);
		convert_set(c, "PublicSuffixList", path);
	}
}

static void
user_id(struct convert *c)
{
	convert_quote(c, "beschermd has a user of its own");
}

static void
dns_timeout(struct convert *c)
{
	convert_quote(c, "OpenDMARC never used it: the default is kept");
}

static void
pid_file(struct convert *c)
{
	convert_quote(c, "systemd needs none");
}

/* Where a key needs more than the words that config_opendmarc.c has for it. */
static const struct {
	const char *key;
	void (*convert)(struct convert *);
} specials[] = {
	{ "DNSTimeout", dns_timeout },
	{ "IgnoreHosts", ignore_hosts },
	{ "IgnoreMailFrom", ignore_mail_from },
	{ "PidFile", pid_file },
	{ "PublicSuffixList", suffix_list },
	{ "RejectFailures", reject_failures },
	{ "Socket", socket_spec },
	{ "TrustedAuthservIDs", trusted_ids },
	{ "UMask", umask_mode },
	{ "UserID", user_id },
};

static bool
convert_special(struct convert *c)
{
	for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
		if (strcasecmp(specials[i].key, c->entry->key) == 0) {
			specials[i].convert(c);
			return true;
		}
	}
	return false;
}

static void
foreign(struct convert *c, const struct config_opendmarc_key *key)
{
	char ours[VALUE_OCTETS], said[NOTE_OCTETS], wrong[NOTE_OCTETS], *text = ours;
	struct buf out, warning, why;
	const char *name;

	buf_init(&out, ours, sizeof ours);
	buf_init(&warning, said, sizeof said);
	buf_init(&why, wrong, sizeof wrong);
	if (!config_opendmarc_translate(key, c->entry->value, &out, &warning, &why)) {
		convert_fail(c, "%s: %s", key->name, wrong);
	} else if (out.len == 0) {
		convert_quote(c, key->instead != NULL ? key->instead : "as by default");
	} else {
		convert_quote(c, NULL);
		name = strsep(&text, " ");
		convert_set(c, name, text);
	}
}

static void
unknown(struct convert *c)
{
	const char *nearest = config_table_nearest(c->entry->key);

	if (nearest != NULL)
		convert_fail(c, _("unknown setting \"%s\"; did you mean %s?"),
		    c->entry->key, nearest);
	else
		convert_fail(c, _("unknown setting \"%s\""), c->entry->key);
}

/* Is its value one, where it counts?  If not, that has been told. */
static bool
is_usable(struct convert *c, const struct config_opendmarc_key *key)
{
	return (key != NULL && key->translate == NULL) || convert_is_closed(c);
}

static void
convert_entry(struct convert *c)
{
	const struct config_opendmarc_key *key = config_opendmarc_find(c->entry->key);
	const struct config_row *row = config_table_find(c->entry->key);

	const bool include = strcasecmp(c->entry->key, "Include") == 0;

	if (row == NULL && key == NULL && !include) {
		unknown(c);
	} else if (*c->entry->value == '\0') {
		convert_fail(c, _("%s has no value"), c->entry->key);
	} else if (include) {
		convert_include(c);
	} else if (!c->entry->last) {
		convert_quote(c, "a later line counts");
	} else if (!is_usable(c, key) || convert_special(c)) {
		return;
	} else if (key != NULL) {
		foreign(c, key);
	} else {
		convert_quote(c, NULL);
		convert_set(c, row->name, c->entry->value);
	}
}

/* OpenDMARC's defaults are other than ours. */
static void
defaults(struct convert *c)
{
	if (convert_find(c->file, "RejectFailures") == NULL &&
	    convert_find(c->file, "Mode") == NULL) {
		convert_warn(c, "%s",
		    _("RejectFailures is not set: nothing was refused.  The new file "
		      "says Mode "
		      "monitor; remove that when the log holds no surprises"));
		convert_comment(c, "RejectFailures is not set: OpenDMARC only watched");
		convert_set(c, "Mode", "monitor");
	}
	if (convert_find(c->file, "IgnoreAuthenticatedClients") == NULL) {
		convert_comment(c,
		    "IgnoreAuthenticatedClients is not set: OpenDMARC judged the mail of "
		    "your\n# own users too; with the default, yes, it is let through");
		fputs("#IgnoreAuthenticatedClients no\n", c->out);
	}
}

void
convert_opendmarc_file(struct convert *c, const struct convert_file *file)
{
	const struct convert_entry *ignore = convert_find(file, "SPFIgnoreResults");

	c->file = file;
	for (size_t i = 0; i < file->count; i++) {
		c->entry = &file->entries[i];
		convert_entry(c);
	}
	c->entry = ignore;
	if (convert_is_true(ignore) &&
	    !convert_is_true(convert_find(file, "SPFSelfValidate")))
		convert_warn(c, "%s",
		    _("SPFIgnoreResults without SPFSelfValidate: OpenDMARC used DKIM "
		      "alone.  SPF "
		      "counts now"));
	c->entry = NULL;
	defaults(c);
}
