/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verifier without tokens: it stays, has cryptod prove itself as often as
 * the daemons that enforce tokens do, and says when that has changed.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "base/when.h"
#include "ctl/ask.h"
#include "ctl/sheet.h"
#include "enforce/standing.h"

#define TIMEOUT_MS 10000

/* The longest sleep: the time since boot goes on while a machine is suspended,
 * and poll()'s does not. */
#define NAP_MS 250

struct watch {
	const struct args	*args;
	struct standing		 standing;
	struct call		 call;
	struct drbg		*drbg;
	int			 seen_fd;	/* -1: nothing is remembered */
	bool			 shown;
	bool			 was_good;	/* what was shown last */
	enum reason		 was_why;
	uint64_t		 was_resets;
	struct keyset		 was;
};

static volatile sig_atomic_t stopping;

static void
stop(int sig)
{
	stopping = sig;
}

static void
watch_drop(struct watch *w)
{
	call_close(&w->call);
	drbg_drop(&w->drbg);
	fd_drop(&w->seen_fd);
}

static enum err
keep(void *self, const struct memory *m)
{
	const struct watch *w = self;

	return w->seen_fd == -1 ? ERR_OK : memory_write(w->seen_fd, m);
}

/* ---- the connection ---- */

static enum reason
reason_of(enum err e)
{
	return e == ERR_AUTH || e == ERR_DENIED ? REASON_peer_identity :
	    e == ERR_MALFORMED ? REASON_answer_request : REASON_answer_late;
}

static void
hang_up(struct watch *w, enum err e, struct moment now)
{
	call_close(&w->call);
	standing_lost(&w->standing, reason_of(e), now);
}

static enum err
ask_for(struct watch *w, enum standing_wish wish, struct moment now)
{
	struct msg m;

	if (w->call.link.ops == NULL)
		TRY(ask_connect(w->args, &w->call));
	TRY(standing_request(&w->standing, wish, w->drbg, now, &m));
	return call_send(&w->call, &m, TIMEOUT_MS);
}

static enum err
hear(struct watch *w, unsigned nap_ms)
{
	struct msg m;
	enum err e;

	if (w->call.link.ops == NULL) {
		(void)!poll(NULL, 0, (int)nap_ms);
		return ERR_OK;
	}
	e = call_wait(&w->call, nap_ms);
	if (e == ERR_BUSY || stopping != 0)
		return ERR_OK;
	if (e == ERR_OK)
		e = call_receive(&w->call, &m, TIMEOUT_MS);
	if (e == ERR_OK)
		(void)standing_answer(&w->standing, &m, clock_now());
	return e;
}

static void
turn(struct watch *w)
{
	const struct moment now = clock_now();
	const enum standing_wish wish = standing_turn(&w->standing, now);
	const uint64_t due = standing_due(&w->standing);
	enum err e = ERR_OK;

	if (wish == STANDING_HANG_UP)
		call_close(&w->call);
	else if (wish != STANDING_WAIT)
		e = ask_for(w, wish, now);
	else if (due > now.boot_ms)
		e = hear(w, due - now.boot_ms < NAP_MS ?
		    (unsigned)(due - now.boot_ms) : NAP_MS);
	if (e != ERR_OK)
		hang_up(w, e, clock_now());
}

/* ---- what is said ---- */

/* Signed anew is not changed. */
static bool
same_keys(const struct keyset *a, const struct keyset *b)
{
	bool same = a->count == b->count &&
	    a->policy_floor == b->policy_floor &&
	    a->revocation_version == b->revocation_version;

	for (size_t i = 0; same && i < a->count; i++)
		same = span_equal(SPAN(a->keys[i].kid),
		    SPAN(b->keys[i].kid)) &&
		    a->keys[i].phase == b->keys[i].phase;
	return same;
}

static bool
has_changed(const struct watch *w, bool good)
{
	const struct standing *s = &w->standing;

	return !w->shown || w->was_good != good || w->was_why != s->why ||
	    w->was_resets != s->resets ||
	    (good && !same_keys(&w->was, &s->keys));
}

static void
put_line(const struct standing *s, bool good, struct moment now)
{
	const enum reason why = standing_why(s, now);
	char at[WHEN_LEN + 1], until[WHEN_LEN + 1];

	when_format(now.wall, at);
	when_format(now.wall + standing_left(s, now), until);
	if (good)
		printf("%s proven until %s: %zu keys, version %" PRIu64
		    "; resets seen: %" PRIu64, at, until, s->keys.count,
		    s->keys.version, s->resets);
	else
		printf("%s not proven", at);
	if (why != REASON_none)
		printf(": %s: %s %s", reason_code(why), reason_text(why),
		    reason_help(why));
	putchar('\n');
}

static enum err
put_json(const struct standing *s, bool good, struct moment now)
{
	struct sheet *sheet OWNED(sheet_drop) = NULL;
	const enum reason why = standing_why(s, now);

	TRY(sheet_new(true, SHEET_MAP, &sheet));
	sheet_time(sheet, "time", now.wall);
	sheet_bool(sheet, "proven", good);
	sheet_time(sheet, "since", now.wall -
	    (now.boot_ms - s->since_ms) / 1000);
	if (good) {
		sheet_time(sheet, "until", now.wall + standing_left(s, now));
		sheet_uint(sheet, "version", s->keys.version);
		sheet_uint(sheet, "keys", s->keys.count);
	}
	if (why != REASON_none)
		sheet_say(sheet, "reason", "%s", reason_code(why));
	sheet_uint(sheet, "proofs", s->proofs);
	sheet_uint(sheet, "refused", s->refusals);
	sheet_uint(sheet, "resets", s->resets);
	return sheet_print_line(sheet, stdout);
}

static enum err
show(struct watch *w)
{
	const struct standing *s = &w->standing;
	const struct moment now = clock_now();
	const bool good = standing_now(s, now) == REASON_none;

	/* Nothing is known before the first answer. */
	if ((s->proofs == 0 && s->failures == 0) || !has_changed(w, good))
		return ERR_OK;
	w->shown = true;
	w->was_good = good;
	w->was_why = s->why;
	w->was_resets = s->resets;
	w->was = s->keys;
	if (w->args->json)
		return put_json(s, good, now);
	put_line(s, good, now);
	return fflush(stdout) == 0 ? ERR_OK : log_errno("output");
}

static enum err
begin(struct watch *w, const struct trust *trust)
{
	const struct sigaction end = { .sa_handler = stop };
	struct standing *s = &w->standing;

	*s = (struct standing){ .trust = trust, .appraise = true,
		.keep = keep, .self = w };
	s->memory.trust = trust->version;
	if (w->args->state != NULL) {
		TRY(memory_open(w->args->state, &w->seen_fd));
		TRY(memory_read(w->seen_fd, trust->version, &s->memory));
	}
	TRY(drbg_from_system(span_text("anchorctl"), (struct span){ 0 },
	    &w->drbg));
	if (sigaction(SIGTERM, &end, NULL) == -1 ||
	    sigaction(SIGINT, &end, NULL) == -1)
		return log_errno("sigaction");
	standing_begin(s, clock_now());
	return ERR_OK;
}

enum ends
watch_run(const struct args *a)
{
	struct watch w OWNED(watch_drop) = { .args = a, .seen_fd = -1 };
	struct trust trust;
	enum err e = trust_read(a->trust, a->officers, &trust);

	if (e != ERR_OK)
		return ends_of(e);
	e = begin(&w, &trust);
	if (e != ERR_OK)
		return e == ERR_HARDWARE ? ENDS_machine : ends_of(e);
	while (stopping == 0) {
		turn(&w);
		if (show(&w) != ERR_OK)
			return ENDS_machine;
	}
	return standing_now(&w.standing, clock_now()) == REASON_none ?
	    ENDS_ok : ENDS_no;
}
