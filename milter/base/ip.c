#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/ip.h"

static struct ip
from_v4(const void *octets)
{
	struct ip ip = { .family = IP_V4 };

	memcpy(ip.octets, octets, 4);
	return ip;
}

static struct ip
from_v6(const struct in6_addr *addr)
{
	struct ip ip = { .family = IP_V6 };

	if (IN6_IS_ADDR_V4MAPPED(addr))
		return from_v4(addr->s6_addr + 12);
	memcpy(ip.octets, addr->s6_addr, 16);
	return ip;
}

struct ip
ip_from_sockaddr(const struct sockaddr *sa)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (sa == NULL)
		return (struct ip){ .family = IP_UNKNOWN };
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&sin, sa, sizeof sin);
		return from_v4(&sin.sin_addr);
	case AF_INET6:
		memcpy(&sin6, sa, sizeof sin6);
		return from_v6(&sin6.sin6_addr);
	case AF_UNIX:
		return (struct ip){ .family = IP_LOCAL };
	default:
		return (struct ip){ .family = IP_UNKNOWN };
	}
}

bool
ip_parse(const char *text, struct ip *ip)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (strncasecmp(text, "IPv6:", 5) == 0)
		text += 5;
	if (inet_pton(AF_INET, text, &v4) == 1) {
		*ip = from_v4(&v4);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) == 1) {
		*ip = from_v6(&v6);
		return true;
	}
	return false;
}

static char *
put_decimal(char *p, unsigned n)
{
	if (n >= 100)
		*p++ = (char)('0' + n / 100);
	if (n >= 10)
		*p++ = (char)('0' + n / 10 % 10);
	*p++ = (char)('0' + n % 10);
	return p;
}

/* As inet_ntop() does, which takes ten times as long, for each message. */
static void
format_v4(const unsigned char octets[4], char *p)
{
	for (int i = 0; i < 4; i++) {
		p = put_decimal(p, octets[i]);
		*p++ = i < 3 ? '.' : '\0';
	}
}

const char *
ip_format(const struct ip *ip, char text[IP_TEXT_SIZE])
{
	switch (ip->family) {
	case IP_V4:
		format_v4(ip->octets, text);
		break;
	case IP_V6:
		inet_ntop(AF_INET6, ip->octets, text, IP_TEXT_SIZE);
		break;
	case IP_LOCAL:
		snprintf(text, IP_TEXT_SIZE, "local");
		break;
	case IP_UNKNOWN:
		snprintf(text, IP_TEXT_SIZE, "unknown");
		break;
	}
	return text;
}

bool
ip_is_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family &&
	       memcmp(a->octets, b->octets, a->family == IP_V4 ? 4 : 16) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	if (ip->family == IP_V4)
		return ip->octets[0] == 127;
	return ip->family == IP_V6 && memcmp(ip->octets, loopback6, 16) == 0;
}

uint64_t
ip_network(const struct ip *ip)
{
	size_t octets = ip->family == IP_V4 ? 3 : 7;
	uint64_t number = ip->family;

	if ((ip->family != IP_V4 && ip->family != IP_V6) || ip_is_loopback(ip))
		return 0;
	for (size_t i = 0; i < octets; i++)
		number = number << 8 | ip->octets[i];
	return number;
}
