#include <arpa/inet.h>
#include <pthread.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/unconst.h"
#include "nameserver.h"

#define PACKET_MAX 2048
#define NAME_SIZE 256
#define KNOWN_MAX 4096
#define TTL 300
#define TXT 16
#define POLICY "v=DMARC1; p=reject"

/* SOA of the root, with everything in it 0 or empty, but for the times. */
static const unsigned char soa[] = { 0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0, 0, 0, 0, 1,
	0, 0, 14, 16, 0, 0, 3, 132, 0, 9, 58, 128, 0, 0, 0, 60 };

/* The name of the question, lower case.  Where the question ends; 0: it makes no sense.
 */
static size_t
read_question(const unsigned char *p, size_t len, char *name)
{
	size_t at = 12, used = 0;

	while (at < len && p[at] != 0) {
		size_t label = p[at];

		if (at + 1 + label >= len || used + label + 2 > NAME_SIZE)
			return 0;
		for (size_t i = 1; i <= label; i++)
			name[used++] =
			    (char)(p[at + i] |
				   (p[at + i] >= 'A' && p[at + i] <= 'Z' ? 0x20 : 0));
		name[used++] = '.';
		at += 1 + label;
	}
	name[used > 0 ? used - 1 : 0] = '\0';
	return at + 5 <= len ? at + 5 : 0;
}

static bool
begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* Digits are base64: 40 of them and four more characters are 32 octets. */
static const char *
key_of(const char *name, char *text, size_t size)
{
	snprintf(text, size, "v=DKIM1; k=ed25519; p=%.8s%.8s%.8s%.8s%.8sAAA=", name + 1,
	    name + 1, name + 1, name + 1, name + 1);
	return text;
}

/* The TXT record of ${name}; NULL: there is no such name. */
static const char *
text_of(const char *name, char *text, size_t size)
{
	ENTRY *known = hsearch((ENTRY){ .key = unconst(name) }, FIND);

	if (known != NULL)
		return known->data;
	if (begins(name, "_dmarc."))
		return begins(name, "_dmarc.f") ||
			       strcmp(name, "_dmarc.soak.example") == 0
			   ? POLICY
			   : NULL;
	if (strstr(name, "._domainkey.") != NULL)
		return *name == 'r' && strspn(name + 1, "0123456789") == 8
			   ? key_of(name, text, size)
			   : NULL;
	if (strcmp(name, "_spf.soak.example") == 0)
		return "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all";
	if (*name == 'u' || *name == 'k')
		return "v=spf1 mx include:_spf.soak.example -all";
	return *name == 'f' ? "v=spf1 -all" : NULL;
}

static size_t
put_text(unsigned char *p, const char *text)
{
	static const unsigned char head[] = { 0xc0, 12, 0, TXT, 0, 1, 0, 0, TTL >> 8,
		TTL & 0xff };
	size_t left = strlen(text), at = sizeof head + 2, len;

	memcpy(p, head, sizeof head);
	for (; left > 0; left -= len, text += len) {
		len = left < 255 ? left : 255;
		p[at++] = (unsigned char)len;
		memcpy(p + at, text, len);
		at += len;
	}
	p[sizeof head] = (unsigned char)((at - sizeof head - 2) >> 8);
	p[sizeof head + 1] = (unsigned char)(at - sizeof head - 2);
	return at;
}

/* Answers the question of a packet in place; 0: not at all. */
static size_t
answer_make(unsigned char *p, size_t len)
{
	static const unsigned char head[] = { 0x84, 0x80, 0, 1, 0, 0, 0, 0, 0, 0 };
	char name[NAME_SIZE], made[128];
	size_t end = read_question(p, len, name);
	const char *text;

	if (end == 0 || strstr(name, "dead") != NULL)
		return 0;
	text = text_of(name, made, sizeof made);
	memcpy(p + 2, head, sizeof head);
	if (text == NULL)
		p[3] |= 3;
	if (text != NULL && p[end - 3] == TXT) {
		p[7] = 1;
		return end + put_text(p + end, text);
	}
	p[9] = 1;
	memcpy(p + end, soa, sizeof soa);
	return end + sizeof soa;
}

static void *
serve(void *arg)
{
	int s = *(int *)arg;

	for (;;) {
		unsigned char p[PACKET_MAX];
		struct sockaddr_in client;
		socklen_t size = sizeof client;
		ssize_t len = recvfrom(s, p, 512, 0, (struct sockaddr *)&client, &size);
		size_t answer = len < 12 ? 0 : answer_make(p, (size_t)len);

		if (answer > 0)
			sendto(s, p, answer, 0, (struct sockaddr *)&client, size);
	}
	return NULL;
}

static void
learn(const char *file)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;

	if (f == NULL || hcreate(KNOWN_MAX) == 0) {
		perror(file);
		exit(1);
	}
	while (getline(&line, &size, f) != -1) {
		char *space = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		if (space == NULL)
			continue;
		*space = '\0';
		hsearch((ENTRY){ mem_strdup(line), mem_strdup(space + 1) }, ENTER);
	}
	free(line);
	fclose(f);
}

int
nameserver_start(const char *file)
{
	static int s;
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof sa;
	int room = 8 << 20;
	pthread_t thread;

	learn(file);
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(s, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (bind(s, (struct sockaddr *)&sa, sizeof sa) == -1 ||
	    getsockname(s, (struct sockaddr *)&sa, &size) == -1 ||
	    pthread_create(&thread, NULL, serve, &s) != 0) {
		perror("name server");
		exit(1);
	}
	return ntohs(sa.sin_port);
}
