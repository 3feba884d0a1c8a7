/*
 * Runs a fuzz target once over every file of its kept corpus, so that a finding
 * stays found also where there is no libFuzzer.  fuzz_NAME reads
 * ${srcdir}/tests/fuzz/corpus/NAME, or the files and folders given.
 */
#include <dirent.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int runs;

static void
run_file(const char *path)
{
	char why[256];
	size_t len;
	char *data = file_read(path, 16 << 20, &len, why, sizeof why);

	if (data == NULL)
		return; /* a folder, or gone */
	/* Its own block of the exact size, so that ASan sees a read past the end. */
	uint8_t *exact = malloc(len ? len : 1);

	memcpy(exact, data, len);
	free(data);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	printf(
	    "ok %d - %s\n", ++runs, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	fflush(stdout);
}

static void
run_path(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);

	if (n == -1) {
		run_file(path);
		return;
	}
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			run_file(file);
		free(names[i]);
	}
	free(names);
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char corpus[4096];

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("ok %d - nothing at all\n", ++runs);
	snprintf(corpus, sizeof corpus, "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".",
	    basename(argv[0]) + strlen("fuzz_"));
	if (argc < 2)
		run_path(corpus);
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("1..%d\n", runs);
	return 0;
}
