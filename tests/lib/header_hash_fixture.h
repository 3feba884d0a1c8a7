#ifndef HEADER_HASH_FIXTURE_H
#define HEADER_HASH_FIXTURE_H

#include "check/header_hash.h"

/* Set-up and tear-down of a group of tests that hash by libopendkim. */
extern struct header_hash_lib *header_hash_fixture_lib;
int header_hash_fixture_set_up(void **state);
int header_hash_fixture_tear_down(void **state);

#endif
