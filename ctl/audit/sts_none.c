#include "ctl/audit/sts.h"
#include "ctl/text.h"

void
sts_begin(void)
{
}

void
sts_end(void)
{
}

struct sts_found
sts_fetch(const struct sts_fetch *fetch, struct pool *pool)
{
	(void)fetch;
	(void)pool;
	return (struct sts_found){
		.end = STS_NOT_TRIED,
		.phrase = N_("this program was built without libcurl"),
	};
}
