/* <spf2/spf.h> needs four of these and includes none of them, or only with glibc. */
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <spf2/spf.h>

#include "check/spf.h"
#include "check/spf_eval.h"

/*
 * libspf2 evaluates: it walks the terms of a record, follows include and redirect
 * and compares addresses.  All that it reads comes from spf_eval.c.  What else it
 * has (DNS, macros, explanations, header texts) is not used: all of that meets
 * text from outside, and has crashed on it.
 */

/* The name that stands for sender, HELO and first record alike. */
#define NOBODY "nobody.spf"

static SPF_errcode_t
on_record(SPF_server_t *server, SPF_request_t *request, SPF_response_t *response,
    SPF_record_t **record)
{
	struct spf_eval *e = server->resolver->hook;
	const char *text = spf_eval_record(e, request->cur_dom);

	*record = NULL;
	/* Of all errors this one ends the evaluation at once at every depth. */
	if (text == NULL)
		return SPF_E_DNS_ERROR;
	if (SPF_record_compile(server, response, record, text) == SPF_E_SUCCESS)
		return SPF_E_SUCCESS;
	spf_eval_give_up(e, "libspf2 refused a canonical record");
	return SPF_E_DNS_ERROR;
}

static SPF_dns_stat_t
status_of(const struct spf_reply *reply)
{
	if (reply->over)
		return TRY_AGAIN;
	/* Success without a record would leak.  0 is NETDB_SUCCESS, which musl does not
	 * name. */
	return reply->count > 0 ? 0 : NO_DATA;
}

/* What NULL comes to here is out of memory, on which libspf2 aborts as we do. */
static SPF_dns_rr_t *
on_lookup(SPF_dns_server_t *layer, const char *name, ns_type type, int should_cache)
{
	struct spf_reply reply = spf_eval_lookup(layer->hook, name);
	SPF_dns_rr_t *answer =
	    SPF_dns_rr_new_init(layer, name, type, 0, status_of(&reply));

	(void)should_cache;
	for (size_t i = 0; answer != NULL && !reply.over && i < reply.count; i++) {
		if (SPF_dns_rr_buf_realloc(answer, (int)i, reply.records[i].len) !=
		    SPF_E_SUCCESS)
			return NULL;
		memcpy(answer->rr[i], reply.records[i].data, reply.records[i].len);
		answer->num_rr++;
	}
	return answer;
}

static void
set_client(SPF_request_t *request, const struct ip *client)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (client->family == IP_V4) {
		memcpy(&v4, client->octets, sizeof v4);
		SPF_request_set_ipv4(request, v4);
		return;
	}
	memcpy(&v6, client->octets, sizeof v6);
	SPF_request_set_ipv6(request, v6);
}

/*
 * Not SPF_request_query_mailfrom(): that one passes every client on 127.0.0.0/8.
 */
static SPF_result_t
evaluate(SPF_server_t *server, SPF_request_t *request)
{
	SPF_response_t *response = SPF_response_new(request);
	SPF_record_t *record = NULL;
	SPF_result_t result = SPF_RESULT_INVALID;

	if (response == NULL)
		return result;
	request->cur_dom = NOBODY;
	if (SPF_server_get_record(server, request, response, &record) == SPF_E_SUCCESS) {
		response->spf_record_exp = record;
		SPF_record_interpret(record, request, response, 0);
		result = SPF_response_result(response);
	}
	if (record != NULL)
		SPF_record_free(record);
	SPF_response_free(response);
	return result;
}

static char
qualifier_of(SPF_result_t result)
{
	switch (result) {
	case SPF_RESULT_PASS:
		return '+';
	case SPF_RESULT_FAIL:
		return '-';
	case SPF_RESULT_SOFTFAIL:
		return '~';
	case SPF_RESULT_NEUTRAL:
		return '?';
	default:
		return '\0';
	}
}

/*
 * One server a check: its layer has no other way to know the check.  Not made by
 * SPF_server_new_dns(): that one aborts on a host name of 64 octets, and compiles an
 * explanation that it would expand at the end of each record.
 */
static char
ask_library(struct spf_eval *e, const struct ip *client)
{
	SPF_dns_server_t layer = {
		.lookup = on_lookup, .get_spf = on_record, .name = "spf", .hook = e
	};
	char nobody[] = NOBODY;
	SPF_server_t server = { .resolver = &layer,
		.rec_dom = nobody,
		.max_dns_mech = SPF_MAX_DNS_MECH,
		.max_dns_ptr = SPF_MAX_DNS_PTR,
		.max_dns_mx = SPF_MAX_DNS_MX };
	SPF_request_t *request = SPF_request_new(&server);
	char qualifier = '\0';

	if (request == NULL)
		return qualifier;
	set_client(request, client);
	if (SPF_request_set_helo_dom(request, NOBODY) == SPF_E_SUCCESS)
		qualifier = qualifier_of(evaluate(&server, request));
	SPF_request_free(request);
	return qualifier;
}

struct spf_evidence
spf_check(struct questions *q, const struct spf_identity *identity, struct pool *pool)
{
	struct spf_evidence none = { .result = SPF_NONE,
		.scope = identity->scope,
		.void_lookups_max = identity->void_lookups_max };
	struct spf_eval *e;

	none.domain = identity->domain != NULL ? identity->domain : "";
	if (none.domain[0] == '\0') {
		none.reason = "no domain to be checked";
		return none;
	}
	if (identity->client.family != IP_V4 && identity->client.family != IP_V6) {
		none.reason = "the client's address is not known";
		return none;
	}
	e = spf_eval_new(q, identity, pool);
	return spf_eval_end(e, ask_library(e, &identity->client));
}

void
spf_library_version(char *text, size_t size)
{
	int major, minor, patch;

	SPF_get_lib_version(&major, &minor, &patch);
	snprintf(text, size, "%d.%d.%d", major, minor, patch);
}
