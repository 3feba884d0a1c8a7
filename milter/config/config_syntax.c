#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "config/config_syntax.h"
#include "mail/lexeme.h"

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

static bool
is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!lexeme_is_token(text[i]))
			return false;
	}
	return len > 0 && len <= 255;
}

bool
config_syntax_is_id(const char *text)
{
	return is_token(text, strlen(text));
}

bool
config_syntax_is_trusted_id(const char *text)
{
	size_t len = strcspn(text, "/");

	return is_token(text, len) &&
	       (text[len] == '\0' || config_syntax_is_id(text + len + 1));
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

/* RFC 3463 section 2: one to three digits without a leading zero, up to ${end}. */
static bool
is_subcode(const char **text, char end)
{
	const char *p = *text;
	size_t len = strspn(p, "0123456789");

	*text = p + len + 1;
	return len >= 1 && len <= 3 && (len == 1 || *p != '0') && p[len] == end;
}

bool
config_syntax_is_enhanced(const char *text)
{
	const char *p = text + 2;

	return strncmp(text, "5.", 2) == 0 && is_subcode(&p, '.') && is_subcode(&p, '\0');
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

const char *
config_syntax_time(int ms, char text[CONFIG_SYNTAX_TIME_SIZE])
{
	if (ms % 1000 == 0)
		snprintf(text, CONFIG_SYNTAX_TIME_SIZE, "%ds", ms / 1000);
	else
		snprintf(text, CONFIG_SYNTAX_TIME_SIZE, "%dms", ms);
	return text;
}

static bool
is_leap(long year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* A day that exists, as YYYYMMDD; 0: none. */
static int
day_number(long year, long month, long day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1)
		return 0;
	if (day > days[month - 1] + (month == 2 && is_leap(year)))
		return 0;
	return (int)(year * 10000 + month * 100 + day);
}

int
config_syntax_day(const char *text)
{
	static const char form[] = "YYYY-MM-DD";
	const char *year = text, *month = text + 5, *day = text + 8;
	int number;

	if (strlen(text) != strlen(form) || text[4] != '-' || text[7] != '-' ||
	    strspn(text, "0123456789-") != strlen(form))
		return 0;
	number = day_number(config_syntax_digits(&year, 10),
	    config_syntax_digits(&month, 10), config_syntax_digits(&day, 10));
	/* Each number must reach to what ends it: "2027--1-31" is no day. */
	return year == text + 4 && month == text + 7 && *day == '\0' ? number : 0;
}

bool
config_syntax_is_like_host(const char *text)
{
	/* Of digits and dots alone it is an address with a mistake. */
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789.-_*") == strlen(text) &&
	       strchr(text, '.') != NULL && strspn(text, "0123456789.") != strlen(text);
}
