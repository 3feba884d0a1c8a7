#include "dns/reverse.h"
#include "base/buf.h"
#include "base/ip.h"

const char *
reverse_name(const struct ip *ip, char name[REVERSE_NAME_SIZE])
{
	struct buf b;

	buf_init(&b, name, REVERSE_NAME_SIZE);
	if (ip->family == IP_V4) {
		for (int i = 3; i >= 0; i--)
			buf_printf(&b, "%u.", ip->octets[i]);
		buf_puts(&b, "in-addr.arpa");
		return name;
	}
	for (int i = 15; i >= 0; i--)
		buf_printf(&b, "%x.%x.", ip->octets[i] & 15U, ip->octets[i] >> 4U);
	buf_puts(&b, "ip6.arpa");
	return name;
}
