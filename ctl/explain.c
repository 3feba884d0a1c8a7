#include "ctl/explain.h"
#include "ctl/judged.h"
#include "ctl/text.h"
#include "mail/evidence.h"
#include "policy/verdict.h"

void
explain_print(FILE *out, const struct judged *j, bool colour)
{
	explain_line(out, j, colour);
}

void
explain_line(FILE *out, const struct judged *j, bool colour)
{
	(void)colour;
	fprintf(out, "%-8s %s: %s\n", verdict_action_name(j->verdict->action), j->file,
	    j->reason != NULL ? j->reason : j->verdict->rule);
}
