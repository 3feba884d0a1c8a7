#include <string.h>

#include "base/pool.h"
#include "check/spf_trace.h"
#include "mail/evidence.h"
#include "mail/spf_macro.h"

static size_t
add(struct spf_trace *t, const struct spf_step *step)
{
	if (t->count == t->room) {
		struct spf_step *more;

		t->room = t->room > 0 ? 2 * t->room : 16;
		more = pool_room(t->pool, t->room * sizeof *more);
		if (t->count > 0)
			memcpy(more, t->steps, t->count * sizeof *more);
		t->steps = more;
	}
	t->steps[t->count] = *step;
	return t->count++;
}

/* What becomes of a term that asks no DNS, or that was never reached. */
static const char *
outcome(const struct spf_trace *t, struct spf_frame *frame, const struct spf_term *term)
{
	if (term->kind == SPF_TERM_UNKNOWN || term->kind == SPF_TERM_EXP)
		return "modifier";
	if (t->stopped != NULL || frame->match != NULL || spf_record_is_lookup(term))
		return "not evaluated";
	if (term->kind != SPF_TERM_ALL && !netlist_covers(&term->network, &t->client))
		return "no match";
	frame->match = term;
	return "match";
}

static void
tell_until(struct spf_trace *t, struct spf_frame *frame, size_t end)
{
	for (; frame->told < end; frame->told++) {
		const struct spf_term *term = &frame->record.terms[frame->told];

		add(t, &(struct spf_step){ .depth = frame->depth,
			   .domain = frame->name,
			   .term = term->text,
			   .domain_holds_local = frame->holds_local,
			   .outcome = outcome(t, frame, term) });
	}
}

/* What a record comes to once all of it is told (RFC 7208 sections 4.6.2, 4.7, 6.1). */
static char
result(const struct spf_frame *frame)
{
	while (frame->match == NULL && frame->redirect != NULL)
		frame = frame->redirect;
	if (frame->match == NULL)
		return '?';
	return frame->match->qualifier;
}

/* The current record is over: what does it mean for the term that led to it? */
static void
leave(struct spf_trace *t)
{
	struct spf_frame *frame = t->current, *parent = frame->parent;
	struct spf_step *step;

	tell_until(t, frame, frame->record.count);
	t->current = parent;
	if (parent == NULL)
		return;
	step = &t->steps[parent->step];
	if (t->stopped != NULL) {
		step->outcome = t->stopped;
	} else if (frame->via->kind == SPF_TERM_REDIRECT) {
		step->outcome = "followed";
	} else if (result(frame) == '+') {
		step->outcome = "match";
		parent->match = frame->via;
	}
}

void
spf_trace_open(struct spf_trace *t, struct spf_frame *frame)
{
	frame->parent = t->current;
	if (frame->parent != NULL) {
		frame->depth = frame->parent->depth + 1;
		if (frame->via->kind == SPF_TERM_REDIRECT)
			frame->parent->redirect = frame;
	}
	t->current = frame;
}

bool
spf_trace_is_open(const struct spf_trace *t, const struct spf_frame *frame)
{
	const struct spf_frame *f = t->current;

	while (f != NULL && f != frame)
		f = f->parent;
	return f != NULL;
}

bool
spf_trace_holds_local(const struct spf_frame *frame, const struct spf_term *term)
{
	if (term->domain == NULL)
		return frame->holds_local;
	/* %{p} may be a name below that of the record, as %{d} is it. */
	return spf_macro_has(term->domain, "ls") ||
	       (frame->holds_local && spf_macro_has(term->domain, "dp"));
}

void
spf_trace_bad(struct spf_trace *t, const struct spf_frame *frame, const char *term)
{
	add(t, &(struct spf_step){ .depth = t->current ? t->current->depth + 1 : 0,
		   .domain = frame->name,
		   .term = term,
		   .domain_holds_local = frame->holds_local,
		   .outcome = "bad syntax" });
}

void
spf_trace_term(struct spf_trace *t, struct spf_frame *frame, size_t index,
    const char *target, bool holds_local)
{
	while (t->current != NULL && t->current != frame)
		leave(t);
	tell_until(t, frame, index);
	frame->step = add(t, &(struct spf_step){ .depth = frame->depth,
				 .domain = frame->name,
				 .term = frame->record.terms[index].text,
				 .target = target,
				 .domain_holds_local = frame->holds_local,
				 .target_holds_local = holds_local,
				 .outcome = "no match" });
	frame->told = index + 1;
}

void
spf_trace_match(struct spf_trace *t)
{
	struct spf_frame *frame = t->current;

	frame->match = &frame->record.terms[frame->told - 1];
	t->steps[frame->step].outcome = "match";
}

void
spf_trace_stop(struct spf_trace *t, const char *why)
{
	t->stopped = why;
	if (t->current != NULL && t->current->told > 0)
		t->steps[t->current->step].outcome = why;
}

char
spf_trace_end(struct spf_trace *t, const struct spf_frame *first)
{
	while (t->current != NULL)
		leave(t);
	if (first == NULL)
		return '?';
	return result(first);
}
