#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traffic_script.h"

static _Noreturn void
give_up(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t
read_u32(FILE *f)
{
	unsigned char b[4];

	if (fread(b, 1, 4, f) != 4)
		give_up("script");
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void
read_part(FILE *f, struct traffic_part *part)
{
	part->len = read_u32(f);
	part->data = mem_alloc(part->len + 1);
	if (fread(part->data, 1, part->len, f) != part->len)
		give_up("script");
	for (unsigned char *p = part->data; part->spot_count < TRAFFIC_SPOTS_MAX;
	     p += TRAFFIC_DIGITS) {
		p = memmem(
		    p, part->len - (size_t)(p - part->data), "%%%%%%%%", TRAFFIC_DIGITS);
		if (p == NULL)
			break;
		part->spots[part->spot_count++] = (size_t)(p - part->data);
	}
}

/* Numbers in network order: weight, range, ending, wanted, authres, then two parts,
 * each with its length. */
void
traffic_script_read(struct traffic_script *script, const char *path)
{
	FILE *f = fopen(path, "re");
	int next;

	if (f == NULL)
		give_up(path);
	while ((next = getc(f)) != EOF && script->kind_count < TRAFFIC_KINDS_MAX) {
		struct traffic_kind *k = &script->kinds[script->kind_count++];

		ungetc(next, f);
		k->weight = read_u32(f);
		k->range = read_u32(f);
		k->ending = (enum traffic_ending)read_u32(f);
		k->wanted = (char)read_u32(f);
		k->authres = read_u32(f) != 0;
		read_part(f, &k->mail);
		read_part(f, &k->content);
		script->weights += k->weight;
	}
	fclose(f);
}
