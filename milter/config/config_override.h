#ifndef CONFIG_CONFIG_OVERRIDE_H
#define CONFIG_CONFIG_OVERRIDE_H

#include <stdbool.h>
#include <stdio.h>

struct buf;
struct config;
struct config_override;
struct ip;

/*
 * Read `DOMAIN ACTION [until=YYYY-MM-DD] [client=NETWORK] [reason="..."]` into
 * ${o}, file and line excepted.  False with ${why}; ${o} holds nothing then.
 */
bool config_override_read(struct config_override *o, const char *text, struct buf *why);
void config_override_clear(struct config_override *o); /* frees what it holds */

/*
 * The one that holds on ${today} (YYYYMMDD) for mail of ${domain} (normal form) from
 * ${client}: the exact name wins, then the longest, then one with client=, then the
 * last.  NULL: none.
 */
const struct config_override *config_override_find(
    const struct config *config, const char *domain, const struct ip *client, int today);

/* Are both for the same names and the same clients? */
bool config_override_is_same(
    const struct config_override *a, const struct config_override *b);

/* Does what it is for come in by it, as ${config} goes? */
bool config_override_lets_in(
    const struct config *config, const struct config_override *o);

/*
 * Is one of TrustedRelays among its clients?  Through a relay comes everybody's mail, so
 * that one which lets in is for all of it, forged or not.
 */
bool config_override_is_of_relay(
    const struct config *config, const struct config_override *o);

/* Is its last day before ${today}? */
bool config_override_is_over(const struct config_override *o, int today);

/* For messages about it: "file:line: Override domain".  Returns ${text}. */
#define CONFIG_OVERRIDE_NAME_SIZE 1400
const char *config_override_name(
    const struct config_override *o, char text[CONFIG_OVERRIDE_NAME_SIZE]);

/* Is ${domain} (normal form) one of its names, whatever the day and the client? */
bool config_override_names(const struct config_override *o, const char *domain);

/* As a conf file would say it. */
void config_override_print(const struct config_override *o, FILE *out);

#endif
