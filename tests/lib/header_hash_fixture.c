#include "header_hash_fixture.h"

struct header_hash_lib *header_hash_fixture_lib;

int
header_hash_fixture_set_up(void **state)
{
	char why[100];

	(void)state;
	header_hash_fixture_lib = header_hash_open(why, sizeof why);
	return header_hash_fixture_lib == NULL;
}

int
header_hash_fixture_tear_down(void **state)
{
	(void)state;
	header_hash_close(header_hash_fixture_lib);
	return 0;
}
