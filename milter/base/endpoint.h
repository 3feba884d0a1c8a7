#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

#define ENDPOINT_HOST_OCTETS 256

/* What a Socket setting says, taken apart. */
struct endpoint {
	int family;
	const char *path; /* of a unix socket, points into the spec; else NULL */
	char port[32];    /* of the others */
	char host[ENDPOINT_HOST_OCTETS];
};

/* NULL, or what is wrong with how ${spec} is written; a port may be a name. */
const char *endpoint_parse(const char *spec, struct endpoint *endpoint);

/* The path of a unix socket, NULL for the others; its form is not looked at. */
const char *endpoint_path(const char *spec);

#endif
