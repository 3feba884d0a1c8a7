#ifndef CONFIG_CONFIG_RELAY_H
#define CONFIG_CONFIG_RELAY_H

#include <stdbool.h>
#include <stdio.h>

struct buf;
struct config;

/* RelayResults: "ID", "ID strips" or nothing.  Pure. */

/* False with ${why}: ${text} is none of these, and ${config} stays as it was. */
bool config_relay_read(struct config *config, const char *text, struct buf *why);
void config_relay_clear(struct config *config);

/* As a conf file would say it. */
void config_relay_print(const struct config *config, FILE *out);

/* Why nothing is read although the setting is given; NULL: something is. */
const char *config_relay_idle(const struct config *config);

#endif
