#ifndef DKIM_GENERATE_H
#define DKIM_GENERATE_H

#include <stdint.h>

#include "dkim_run.h"

/* One change to a signed message, or to its key record. */
enum dkim_change {
	CHANGE_NOTHING,
	CHANGE_HEADER_OCTET,
	CHANGE_BODY_OCTET,
	CHANGE_HEADER_SPACE,
	CHANGE_BODY_SPACE,
	CHANGE_BODY_CR,
	CHANGE_BODY_LF,
	CHANGE_BODY_END,
	CHANGE_BODY_CUT,
	CHANGE_BODY_MORE,
	CHANGE_FIELD_GONE,
	CHANGE_FIELD_TWICE,
	CHANGE_FIELD_NEW,
	CHANGE_SIGNATURE_OCTET,
	CHANGE_SIGNATURE_TAG,
	CHANGE_KEY,
	CHANGES
};

/* Dice that always fall the same way, from a seed on. */
void dkim_generate_seed(uint64_t seed);
unsigned dkim_generate_roll(unsigned sides);

/* A message of random fields, folds and lines, not signed yet. */
struct dkim_message dkim_generate_message(void);

/* CHANGE_KEY is for the caller to do. */
void dkim_generate_change(struct dkim_message *m, enum dkim_change change);
const char *dkim_generate_name(enum dkim_change change);

#endif
