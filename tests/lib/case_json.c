#include <string.h>

#include "case.h"
#include "case_json.h"

static void
put_octets(FILE *out, const char *data, size_t len)
{
	fputc('"', out);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void
put_member(FILE *out, const char *name, const char *value)
{
	fprintf(out, ",\"%s\":", name);
	if (value == NULL)
		fputs("null", out);
	else
		put_octets(out, value, strlen(value));
}

static void
put_event(FILE *out, const struct case_event *e)
{
	static const char *const kinds[] = { "client", "helo", "auth", "message",
		"abort" };

	fprintf(out, "{\"kind\":\"%s\",\"count\":%ld,\"line\":%d", kinds[e->kind],
	    e->count, e->line);
	put_member(out, "text", e->text);
	put_member(out, "extra", e->extra);
	put_member(out, "header", e->header);
	fputs(",\"body\":", out);
	put_octets(out, e->body, e->body_len);
	fputs(",\"expects\":[", out);
	for (size_t i = 0; i < e->expect_count; i++) {
		const struct case_expect *x = &e->expects[i];

		fprintf(out, "%s{\"negated\":%s,\"line\":%d", i > 0 ? "," : "",
		    x->negated ? "true" : "false", x->line);
		put_member(out, "key", x->key);
		put_member(out, "value", x->value);
		fputc('}', out);
	}
	fputs("]}", out);
}

void
case_json_print(const struct case_file *c, FILE *out)
{
	fputs("{\"events\":[", out);
	for (size_t i = 0; i < c->event_count; i++) {
		if (i > 0)
			fputc(',', out);
		put_event(out, &c->events[i]);
	}
	fputc(']', out);
	put_member(out, "goal", c->goal);
	put_member(out, "conf", c->conf);
	put_member(out, "zone", c->zone);
	put_member(out, "host", c->host);
	put_member(out, "mta", c->mta);
	put_member(out, "only", c->only);
	fputs("}\n", out);
}
