/* Records of MTA-STS and of TLS reporting: what is good is printable, and has its field.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/audit/transport_record.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	bool sts = transport_record_is_sts(text, size);
	bool rpt = transport_record_is_tls_rpt(text, size);

	must(!sts || !rpt);
	if (transport_record_check_sts(text, size) == NULL)
		must(is_printable(text, size) && strstr(text, "id") != NULL);
	if (transport_record_check_tls_rpt(text, size) == NULL)
		must(is_printable(text, size) && strstr(text, "rua") != NULL);
	free(text);
	return 0;
}
