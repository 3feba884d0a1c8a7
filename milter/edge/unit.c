#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/wordlist.h"
#include "edge/unit.h"
#include "edge/unit_file.h"

#define BLANKS " \t"
#define WORD_OCTETS 64

struct unit {
	char conf[PATH_MAX];
	char user[WORD_OCTETS];
	char protect_home[WORD_OCTETS], protect_system[WORD_OCTETS],
	    private_tmp[WORD_OCTETS];
	struct wordlist groups;
	struct wordlist writable, readonly, closed; /* of ReadWritePaths and its like */
	struct wordlist bound; /* mounted from elsewhere, also where all else is closed */
};

/* Of one kind each: ${folder} before what it says, "": the path is whole. */
struct list_key {
	const char *name;
	size_t offset;
	const char *folder;
};

#define AT(field) offsetof(struct unit, field)

static const struct list_key list_keys[] = {
	{ "ReadWritePaths", AT(writable), "" },
	{ "ReadWriteDirectories", AT(writable), "" },
	{ "RuntimeDirectory", AT(writable), "/run/" },
	{ "StateDirectory", AT(writable), "/var/lib/" },
	{ "CacheDirectory", AT(writable), "/var/cache/" },
	{ "LogsDirectory", AT(writable), "/var/log/" },
	{ "ReadOnlyPaths", AT(readonly), "" },
	{ "ReadOnlyDirectories", AT(readonly), "" },
	{ "InaccessiblePaths", AT(closed), "" },
	{ "InaccessibleDirectories", AT(closed), "" },
	{ "BindPaths", AT(bound), "" },
	{ "BindReadOnlyPaths", AT(bound), "" },
	{ "SupplementaryGroups", AT(groups), "" },
};

static const struct {
	const char *name;
	size_t offset;
} word_keys[] = {
	{ "User", AT(user) },
	{ "ProtectHome", AT(protect_home) },
	{ "ProtectSystem", AT(protect_system) },
	{ "PrivateTmp", AT(private_tmp) },
};

/* systemd.unit(5), specifiers, those that are folders. */
static const struct {
	const char *mark, *folder;
} specifiers[] = {
	{ "%t", "/run" },
	{ "%S", "/var/lib" },
	{ "%C", "/var/cache" },
	{ "%L", "/var/log" },
	{ "%E", "/etc" },
	{ "%T", "/tmp" },
	{ "%V", "/var/tmp" },
};

static void
add_path(struct wordlist *list, const char *folder, const char *path)
{
	const char *expanded = "";
	char text[PATH_MAX], real[PATH_MAX];

	for (size_t i = 0; i < sizeof specifiers / sizeof *specifiers; i++) {
		if (strncmp(path, specifiers[i].mark, 2) == 0) {
			expanded = specifiers[i].folder;
			path += 2;
			break;
		}
	}
	snprintf(text, sizeof text, "%s%s%s", folder, expanded, path);
	wordlist_add(list, realpath(text, real) != NULL ? real : text);
}

/* "-" and "+" before a path are for one that is missing, and for a root of its own. */
static void
add_word(struct unit *unit, const struct list_key *key, char *word)
{
	struct wordlist *list = (struct wordlist *)(void *)((char *)unit + key->offset);
	bool binds = key->offset == AT(bound);
	char *target;

	word += strspn(word, "-+\"");
	word[strcspn(word, "\"")] = '\0';
	target = strchr(word, ':');
	if (target != NULL && binds) { /* SOURCE:TARGET:OPTIONS */
		word = target + 1;
		target = strchr(word, ':');
	}
	if (target != NULL)
		*target = '\0';
	add_path(list, key->folder, word);
	/* What is bound to be read only is so for us too. */
	if (strcmp(key->name, "BindReadOnlyPaths") == 0)
		add_path(&unit->readonly, "", word);
	else if (binds)
		add_path(&unit->writable, "", word);
}

static void
set_list(struct unit *unit, const struct list_key *key, char *value)
{
	struct wordlist *list = (struct wordlist *)(void *)((char *)unit + key->offset);
	char *word;

	if (*value == '\0') /* takes away what was said before */
		wordlist_clear(list);
	while ((word = strsep(&value, BLANKS)) != NULL) {
		if (*word != '\0')
			add_word(unit, key, word);
	}
}

/* -c FILE, also among other flags (-flc FILE), and -cFILE. */
static void
set_command(struct unit *unit, char *value)
{
	char *word;
	bool next = false;

	*unit->conf = '\0';
	while ((word = strsep(&value, BLANKS "\"'")) != NULL) {
		char *flag = *word == '-' ? strchr(word, 'c') : NULL;

		if (next && *word != '\0')
			snprintf(unit->conf, sizeof unit->conf, "%s", word);
		next = (next && *word == '\0') || (flag != NULL && flag[1] == '\0');
		if (flag != NULL && flag[1] == '/')
			snprintf(unit->conf, sizeof unit->conf, "%s", flag + 1);
	}
}

static void
assign(struct unit *unit, const char *key, char *value)
{
	if (strcmp(key, "ExecStart") == 0) {
		set_command(unit, value);
		return;
	}
	for (size_t i = 0; i < sizeof word_keys / sizeof *word_keys; i++) {
		if (strcmp(key, word_keys[i].name) == 0)
			snprintf(
			    (char *)unit + word_keys[i].offset, WORD_OCTETS, "%s", value);
	}
	for (size_t i = 0; i < sizeof list_keys / sizeof *list_keys; i++) {
		if (strcmp(key, list_keys[i].name) == 0)
			set_list(unit, &list_keys[i], value);
	}
}

struct unit *
unit_open(void)
{
	struct unit_file file;
	struct unit *unit;

	if (!unit_file_read(&file)) {
		unit_file_clear(&file);
		return NULL;
	}
	unit = mem_alloc(sizeof *unit);
	for (size_t i = 0; i < file.keys.count; i++)
		assign(unit, file.keys.words[i], file.values.words[i]);
	if (strcmp(unit->user, "root") == 0)
		*unit->user = '\0';
	unit_file_clear(&file);
	return unit;
}

void
unit_close(struct unit *unit)
{
	if (unit == NULL)
		return;
	wordlist_clear(&unit->groups);
	wordlist_clear(&unit->writable);
	wordlist_clear(&unit->readonly);
	wordlist_clear(&unit->closed);
	wordlist_clear(&unit->bound);
	free(unit);
}

const char *
unit_conf(const struct unit *unit)
{
	return unit->conf;
}

const char *
unit_user(const struct unit *unit)
{
	return unit->user;
}

bool
unit_has_group(const struct unit *unit, const char *group)
{
	return wordlist_has(&unit->groups, group);
}

static bool
is_yes(const char *word)
{
	static const char *const words[] = { "yes", "true", "on", "1", "y", "t" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcasecmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	while (len > 0 && folder[len - 1] == '/')
		len--;
	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* The octets of the longest folder of ${list} that ${path} is below; -1: none. */
static int
depth_in(const struct wordlist *list, const char *path)
{
	int depth = -1;

	for (size_t i = 0; i < list->count; i++) {
		if (is_below(path, list->words[i]) && (int)strlen(list->words[i]) > depth)
			depth = (int)strlen(list->words[i]);
	}
	return depth;
}

/* The first of ${folders}, which end with NULL, that ${path} is below; NULL: none. */
static const char *
folder_of(const char *path, const char *const *folders)
{
	while (*folders != NULL && !is_below(path, *folders))
		folders++;
	return *folders;
}

static const char *const homes[] = { "/home", "/root", "/run/user", NULL };
static const char *const temporary[] = { "/tmp", "/var/tmp", NULL };

/* Links taken away, as far as there is something. */
static void
resolve(const char *path, char real[PATH_MAX])
{
	char folder[PATH_MAX];
	const char *slash;
	size_t len;

	if (realpath(path, real) != NULL)
		return;
	slash = strrchr(path, '/');
	snprintf(folder, sizeof folder, "%.*s",
	    slash == NULL || slash == path ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path);
	if (realpath(folder, real) == NULL) {
		snprintf(real, PATH_MAX, "%s", path);
		return;
	}
	len = strlen(real);
	snprintf(real + len, PATH_MAX - len, "%s%s", len > 1 ? "/" : "",
	    slash == NULL ? path : slash + 1);
}

/* NULL: it is open; else the limit that closes the real path ${real}. */
static const char *
closed_by(const struct unit *unit, const char *real)
{
	bool home =
	    is_yes(unit->protect_home) || strcasecmp(unit->protect_home, "tmpfs") == 0;
	bool tmp = is_yes(unit->private_tmp) ||
		   strcasecmp(unit->private_tmp, "disconnected") == 0;

	if (depth_in(&unit->bound, real) >= 0)
		return NULL;
	if (home && folder_of(real, homes) != NULL)
		return "ProtectHome";
	if (tmp && folder_of(real, temporary) != NULL)
		return "PrivateTmp";
	return depth_in(&unit->closed, real) >= 0 ? "InaccessiblePaths" : NULL;
}

bool
unit_can_read(const struct unit *unit, const char *path, char *why, size_t whysize)
{
	char real[PATH_MAX];
	const char *limit;

	resolve(path, real);
	limit = closed_by(unit, real);
	if (limit == NULL)
		return true;
	snprintf(why, whysize,
	    "systemd's unit does not see %s (%s%s); put it elsewhere, such as below /etc",
	    real, limit,
	    strcmp(limit, "PrivateTmp") == 0 ? ": it has a /tmp of its own" : "");
	return false;
}

/* How deep the folder is that ProtectSystem or ProtectHome make read only; -1: none. */
static int
protected_depth(const struct unit *unit, const char *real)
{
	static const char *const open[] = { "/dev", "/proc", "/sys", NULL };
	static const char *const some[] = { "/usr", "/boot", "/efi", NULL };
	const char *level = unit->protect_system, *folder;
	bool full = strcasecmp(level, "full") == 0;

	folder = folder_of(real, homes);
	if (folder != NULL && strcasecmp(unit->protect_home, "read-only") == 0)
		return (int)strlen(folder);
	if (strcasecmp(level, "strict") == 0)
		return folder_of(real, open) == NULL ? 0 : -1;
	folder = is_yes(level) || full ? folder_of(real, some) : NULL;
	if (folder == NULL && full && is_below(real, "/etc"))
		folder = "/etc";
	return folder == NULL ? -1 : (int)strlen(folder);
}

bool
unit_can_write(const struct unit *unit, const char *path, char *why, size_t whysize)
{
	char real[PATH_MAX], *slash;
	const char *limit;
	int readonly, fixed;

	resolve(path, real);
	slash = strrchr(real, '/');
	slash[slash == real] = '\0'; /* the folder it is made in */
	limit = closed_by(unit, real);
	if (limit != NULL) {
		snprintf(why, whysize,
		    "what systemd's unit makes in %s is not seen by others (%s); choose "
		    "another folder, such as /run/beschermd for a socket and "
		    "/var/lib/beschermd for what is to stay",
		    real, limit);
		return false;
	}
	readonly = depth_in(&unit->readonly, real);
	fixed = protected_depth(unit, real);
	if (fixed > readonly)
		readonly = fixed;
	if (readonly <= depth_in(&unit->writable, real))
		return true;
	snprintf(why, whysize,
	    "systemd's unit may not write to %s; make it writable with: systemctl edit "
	    "beschermd, with the lines [Service] and ReadWritePaths=%s",
	    real, real);
	return false;
}
