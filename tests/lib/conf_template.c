#include "conf_template.h"
#include "config/config_table.h"

static const char template_head[] =
    "# beschermd.conf: see beschermd.conf(5).\n"
    "#\n"
    "# One setting per line: Name value.  Every setting is shown with its default; to\n"
    "# change one, remove the # before it.  After a change, beschermd -n reports\n"
    "# mistakes, and systemctl reload beschermd puts it into force.\n"
    "#\n"
    "# Times: 20s, 500ms, 2m.  Lists: words separated by commas or blanks, and "
    "file:/path\n"
    "# for a file with one per line.  \"\" means nothing.  Include /path reads another\n"
    "# file, and /folder/*.conf all that match.\n"
    "#\n"
    "# Begin with Mode monitor, read the log for some days, then choose enforce.\n";

/* Last, so that of a setting in both the file of one's own counts. */
static const char template_tail[] = "\n### Separate files\n"
				    "\n# /etc/beschermd.d/*.conf overrides what stands "
				    "above; there beschermctl override\n"
				    "# keeps its exceptions\n"
				    "Include beschermd.d/*.conf\n";

void
conf_template_print(FILE *out)
{
	size_t count;
	const struct config_row *rows = config_table_rows(&count);

	fputs(template_head, out);
	for (size_t i = 0; i < count; i++) {
		const struct config_row *row = &rows[i];

		if (row->heading != NULL)
			fprintf(out, "\n### %s\n", row->heading);
		fprintf(out, "\n# %s\n#%s %s\n", row->help, row->name,
		    *row->value != '\0' ? row->value : "\"\"");
		if (row->example != NULL)
			fprintf(
			    out, "# For instance:\n#%s %s\n", row->name, row->example);
	}
	fputs(template_tail, out);
}
