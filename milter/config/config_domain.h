#ifndef CONFIG_CONFIG_DOMAIN_H
#define CONFIG_CONFIG_DOMAIN_H

struct buf;

/* What a name stands for where it is written, for who writes a pattern. */
enum config_domain_use {
	CONFIG_DOMAIN_AND_BELOW, /* "example.nl" is all names below it, too */
	CONFIG_DOMAIN_DOTTED     /* it is itself; a dot before it: what is below it */
};

/*
 * The domain ${text}, without that dot, in normal form; free()d by the caller.  NULL with
 * ${why}, and what was meant where that is to be seen: an address of a host, a pattern, a
 * mailbox.
 */
char *config_domain_read(const char *text, enum config_domain_use use, struct buf *why);

#endif
