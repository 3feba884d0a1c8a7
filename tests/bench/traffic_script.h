#ifndef TRAFFIC_SCRIPT_H
#define TRAFFIC_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAFFIC_DIGITS                                                  \
	8 /* of the number that a message gets, in place of as many '%' \
	   */
#define TRAFFIC_SPOTS_MAX 64
#define TRAFFIC_KINDS_MAX 1024

/* Octets to be sent, with places for the number. */
struct traffic_part {
	unsigned char *data;
	size_t len;
	size_t spots[TRAFFIC_SPOTS_MAX], spot_count;
};

enum traffic_ending { END_ANSWER, END_ABORT, END_DROP };

struct traffic_kind {
	uint32_t weight, range; /* of numbers */
	enum traffic_ending ending;
	char wanted;  /* 'c', 'a', '4' or '5' */
	bool authres; /* with a field of ours */
	struct traffic_part mail, content;
};

/* Kinds of messages, as packets, made by tests/bench/soak. */
struct traffic_script {
	struct traffic_kind kinds[TRAFFIC_KINDS_MAX];
	size_t kind_count;
	uint32_t weights; /* the sum of theirs */
};

/* Ends the program where it cannot be read. */
void traffic_script_read(struct traffic_script *script, const char *path);

#endif
