#include <string.h>
#include <sysexits.h>

#include "ctl/complaint.h"
#include "ctl/option_value.h"
#include "ctl/text.h"

bool
option_value_refuse(const char *option, const char *value, const char *wanted)
{
	complaint_print(
	    _("%s: %s is not %s"), option, *value != '\0' ? value : "\"\"", wanted);
	return false;
}

bool
option_value_path(const char *option, const char *value, const char **path)
{
	*path = value;
	return *value != '\0' || option_value_refuse(option, value, _("a file"));
}

bool
option_value_language(const char *value, const char **language)
{
	*language = value;
	return strcmp(value, "nl") == 0 || strcmp(value, "en") == 0 ||
	       option_value_refuse("--lang", value, "nl, en");
}

int
option_value_speak(const char **language, bool is_for_terminal)
{
	/* The code of the language that the translations are in. */
	const char *ours = _("en");
	bool asked = *language != NULL;

	if (!asked)
		*language = ours;
	if ((!asked && is_for_terminal) || language_choose(*language))
		return EX_OK;
	complaint_print(_("the texts in the language %s are not installed"), *language);
	return EX_UNAVAILABLE;
}
