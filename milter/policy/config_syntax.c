#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "policy/config_syntax.h"

long
config_syntax_digits(const char **text, int base)
{
	const char *p = *text;
	long n = 0;

	for (; *p >= '0' && *p < '0' + base && p - *text < 9; p++)
		n = n * base + (*p - '0');
	if (p == *text || (*p >= '0' && *p <= '9'))
		return -1;
	*text = p;
	return n;
}

/* A token of RFC 2045 section 5.1: what an authserv-id is without quotes. */
bool
config_syntax_is_token(const char *text)
{
	size_t len = strlen(text);

	for (const char *p = text; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || strchr("()<>@,;:\\\"/[]?=", *p) != NULL)
			return false;
	}
	return len > 0 && len <= 255;
}

/* Fields that a mark may not pretend to be: mail would be read differently. */
bool
config_syntax_is_structural(const char *name)
{
	static const char *const names[] = { "Authentication-Results", "Bcc", "Cc",
		"Comments", "Date", "Delivered-To", "DKIM-Signature", "From",
		"In-Reply-To", "Keywords", "Message-ID", "MIME-Version", "Received",
		"Received-SPF", "References", "Reply-To", "Return-Path", "Sender",
		"Subject", "To" };
	static const char *const prefixes[] = { "ARC-", "Content-", "List-", "Resent-" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcasecmp(name, names[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

/* RFC 5322 section 3.6.8: ftext is printable ASCII without the colon. */
bool
config_syntax_is_field_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return len > 0 && len <= CONFIG_SYNTAX_FIELD_NAME_MAX;
}

bool
config_syntax_is_field_value(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			return false;
	}
	return *text != '\0' && strlen(text) <= CONFIG_SYNTAX_FIELD_VALUE_MAX;
}

/* Three digits, RFC 5321 section 4.2: the first is 5 here, the second 0 to 5. */
bool
config_syntax_is_code(const char *text)
{
	return text[0] == '5' && text[1] >= '0' && text[1] <= '5' && text[2] >= '0' &&
	       text[2] <= '9' && text[3] == '\0';
}

/* RFC 3463 section 2: class "." subject "." detail, without leading zeros. */
bool
config_syntax_is_enhanced(const char *text)
{
	unsigned subject, detail;
	char again[12];

	if (strlen(text) >= sizeof again ||
	    sscanf(text, "5.%3u.%3u", &subject, &detail) != 2)
		return false;
	snprintf(again, sizeof again, "5.%u.%u", subject % 1000, detail % 1000);
	return strcmp(again, text) == 0;
}

bool
config_syntax_is_server(const char *text)
{
	char address[IP_TEXT_SIZE];
	size_t len = strcspn(text, "@");
	struct ip ip;

	if (strcasecmp(text, "recursive") == 0)
		return true;
	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!ip_parse(address, &ip))
		return false;
	if (text[len] == '@') {
		const char *port = text + len + 1;
		long n = config_syntax_digits(&port, 10);

		return n >= 1 && n <= UINT16_MAX && *port == '\0';
	}
	return true;
}
