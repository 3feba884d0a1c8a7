/* The JSON of an earlier audit from anywhere: read, or refused with a reason. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/audit/earlier.h"
#include "ctl/audit/rules.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[40], why[512] = "";
	int fd = memfd_create("audit", MFD_CLOEXEC);
	struct earlier *e;

	must(fd != -1 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	e = earlier_read(path, why, sizeof why);
	close(fd);
	if (e == NULL) {
		must(*why != '\0');
		return 0;
	}
	for (size_t i = 0; i < e->count; i++) {
		const struct earlier_domain *d = &e->domains[i];

		must(earlier_find(e, d->name) != NULL);
		must(d->mx != NULL && d->spf != NULL && d->dmarc != NULL &&
		     d->tlsa != NULL);
		for (size_t r = 0; r < AUDIT_RULES; r++)
			must(d->verdicts[r] >= -1 && d->verdicts[r] < AUDIT_VERDICTS);
		for (size_t k = 0; k < d->key_count; k++)
			must(d->keys[k].selector != NULL && d->keys[k].hash != NULL);
	}
	earlier_free(e);
	return 0;
}
