/* What answers at a Socket, in any number of pieces. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/negotiation.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum negotiation_reading reading = NEGOTIATION_PART;
	struct negotiation answer = { 0 };
	size_t len = 0;

	for (; reading == NEGOTIATION_PART && len <= size; len++) {
		/* A copy, so that what is read behind its end is seen. */
		uint8_t *part = mem_alloc(len + (len == 0));

		/* It must end before the room does that is there for it. */
		must(len <= NEGOTIATION_OCTETS);
		memcpy(part, data, len);
		reading = negotiation_read(part, len, &answer);
		free(part);
	}
	if (reading == NEGOTIATION_WHOLE)
		must(len > 17 && answer.version >= 2 && answer.version <= 6 &&
		     (answer.actions & ~0x1ffU) == 0);
	return 0;
}
