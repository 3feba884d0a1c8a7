#ifndef CONFIG_CONFIG_OPENDMARC_H
#define CONFIG_CONFIG_OPENDMARC_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * The keys of opendmarc.conf(5), from version 1.0 to the development after 1.4.2, that
 * are no settings of ours: either they say in other words what a setting of ours says,
 * or they have no use here.
 */
struct config_opendmarc_key {
	const char *name;
	/* What they have no use for is told behind the name; NULL: see translate. */
	const char *instead;
	bool (*translate)(
	    const char *value, struct buf *ours, struct buf *warning, struct buf *why);
};

const struct config_opendmarc_key *config_opendmarc_keys(size_t *count);

/* The key called ${name}, any case; NULL: none. */
const struct config_opendmarc_key *config_opendmarc_find(const char *name);

/* Is it the key that says whether mail is refused?  Its yes and no are two of ours. */
bool config_opendmarc_is_choice(const struct config_opendmarc_key *key);

/* Write to ${why} that a file with the ${key} of OpenDMARC must make that choice. */
void config_opendmarc_ask_choice(const char *key, struct buf *why);

/*
 * Write what ${key} with ${value} (unquoted) is in our words to ${ours}: "Setting text",
 * the text as it is, without quotes; or nothing, where our default does the same.
 * ${warning} gets what the admin should know, or nothing.  False with ${why}: what is
 * wrong with the value.
 */
bool config_opendmarc_translate(const struct config_opendmarc_key *key, const char *value,
    struct buf *ours, struct buf *warning, struct buf *why);

/*
 * Is ${word} in a list ${setting} the path of a file, which we would call file:PATH?
 * ${theirs}: in a file of OpenDMARC, where it may be relative.
 */
bool config_opendmarc_is_path(const char *setting, const char *word, bool theirs);

/* Has a setting of ours that its files have too a meaning there?  DNSTimeout never did.
 */
bool config_opendmarc_uses(const char *setting);

/* Is ${text} a file of OpenDMARC: has it a key that only OpenDMARC has? */
bool config_opendmarc_is_theirs(const char *text);

/*
 * ${entry} of such a file as we write it: without the brackets that may stand around an
 * address, and with the length of a prefix for a mask (192.0.2.0/255.255.255.0).
 */
const char *config_opendmarc_address(char *entry);

/* Is ${entry} of such a file the name of a host, which is no network to us? */
bool config_opendmarc_is_host(const char *entry);

/*
 * What the octal ${value} of UMask leaves of 0777; -1: it is none.  *${is_mode}: it
 * takes the owner's own rights away, so that it must be meant as the mode itself.
 */
int config_opendmarc_mode(const char *value, bool *is_mode);

#endif
