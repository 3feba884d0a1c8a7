#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

/* Where a client speaks from.  An IPv4-mapped IPv6 address is always IP_V4. */
enum ip_family {
	IP_UNKNOWN, /* the MTA gave no address */
	IP_LOCAL,   /* a socket of this host */
	IP_V4,
	IP_V6
};

struct ip {
	enum ip_family family;
	uint8_t octets[16]; /* network order; the first 4 for IP_V4 */
};

bool ip_is_equal(const struct ip *a, const struct ip *b);
bool ip_is_loopback(const struct ip *ip); /* 127.0.0.0/8, ::1 */

/*
 * The network that one party commonly has whole, a /24 of IPv4 or a /56 of IPv6, as one
 * number.  0: none, an address of this host or not known.
 */
uint64_t ip_network(const struct ip *ip);

#define IP_TEXT_SIZE 46

struct ip ip_from_sockaddr(const struct sockaddr *sa); /* NULL: IP_UNKNOWN */

/* Read "192.0.2.1", "2001:db8::1" or "IPv6:2001:db8::1".  False: it is none. */
bool ip_parse(const char *text, struct ip *ip);

/* Returns ${text}: the address, "local" or "unknown". */
const char *ip_format(const struct ip *ip, char text[IP_TEXT_SIZE]);

#endif
