#include "dns/question_name.h"

const char *
question_name_of_status(enum dns_status status)
{
	static const char *const names[] = { [DNS_FOUND] = "found",
		[DNS_NODATA] = "nodata",
		[DNS_NXDOMAIN] = "nxdomain",
		[DNS_TEMPFAIL] = "tempfail",
		[DNS_BOGUS] = "bogus" };

	return names[status];
}

const char *
question_name_of_type(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_CNAME:
		return "CNAME";
	case DNS_PTR:
		return "PTR";
	case DNS_MX:
		return "MX";
	case DNS_TXT:
		return "TXT";
	case DNS_AAAA:
		return "AAAA";
	case DNS_SOA:
		return "SOA";
	case DNS_TLSA:
		return "TLSA";
	}
	return "?";
}
