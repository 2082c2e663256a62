/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/world.h"

#include "enforce/explain.h"
#include "tests/unit/unit.h"

#define SKEW	30

static enum err
put(void *self, const struct msg *record)
{
	return store_put(((struct world *)self)->l->store, record);
}

static enum err
note(void *self, const struct audit_event *event)
{
	static uint8_t body[AUDIT_BODY_MAX];
	struct world *w = self;
	const struct key *k = state_key_of(w->l->state, WIRE_use_audit,
	    WIRE_phase_current);
	struct signer by;
	struct msg entry;

	TRY(signer_ed25519(k->seed, &by));
	TRY(audit_entry(w->l->state, event, &by, w->l->place->drbg, body,
	    &entry));
	return store_put(w->l->store, &entry);
}

void
world_commit(struct world *w)
{
	struct msg m = { .type = MSG_mark };

	m.mark.kind = WIRE_mark_commit;
	m.mark.wall = w->r.now;
	assert_err(store_put(w->l->store, &m), ERR_OK);
	assert_err(store_commit(w->l->store), ERR_OK);
}

/* What the ceremony leaves: a key of each use, unannounced. */
static void
add_first(struct world *w, enum wire_use use, struct secret *seed,
    uint64_t lasts)
{
	struct msg m = { .type = MSG_key };
	struct signer s;

	assert_err(signer_ed25519(seed, &s), ERR_OK);
	m.key.use = use;
	m.key.state = WIRE_phase_current;
	m.key.not_before = WORLD_T0;
	m.key.sign_until = WORLD_T0 + lasts;
	m.key.not_after = WORLD_T0 + lasts + LIFE;
	assert_err(WIRE_SET_BYTES(m.key.kid, SPAN(s.kid)), ERR_OK);
	assert_err(WIRE_SET_BYTES(m.key.seed, secret_span(seed)), ERR_OK);
	assert_err(put(w, &m), ERR_OK);
}

void
world_publish(struct world *w)
{
	struct msg m = { .type = MSG_appliance };

	if (w->deaf)
		return;
	m.appliance = w->l->state->appliance;
	m.appliance.metadata_version++;
	assert_err(put(w, &m), ERR_OK);
	assert_err(publish_keys(&w->root, w->l->state, w->r.now, w->l->dir,
	    &w->published), ERR_OK);
	if (rotate_is_news(&w->r, &w->published))
		assert_err(rotate_announced(&w->r, &w->published), ERR_OK);
	assert_false(rotate_is_news(&w->r, &w->published));
	world_commit(w);
}

void
world_fetch(struct world *w, struct guard *v)
{
	const uint64_t now = w->r.now + (uint64_t)v->ahead;
	enum reason why = enforce_keys_load((struct span){ w->published.at,
	    w->published.len }, &w->l->root.key, span_text("test"),
	    v->keys.version, now, &v->keys);

	assert_true(why == REASON_none || (w->deaf &&
	    why == REASON_keys_stale));
	v->polled = w->r.now;
}

void
world_start(struct world *w)
{
	assert_err(rotate_due(&w->r), ERR_OK);
	world_commit(w);
	world_publish(w);
}

int
world_begin(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	ledger_begin((void **)&w->l);
	w->r = (struct rotate){
		.state = w->l->state, .drbg = w->l->place->drbg,
		.every = HOUR, .now = WORLD_T0, .put = put,
		.note = note, .self = w,
	};
	w->root.signer = w->l->root;
	memcpy(w->root.issuer, "test", 5);
	add_first(w, WIRE_use_audit, w->l->seeds[0], 2 * HOUR);
	add_first(w, WIRE_use_token, w->l->seeds[2], 2 * HOUR);
	world_start(w);
	for (size_t i = 0; i < WORLD_GUARDS; i++) {
		w->guards[i].ahead = (int)(i % 3) * 28 - 28;
		world_fetch(w, &w->guards[i]);
	}
	*state = w;
	return 0;
}

int
world_end(void **state)
{
	struct world *w = *state;

	ledger_end((void **)&w->l);
	test_free(w);
	return 0;
}

void
world_sign(const struct signer *by, uint64_t iat, struct token *t)
{
	static const uint8_t id[16] = { [6] = 0x40, [8] = 0x80 };
	const struct cwt c = {
		.iss = span_text("test"), .sub = span_text("vm:web"),
		.aud = { span_text("web") }, .auds = 1,
		.iat = iat, .exp = iat + LIFE, .jti = SPAN(id),
		.scope = span_text("web:read"), .nonce = SPAN(id),
	};

	assert_err(token_sign(by, &c, t->at, &t->len), ERR_OK);
	t->exp = c.exp;
	memcpy(t->kid, by->kid, COSE_KID_LEN);
}

static void
hear(void *self, const char *check, enum explained how, enum reason why)
{
	(void)self;
	(void)check;
	(void)how;
	(void)why;
}

enum reason
world_show(const struct world *w, const struct guard *v, const struct token *t)
{
	const struct showing s = {
		.token = { t->at, t->len }, .operation = span_text("web:read"),
	};

	return enforce_explain(&v->keys, span_text("web"), &s,
	    w->r.now + (uint64_t)v->ahead, hear, NULL);
}

const struct key *
world_signer(const struct world *w)
{
	const struct key *k = state_signer(w->l->state, WIRE_use_token,
	    w->r.now);

	return k != NULL && k->row.has_announced ? k : NULL;
}

void
world_issue(struct world *w)
{
	const struct key *k = world_signer(w);
	struct signer by;

	if (k == NULL) {
		w->refused++;
		return;
	}
	assert_err(signer_ed25519(k->seed, &by), ERR_OK);
	world_sign(&by, w->r.now, &w->tokens[w->ntokens++ % WORLD_TOKENS]);
	w->signed_++;
}

/* Whoever has metadata takes it, and fetches them once more where it does not
 * know the key. */
static void
check(struct world *w, struct guard *v, const struct token *t)
{
	const struct key *k;
	enum reason why;

	if (w->r.now + (uint64_t)v->ahead >= t->exp + SKEW)
		return;
	w->checked++;
	why = world_show(w, v, t);
	if (why == REASON_token_key) {
		world_fetch(w, v);
		w->refetched++;
		why = world_show(w, v, t);
	}
	k = state_key(w->l->state, SPAN(t->kid));
	if (k == NULL || k->row.state == WIRE_phase_revoked ||
	    why == REASON_keys_stale)
		return;
	assert_string_equal(reason_code(why), "none");
}

void
world_live(struct world *w, unsigned seconds)
{
	w->r.now += seconds;
	world_issue(w);
	if (rotate_is_due(&w->r)) {
		assert_err(rotate_due(&w->r), ERR_OK);
		world_commit(w);
		world_publish(w);
	}
	if (w->r.now >= w->published.issued_at + 300)
		world_publish(w);
	for (size_t i = 0; i < WORLD_GUARDS; i++)
		if (w->r.now >= w->guards[i].polled + 300 - 40 * i)
			world_fetch(w, &w->guards[i]);
	for (size_t i = 0; i < w->ntokens && i < WORLD_TOKENS; i++)
		check(w, &w->guards[(i + w->ntokens) % WORLD_GUARDS],
		    &w->tokens[i]);
	if (w->l->state->nkeys > w->most)
		w->most = w->l->state->nkeys;
}

void
world_live_for(struct world *w, unsigned seconds)
{
	const uint64_t until = w->r.now + seconds;

	while (w->r.now < until)
		world_live(w, 7 + (unsigned)(w->r.now % 90));
}

unsigned
world_count(const struct world *w, enum wire_phase phase)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->l->state->nkeys; i++)
		n += w->l->state->keys[i].row.state == phase;
	return n;
}

void
world_assert_sound(struct world *w)
{
	struct audit_verdict v;

	assert_err(ledger_verify(w->l, (struct span){ 0 }, &v), ERR_OK);
	assert_int_equal(v.entries, w->l->state->sequence);
}
