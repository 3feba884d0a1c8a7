#ifndef CTL_CONF_OVERRIDE_ASK_H
#define CTL_CONF_OVERRIDE_ASK_H

#include <stdbool.h>

struct config_override;
struct override_line;

/*
 * The Override that lets a remembered message in: its author domain, its client alone and
 * an end in 90 days, where ${words} say nothing else.  Whoever sends forged mail may wait
 * for the admin who asks, so there is none unless something shows that the message was
 * forwarded, or ${force}; and none for a relay.  EX_OK with ${o}, for
 * config_override_clear(), or what to exit with; why is said.
 */
int override_ask(const char *conf, const char *queue_id,
    const struct override_line *words, bool force, struct config_override *o);

#endif
