#ifndef CONFIG_CONFIG_FORWARDER_H
#define CONFIG_CONFIG_FORWARDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct buf;
struct config;
struct config_forwarder;
struct ip;
struct wordlist;

/*
 * TrustedForwarders: an address, a network or "local", or ".domain" for clients whose
 * confirmed name lies below it; only=forwarded holds for all entries of its line.
 */

/* Read one more entry, without that word, its file and line excepted.  False with ${why}.
 */
bool config_forwarder_add(struct config *config, const char *text, struct buf *why);
void config_forwarder_clear(struct config *config); /* all */

/*
 * Take only=forwarded out of ${line}, putting blanks in its place, and say in *${only}
 * whether it was there.  False with ${why}: another word of its kind, or no entry beside.
 */
bool config_forwarder_take_only(char *line, bool *only, struct buf *why);

/* From the ${first} entry on, those that were read hold for what was forwarded alone. */
void config_forwarder_mark(struct config *config, size_t first);

/* Is ${f} for this client, of that confirmed name (NULL or "": of none)? */
bool config_forwarder_covers(
    const struct config_forwarder *f, const struct ip *client, const char *name);

/*
 * The entry that trusts mail of ${client}: the first without only=forwarded, else, if
 * ${forwarded}, the first with it.  NULL: none.
 */
const struct config_forwarder *config_forwarder_find(const struct config *config,
    const struct ip *client, const char *name, bool forwarded);

/* Is there an entry for its address? */
bool config_forwarder_has_address(const struct config *config, const struct ip *client);

/* The domains of entries by name, those without only=forwarded first, copied. */
void config_forwarder_names(const struct config *config, struct wordlist *names);

/* As a conf file says it: an entry, and its word. */
void config_forwarder_print(const struct config_forwarder *f, FILE *out);
char *config_forwarder_text(const struct config_forwarder *f); /* to be freed */

#endif
