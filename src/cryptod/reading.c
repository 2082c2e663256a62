/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/reading.h"

#include "base/log.h"
#include "cryptod/cryptod.h"
#include "cryptod/reader.h"

/* Who waits for a place comes again within an answer's time, and who waits for
 * an answer comes in the turn that has it, or after the step that goes on then.
 * What was kept for one who has gone gives way, after so long, to what his
 * peer asks next. */
#define WANTED_MS 10000
#define DONE_MS 10000
#define QUIET_MS 60000

/* What wire/ lets a request bring, and the officers write, has room. */
static_assert(196608 + 16384 + QUOTE_VALUES_MAX <= JOB_BYTES);

/* ---- what is kept ---- */

static bool
has_gone(const struct reading *r)
{
	const uint64_t kept_ms = clock_now().boot_ms - r->at_ms;

	return (r->state == READING_WANTED && kept_ms >= WANTED_MS) ||
	    (r->state == READING_DONE && kept_ms >= DONE_MS);
}

/* Are these the bytes that were put off? */
static bool
is_of(const struct reading *r, struct span body)
{
	uint8_t digest[SHA256_LEN];

	return r->state != READING_NONE && sha256(&body, 1, digest) ==
	    ERR_OK && memcmp(digest, r->body, sizeof(digest)) == 0;
}

bool
reading_begin(struct cryptod *d, const struct peer *peer, struct span body,
    const struct msg *in, struct view *v, struct brought *b)
{
	const struct span evidence = evidence_of(in);
	struct reading *r = &d->readings.of[peer->door];

	*b = (struct brought){ .of = NULL };
	if (evidence.len == 0)
		return true;
	if (!is_of(r, body)) {
		if (challenge_take(&d->prove.challenges, peer->door,
		    clock_now().boot_ms, v->vm_id, evidence, b->challenge))
			v->challenge = SPAN(b->challenge);
		return true;
	}
	b->of = r;
	if (r->asked)
		v->challenge = SPAN(r->challenge);
	if (r->state == READING_DONE)
		v->read = &r->answer;
	return r->state != READING_NOW;
}

void
reading_end(struct brought *b)
{
	if (b->of != NULL)
		b->of->state = READING_NONE;
}

/* ---- what is read ---- */

/* What is wrong with it is in the entry of each; here once a minute, for
 * whoever looks into the log of the daemon first. */
static void
tell(const struct cryptod *d, size_t door, struct reading *r)
{
	char line[APPRAISER_LINE];

	appraiser_line(&r->answer, line);
	if (line[0] == '\0' || r->at_ms < r->quiet_until)
		return;
	r->quiet_until = r->at_ms + QUIET_MS;
	log_line("peer %s: %s", d->doors.rows[door].vm_id, line);
}

static void
collect(struct cryptod *d)
{
	for (size_t i = 0; i < CHANNELS_MAX; i++) {
		struct reading *r = &d->readings.of[i];

		if (r->state != READING_NOW || appraiser_take(d->appraiser,
		    r->ticket, &r->answer) != ERR_OK)
			continue;
		r->state = READING_DONE;
		r->at_ms = clock_now().boot_ms;
		d->readings.news = true;
		tell(d, i, r);
	}
}

/* REASON_none: it is read, or waits for a place. */
static enum reason
ask(struct cryptod *d, struct reading *r, const struct appraiser_wanted *w)
{
	const struct appraiser_log job = { w->log, w->rules,
		{ w->alg, w->mask, { w->values, w->len } } };
	const enum err e = appraiser_trouble(d->appraiser) != REASON_none ?
	    ERR_STATE : appraiser_ask_log(d->appraiser, &job, &r->ticket);

	/* One that is gone has answered all, and is not heard again. */
	if (e == ERR_STATE)
		collect(d);
	r->at_ms = clock_now().boot_ms;
	r->state = e == ERR_OK ? READING_NOW : e == ERR_BUSY ?
	    READING_WANTED : READING_NONE;
	return r->state != READING_NONE ? REASON_none : REASON_attest_zygote;
}

static enum err
keep(struct reading *r, struct span body, const struct view *v)
{
	r->asked = v->challenge.len == sizeof(r->challenge);
	if (r->asked)
		memmove(r->challenge, v->challenge.at, sizeof(r->challenge));
	return sha256(&body, 1, r->body);
}

enum err
reading_put_off(struct cryptod *d, const struct peer *peer, struct span body,
    const struct view *v, const struct appraiser_wanted *log, enum reason *why)
{
	struct reading *r = &d->readings.of[peer->door];

	*why = REASON_limit_evidence;
	if (r->state != READING_NONE && !has_gone(r) && !is_of(r, body))
		return ERR_OK;
	TRY(keep(r, body, v));
	*why = ask(d, r, log);
	return ERR_OK;
}

bool
reading_waits(void *self, int *fd, int *left_ms)
{
	const struct cryptod *d = self;

	return appraiser_waits(d->appraiser, fd, left_ms);
}

enum err
reading_go_on(void *self)
{
	struct cryptod *d = self;

	TRY(appraiser_go_on(d->appraiser));
	collect(d);
	return ERR_OK;
}

bool
reading_again(void *self)
{
	struct cryptod *d = self;
	const bool news = d->readings.news, proofs = prove_again(d);

	d->readings.news = false;
	return news || proofs;
}
