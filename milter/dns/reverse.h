#ifndef DNS_REVERSE_H
#define DNS_REVERSE_H

struct ip;

/* 32 digits with a dot behind each, and "ip6.arpa". */
#define REVERSE_NAME_SIZE 80

/* Returns ${name}: where the PTR records of ${ip}, IP_V4 or IP_V6, stand (RFC 1035
 * section 3.5, RFC 3596 section 2.5). */
const char *reverse_name(const struct ip *ip, char name[REVERSE_NAME_SIZE]);

#endif
