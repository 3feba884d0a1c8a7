#ifndef EDGE_OCCUPANT_H
#define EDGE_OCCUPANT_H

#include <stddef.h>

/*
 * Who listens at a Socket already: for -n, which a filter of ours that runs must not
 * make say no, and anybody else's program must.
 */
enum occupant {
	OCCUPANT_NONE,
	OCCUPANT_OURS,   /* a program of our name */
	OCCUPANT_OTHER,  /* ${who}: "name (process 123)" */
	OCCUPANT_UNKNOWN /* only root sees whose socket it is */
};

enum occupant occupant_find(const char *spec, char *who, size_t whosize);

#endif
