/*
 * What a server sends back to a ClientHello: first octet the offer, second the cut, then
 * the octets.  However they are cut, the same comes of them, and what was chosen had been
 * offered.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/audit/ffdhe.h"
#include "ctl/audit/hello_reader.h"
#include "ctl/audit/ncsc.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t versions[] = { HELLO_SSL_3_0, HELLO_TLS_1_0, HELLO_TLS_1_1,
	HELLO_TLS_1_2, HELLO_TLS_1_3 };

/* Made once: they are the same for all inputs. */
static struct hello_codes
suites_of(enum ncsc_level level)
{
	static uint16_t suites[NCSC_INSUFFICIENT + 1][TLS_SUITES_MAX];
	static size_t count[NCSC_INSUFFICIENT + 1];

	if (count[level] == 0)
		count[level] = ncsc_ask_suites(level, suites[level]);
	return (struct hello_codes){ suites[level], count[level] };
}

static bool
has(struct hello_codes list, uint16_t code)
{
	for (size_t i = 0; i < list.count; i++) {
		if (list.codes[i] == code)
			return true;
	}
	return false;
}

static struct hello_reader *
run(const struct hello_offer *offer, const uint8_t *data, size_t size, size_t piece,
    enum hello_state *state)
{
	struct hello_reader *r = hello_reader_new(offer);

	*state = HELLO_MORE;
	while (size > 0) {
		size_t n = size < piece ? size : piece;

		*state = hello_reader_take(r, data, n);
		data += n;
		size -= n;
	}
	return r;
}

static void
hold(
    const struct hello_offer *offer, enum hello_state state, const struct hello_answer *a)
{
	must((a->wrong != NULL) == (state == HELLO_BROKEN));
	must(state != HELLO_CHOSEN || a->has_hello);
	must(state != HELLO_REFUSED || a->has_alert);
	must(!a->has_exchange || a->has_hello);
	must((a->prime_bits > 0) == (a->prime != NULL));
	if (!a->has_hello)
		return;
	must(has(offer->suites, a->suite));
	must(a->version >= HELLO_SSL_3_0 && a->version <= offer->version);
	must(a->compression <= offer->compression);
	if (a->prime == NULL)
		return;
	must(*a->prime != 0 && a->prime_octets == (a->prime_bits + 7) / 8);
	must(ffdhe_group(a->prime, a->prime_octets) <= 260);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hello_offer offer = { .host = "mx.example" };
	uint8_t out[HELLO_OCTETS_MAX];
	enum hello_state whole, cut;
	struct hello_reader *one, *other;

	if (size < 2)
		return 0;
	offer.version = versions[data[0] % 5];
	offer.compression = (data[0] & 0x40) != 0;
	offer.suites =
	    suites_of((data[0] & 0x80) != 0 ? NCSC_INSUFFICIENT : NCSC_PHASE_OUT);
	if (offer.version == HELLO_TLS_1_3)
		offer.suites = ncsc_ask(NCSC_ASK_SUITES_1_3);
	must(hello_write(&offer, out, sizeof out) > 0);

	one = run(&offer, data + 2, size - 2, size, &whole);
	other = run(&offer, data + 2, size - 2, data[1] % 64 + 1, &cut);
	hold(&offer, whole, hello_reader_answer(one));
	must(whole == cut);
	must(hello_reader_answer(one)->suite == hello_reader_answer(other)->suite);
	must(hello_reader_answer(one)->group == hello_reader_answer(other)->group);
	must(hello_reader_answer(one)->prime_bits ==
	     hello_reader_answer(other)->prime_bits);
	must(hello_reader_answer(one)->wrong == hello_reader_answer(other)->wrong);
	hello_reader_free(one);
	hello_reader_free(other);
	return 0;
}
