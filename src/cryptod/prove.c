/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/prove.h"

#include "anchor/quote.h"
#include "crypto/hash.h"
#include "cryptod/cryptod.h"

static_assert(CHANNELS_MAX <= CHALLENGE_PEERS, "a peer without challenges");

/* ---- challenges ---- */

static void
refuse(struct cryptod *d, const struct peer *peer, enum reason why,
    const struct wire_uuid *id, uint64_t retry_after, struct msg *out)
{
	cryptod_refused(d, peer, why);
	reason_refuse(why, id, out);
	out->error.has_retry_after = true;
	out->error.retry_after = retry_after;
}

enum err
cryptod_challenge(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	const struct wire_uuid *id = &in->challenge_req.request_id;
	const struct moment now = clock_now();
	struct cryptod *d = self;
	struct challenge made = {
		.until_ms = now.boot_ms + CHALLENGE_S * 1000,
	}, *room;
	uint64_t left_s;

	(void)body;
	room = challenge_room(&d->prove.challenges, peer->door, now.boot_ms,
	    &left_s);
	if (room == NULL) {
		refuse(d, peer, REASON_limit_challenge, id, left_s, out);
		return ERR_OK;
	}
	TRY(drbg_draw(d->drbg, made.at, sizeof(made.at)));
	*room = made;
	*out = (struct msg){ .type = MSG_challenge_resp };
	out->challenge_resp.request_id = *id;
	out->challenge_resp.expires_at = now.wall + CHALLENGE_S;
	return WIRE_SET_BYTES(out->challenge_resp.challenge, SPAN(made.at));
}

/* ---- what the TPM is asked ---- */

/* Nothing is published in recovery: zeros, which no object hashes to. */
static enum err
published(const struct cryptod *d, uint8_t out[static SHA256_LEN])
{
	const struct span object = { d->keys.at, d->keys.len };

	memset(out, 0, SHA256_LEN);
	return object.len == 0 ? ERR_OK : sha256(&object, 1, out);
}

static enum err
encode(const struct cryptod *d, const struct tpm_quote *q, struct span bound,
    struct proof *p)
{
	struct evidence e = {
		.ak = WIRE_SPAN(d->anchor.anchor.ak_pub),
		.attest = { q->attest, q->attest_len },
		.signature = { q->sig, q->sig_len },
		.alg = q->pcrs.select.bank,
		.mask = q->pcrs.select.mask,
		.bound = bound,
	};

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if ((e.mask >> i & 1) == 0)
			continue;
		memcpy(e.values + e.values_len, q->pcrs.value[i],
		    q->pcrs.digest_len);
		e.values_len += q->pcrs.digest_len;
	}
	TRY(WIRE_SET_TEXT(e.vm_id, span_text(EVIDENCE_CRYPTOD)));
	return evidence_encode(&e, p->at, sizeof(p->at), &p->len);
}

/* What it is bound to is of the moment after the look: nothing is published
 * before this job is over. */
static enum err
quote(struct cryptod *d)
{
	uint8_t room[EVIDENCE_BOUND_MAX], extra[EVIDENCE_QUALIFYING_LEN];
	uint8_t keys[SHA256_LEN];
	struct proof *p = d->prove.now;
	struct tpm_quote q;
	struct span bound;

	TRY(side_same(d));
	TRY(published(d, keys));
	TRY(evidence_bind_keys(keys, d->tables->head, room, &bound));
	TRY(evidence_qualifying(span_text(EVIDENCE_CRYPTOD),
	    WIRE_SPAN(p->nonce), bound, extra));
	TRY(root_quote(&d->root, &d->anchor.anchor, extra, &q));
	return encode(d, &q, bound, p);
}

static enum err
after_quote(struct cryptod *d)
{
	d->prove.now->state = d->side.e == ERR_OK ? PROOF_MADE : PROOF_FAILED;
	d->prove.now = NULL;
	d->prove.news = true;
	return ERR_OK;
}

static const struct side_job quoting = { quote, after_quote, true };

static struct proof *
proof_at(struct prove *all, size_t i)
{
	return &all->of[i / PROOFS_OPEN][i % PROOFS_OPEN];
}

#define PROOFS ((size_t)CHANNELS_MAX * PROOFS_OPEN)

/* The one that was asked for first. */
static struct proof *
next_wanted(struct prove *all)
{
	struct proof *found = NULL;

	for (size_t i = 0; i < PROOFS; i++) {
		struct proof *p = proof_at(all, i);

		if (p->state == PROOF_WANTED &&
		    (found == NULL || p->turn < found->turn))
			found = p;
	}
	return found;
}

bool
prove_waits(const struct cryptod *d)
{
	bool any = false;

	for (size_t i = 0; i < PROOFS; i++)
		any = any || d->prove.of[i / PROOFS_OPEN][i %
		    PROOFS_OPEN].state == PROOF_WANTED;
	return any && d->side.job == NULL && d->root.tpm != NULL;
}

enum err
prove_due(struct cryptod *d)
{
	if (!prove_waits(d))
		return ERR_OK;
	d->prove.now = next_wanted(&d->prove);
	return side_begin(d, &quoting);
}

/* ---- what peers ask ---- */

static bool
is_of(const struct proof *p, const struct msg_evidence_req *q)
{
	return p->state != PROOF_NONE && p->state != PROOF_GIVEN &&
	    span_equal(WIRE_SPAN(p->request_id), WIRE_SPAN(q->request_id)) &&
	    span_equal(WIRE_SPAN(p->nonce), WIRE_SPAN(q->nonce));
}

static struct proof *
find(struct prove *all, size_t peer, const struct msg_evidence_req *q)
{
	for (size_t i = 0; i < PROOFS_OPEN; i++)
		if (is_of(&all->of[peer][i], q))
			return &all->of[peer][i];
	return NULL;
}

/* Room for one more.  What is made and was not taken had a peer who has gone:
 * the oldest of these is given up. */
static struct proof *
room_of(struct prove *all, size_t peer)
{
	struct proof *found = NULL;

	for (size_t i = 0; i < PROOFS_OPEN; i++) {
		struct proof *p = &all->of[peer][i];

		if (p->state == PROOF_NONE)
			return p;
		if ((p->state == PROOF_MADE || p->state == PROOF_FAILED) &&
		    (found == NULL || p->turn < found->turn))
			found = p;
	}
	return found;
}

static bool
want(struct prove *all, size_t peer, const struct msg_evidence_req *q)
{
	struct proof *p = room_of(all, peer);

	if (p == NULL)
		return false;
	*p = (struct proof){
		.state = PROOF_WANTED,
		.turn = ++all->turn,
		.request_id = q->request_id,
		.nonce = q->nonce,
	};
	return true;
}

/* It is taken in the turn after it was made; who was slower may get metadata
 * that were published since, which do not match it, and asks again. */
static void
give(const struct cryptod *d, struct proof *p, struct msg *out)
{
	p->state = PROOF_GIVEN;
	*out = (struct msg){ .type = MSG_evidence_resp };
	out->evidence_resp.request_id = p->request_id;
	out->evidence_resp.evidence = (struct span){ p->at, p->len };
	out->evidence_resp.has_object = d->keys.len > 0;
	out->evidence_resp.object = (struct span){ d->keys.at, d->keys.len };
}

enum err
cryptod_evidence(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	const struct msg_evidence_req *q = &in->evidence_req;
	struct cryptod *d = self;
	struct proof *p = find(&d->prove, peer->door, q);

	(void)body;
	if (p == NULL) {
		if (!want(&d->prove, peer->door, q))
			refuse(d, peer, REASON_limit_evidence,
			    &q->request_id, 1, out);
	} else if (p->state == PROOF_MADE) {
		give(d, p, out);
	} else if (p->state == PROOF_FAILED) {
		p->state = PROOF_NONE;
		reason_refuse(d->side.trouble != REASON_none ?
		    d->side.trouble : REASON_tpm_failed, &q->request_id, out);
	}
	return ERR_OK;
}

/* Asked in each turn: by now what was given has been sent. */
bool
prove_again(void *self)
{
	struct cryptod *d = self;
	const bool news = d->prove.news;

	for (size_t i = 0; i < PROOFS; i++)
		if (proof_at(&d->prove, i)->state == PROOF_GIVEN)
			proof_at(&d->prove, i)->state = PROOF_NONE;
	d->prove.news = false;
	return news;
}
