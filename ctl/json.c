#include "ctl/json.h"
#include "base/text.h"
#include "ctl/judge/judged.h"
#include "policy/judged_json.h"

void
json_print(FILE *out, const struct judged *j)
{
	struct text text = { 0 };
	struct judged_json judged = {
		.file = j->file,
		.ev = j->ev,
		.verdict = j->verdict,
		.actions = j->actions,
		.reason = j->reason,
		.reply = j->reply,
		.questions = j->facts,
		.question_count = j->fact_count,
	};

	judged_json_write(&text, &judged);
	fprintf(out, "%s\n", text.data);
	text_free(&text);
}
