#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "config/config.h"
#include "config/config_relay.h"
#include "config/config_syntax.h"
#include "config/config_text.h"
#include "mail/authres_id.h"

/* In ASCII, which the relay writes it in.  "strips" alone is a name that was forgotten.
 */
static bool
is_setting(const char *id, const char *strips)
{
	if (id == NULL || *id == '\0')
		return strips == NULL;
	return config_syntax_is_id(id) && strcasecmp(id, "strips") != 0 &&
	       (strips == NULL || strcasecmp(strips, "strips") == 0);
}

bool
config_relay_read(struct config *config, const char *text, struct buf *why)
{
	char *copy = mem_strdup(text), *rest = copy, *id = NULL, *strips = NULL;
	char *more = NULL;
	bool ok = config_text_word(&rest, " \t", &id) &&
		  config_text_word(&rest, " \t", &strips) &&
		  config_text_word(&rest, " \t", &more) && more == NULL &&
		  is_setting(id, strips);

	if (ok) {
		free(config->relay_results_id);
		config->relay_results_id = mem_strdup(id != NULL ? id : "");
		config->relay_results_strips = strips != NULL;
	}
	free(copy);
	return ok || config_text_refuse(why, text, "is not ID or ID strips");
}

void
config_relay_clear(struct config *config)
{
	free(config->relay_results_id);
	config->relay_results_id = NULL;
}

void
config_relay_print(const struct config *config, FILE *out)
{
	config_text_print(config->relay_results_id, out);
	if (config->relay_results_strips)
		fputs(" strips", out);
}

const char *
config_relay_idle(const struct config *config)
{
	const char *id = config->relay_results_id;

	if (*id == '\0')
		return NULL;
	if (config->trusted_relays.count == 0)
		return "nothing is read, because TrustedRelays names no host";
	return authres_id_is_same(id, strlen(id), config->authserv_id)
		   ? "nothing is read, because that name is our own AuthservID"
		   : NULL;
}
