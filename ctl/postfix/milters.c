#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "ctl/postfix/milters.h"
#include "edge/listener.h"

#define SEPARATORS ", \t\r\n"

/* The end of the entry at ${p}: of the braces, or of the word. */
static const char *
entry_end(const char *p)
{
	size_t depth = 0;

	for (; *p != '\0'; p++) {
		if (*p == '{')
			depth++;
		else if (*p == '}' && depth > 0)
			depth--;
		if (depth == 0 && p[1] != '\0' && strchr(SEPARATORS, p[1]) != NULL)
			return p + 1;
	}
	return p;
}

/* What ${name} is set to behind the address in braces: NAME=VALUE, or NAME = VALUE; NULL.
 */
static const char *
attribute(const char *text, const char *name, struct pool *pool)
{
	const char *p = text;

	while ((p = strcasestr(p, name)) != NULL) {
		bool begins = p == text || strchr(SEPARATORS "{", p[-1]) != NULL;

		p += strlen(name);
		p += strspn(p, " \t");
		if (!begins || *p != '=')
			continue;
		p += 1 + strspn(p + 1, " \t");
		return pool_strndup(pool, p, strcspn(p, SEPARATORS "}"));
	}
	return NULL;
}

static struct milters_entry *
new_entry(const char *text, size_t len, struct pool *pool)
{
	struct milters_entry *entry = pool_alloc(pool, sizeof *entry);
	char *inner;
	size_t word;

	entry->text = pool_strndup(pool, text, len);
	if (*text != '{') {
		entry->address = entry->text;
		return entry;
	}
	inner = pool_strdup(pool, entry->text + 1);
	inner += strspn(inner, SEPARATORS);
	word = strcspn(inner, SEPARATORS "}");
	entry->address = pool_strndup(pool, inner, word);
	entry->default_action = attribute(inner + word, "default_action", pool);
	entry->protocol = attribute(inner + word, "protocol", pool);
	return entry;
}

struct milters_entry *
milters_read(const char *value, struct pool *pool)
{
	struct milters_entry *first = NULL, **end = &first;

	for (const char *p = value + strspn(value, SEPARATORS); *p != '\0';
	     p += strspn(p, SEPARATORS)) {
		const char *after = entry_end(p);

		*end = new_entry(p, (size_t)(after - p), pool);
		end = &(*end)->next;
		p = after;
	}
	return first;
}

const char *
milters_below(const char *path, const char *queue)
{
	size_t len = strlen(queue);

	if (strncmp(path, queue, len) != 0 || path[len] != '/')
		return NULL;
	return path + len + strspn(path + len, "/");
}

/* "inet:port@host" as Postfix writes it, "inet:host:port"; it has no inet6. */
static const char *
inet_address(const char *socket, struct pool *pool)
{
	const char *port = strchr(socket, ':') + 1;
	const char *at = strchr(port, '@');
	bool bare_ipv6 = strchr(at + 1, ':') != NULL && at[1] != '[';

	return pool_printf(pool, bare_ipv6 ? "inet:[%s]:%.*s" : "inet:%s:%.*s", at + 1,
	    (int)(at - port), port);
}

const char *
milters_address(const char *socket, const struct milters_view *view, struct pool *pool)
{
	const char *path = listener_path(socket), *relative;

	if (path == NULL)
		return inet_address(socket, pool);
	relative = milters_below(path, view->queue);
	if (relative != NULL)
		return pool_printf(pool, "unix:%s", relative);
	return view->chrooted ? NULL : pool_printf(pool, "unix:%s", path);
}

/* Names of this host are one; else as written. */
static const char *
host_sense(const char *address, struct pool *pool)
{
	static const char *const names[] = {
		"inet:127.0.0.1:", "inet:[127.0.0.1]:", "inet:[::1]:", "inet:[localhost]:"
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t len = strlen(names[i]);

		if (strncasecmp(address, names[i], len) == 0)
			return pool_printf(pool, "inet:localhost:%s", address + len);
	}
	return address;
}

/* Postfix takes local: for unix:, as we do. */
static const char *
socket_path(const char *address)
{
	static const char *const kinds[] = { "unix:", "local:" };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strncmp(address, kinds[i], strlen(kinds[i])) == 0)
			return address + strlen(kinds[i]);
	}
	return NULL;
}

bool
milters_leads_to(const char *address, const char *socket, const struct milters_view *view,
    struct pool *pool)
{
	const char *wanted = listener_path(socket), *path;

	if (wanted == NULL)
		return strcasecmp(host_sense(address, pool),
			   host_sense(inet_address(socket, pool), pool)) == 0;
	path = socket_path(address);
	if (path == NULL)
		return false;
	if (*path != '/' || view->chrooted)
		path = pool_printf(pool, "%s/%s", view->queue, path + strspn(path, "/"));
	return strcmp(path, wanted) == 0;
}
