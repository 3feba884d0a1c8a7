#ifndef CTL_PROVE_PROVE_OPTIONS_H
#define CTL_PROVE_PROVE_OPTIONS_H

#include <stdbool.h>

#include "base/wordlist.h"

enum prove_what { PROVE_RUN, PROVE_SETUP, PROVE_UNDO };
enum prove_format { PROVE_TEXT, PROVE_JSON, PROVE_HTML };

struct prove_options {
	const char *conf;   /* NULL: the installed one */
	const char *dir;    /* of Postfix's settings; NULL: the default one */
	const char *folder; /* for the evidence; NULL: the default one */
	const char *language;
	enum prove_what what;
	enum prove_format format;
	bool verbose;
	struct wordlist domains; /* one's own, in normal form */
};

/* An exit code; EX_OK: go on.  The language is chosen then. */
int prove_options_read(struct prove_options *o, int argc, char **argv);
void prove_options_clear(struct prove_options *o);

#endif
