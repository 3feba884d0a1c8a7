#ifndef CTL_DNS_LOOK_H
#define CTL_DNS_LOOK_H

#include <stdbool.h>
#include <stddef.h>

struct config;

/* What a filter with these settings has of the DNS just now. */
struct dns_look {
	bool answers;   /* a name server answers */
	bool validates; /* DNSSEC is in force */
	char why[200];  /* why not, or how the latter */
};

/* Ask the name servers of ${config}: one question, some seconds at most. */
struct dns_look dns_look(const struct config *config);

#endif
