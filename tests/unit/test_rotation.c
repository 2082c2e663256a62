/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Keys come and go (cryptod/rotate.h) while tokens are signed and shown. */

#include "tests/unit/unit.h"

#include "cose/cwt.h"
#include "cryptod/rotate.h"
#include "enforce/explain.h"
#include "tests/ledger.h"

#define T0	UINT64_C(1800000000)
#define HOUR	3600
#define LIFE	300		/* of a token */
#define SKEW	30

/* ---- an appliance without a TPM, and those who go by its keys ---- */

#define GUARDS 4
#define TOKENS 16

struct guard {
	struct keyset	keys;
	uint64_t	polled;
	int		ahead;		/* its clock, seconds */
};

struct token {
	uint8_t		at[TOKEN_MAX];
	size_t		len;
	uint64_t	exp;
	uint8_t		kid[COSE_KID_LEN];
};

struct world {
	struct ledger	*l;
	struct rotate	 r;
	struct root	 root;
	struct published published;
	bool		 deaf;		/* the TPM */
	struct guard guards[GUARDS];
	struct token	 tokens[TOKENS];
	size_t		 ntokens, most;		/* keys at a time */
	unsigned	 refetched, refused, signed_, checked;
};

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

static void
commit(struct world *w)
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
	m.key.not_before = T0;
	m.key.sign_until = T0 + lasts;
	m.key.not_after = T0 + lasts + LIFE;
	assert_err(WIRE_SET_BYTES(m.key.kid, SPAN(s.kid)), ERR_OK);
	assert_err(WIRE_SET_BYTES(m.key.seed, secret_span(seed)), ERR_OK);
	assert_err(put(w, &m), ERR_OK);
}

static void
publish(struct world *w)
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
	commit(w);
}

static void
fetch(struct world *w, struct guard *v)
{
	const uint64_t now = w->r.now + (uint64_t)v->ahead;
	enum reason why = enforce_keys_load((struct span){ w->published.at,
	    w->published.len }, &w->l->root.key, span_text("test"),
	    v->keys.version, now, &v->keys);

	assert_true(why == REASON_none || (w->deaf &&
	    why == REASON_keys_stale));
	v->polled = w->r.now;
}

/* A start: what is due comes first, then it publishes. */
static void
start(struct world *w)
{
	assert_err(rotate_due(&w->r), ERR_OK);
	commit(w);
	publish(w);
}

static int
begin(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	ledger_begin((void **)&w->l);
	w->r = (struct rotate){
		.state = w->l->state, .drbg = w->l->place->drbg,
		.every = HOUR, .now = T0, .put = put, .note = note, .self = w,
	};
	w->root.signer = w->l->root;
	memcpy(w->root.issuer, "test", 5);
	add_first(w, WIRE_use_audit, w->l->seeds[0], 2 * HOUR);
	add_first(w, WIRE_use_token, w->l->seeds[2], 2 * HOUR);
	start(w);
	for (size_t i = 0; i < GUARDS; i++) {
		w->guards[i].ahead = (int)(i % 3) * 28 - 28;
		fetch(w, &w->guards[i]);
	}
	*state = w;
	return 0;
}

static int
end(void **state)
{
	struct world *w = *state;

	ledger_end((void **)&w->l);
	test_free(w);
	return 0;
}

static void
sign(const struct signer *by, uint64_t iat, struct token *t)
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

static enum reason
show(const struct world *w, const struct guard *v, const struct token *t)
{
	const struct showing s = {
		.token = { t->at, t->len }, .operation = span_text("web:read"),
	};

	return enforce_explain(&v->keys, span_text("web"), &s,
	    w->r.now + (uint64_t)v->ahead, hear, NULL);
}

/* NULL where cryptod would say that its keys are not signed yet. */
static const struct key *
signer_now(const struct world *w)
{
	const struct key *k = state_signer(w->l->state, WIRE_use_token,
	    w->r.now);

	return k != NULL && k->row.has_announced ? k : NULL;
}

static void
issue(struct world *w)
{
	const struct key *k = signer_now(w);
	struct signer by;

	if (k == NULL) {
		w->refused++;
		return;
	}
	assert_err(signer_ed25519(k->seed, &by), ERR_OK);
	sign(&by, w->r.now, &w->tokens[w->ntokens++ % TOKENS]);
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
	why = show(w, v, t);
	if (why == REASON_token_key) {
		fetch(w, v);
		w->refetched++;
		why = show(w, v, t);
	}
	k = state_key(w->l->state, SPAN(t->kid));
	if (k == NULL || k->row.state == WIRE_phase_revoked ||
	    why == REASON_keys_stale)
		return;
	assert_string_equal(reason_code(why), "none");
}

/* Some seconds of its life; a tick and a quarter of the fetches fall due. */
static void
live(struct world *w, unsigned seconds)
{
	w->r.now += seconds;
	issue(w);
	if (rotate_is_due(&w->r)) {
		assert_err(rotate_due(&w->r), ERR_OK);
		commit(w);
		publish(w);
	}
	if (w->r.now >= w->published.issued_at + 300)
		publish(w);
	for (size_t i = 0; i < GUARDS; i++)
		if (w->r.now >= w->guards[i].polled + 300 - 40 * i)
			fetch(w, &w->guards[i]);
	for (size_t i = 0; i < w->ntokens && i < TOKENS; i++)
		check(w, &w->guards[(i + w->ntokens) % GUARDS],
		    &w->tokens[i]);
	if (w->l->state->nkeys > w->most)
		w->most = w->l->state->nkeys;
}

static void
live_for(struct world *w, unsigned seconds)
{
	const uint64_t until = w->r.now + seconds;

	while (w->r.now < until)
		live(w, 7 + (unsigned)(w->r.now % 90));
}

static unsigned
count(const struct world *w, enum wire_phase phase)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->l->state->nkeys; i++)
		n += w->l->state->keys[i].row.state == phase;
	return n;
}

static void
assert_log_is_sound(struct world *w)
{
	struct audit_verdict v;

	assert_err(ledger_verify(w->l, (struct span){ 0 }, &v), ERR_OK);
	assert_int_equal(v.entries, w->l->state->sequence);
}

static void
test_no_token_fails_while_keys_come_and_go(void **state)
{
	struct world *w = *state;
	unsigned changes = 0;

	for (int h = 0; h < 5; h++) {
		uint8_t kid = state_key_of(w->l->state, WIRE_use_token,
		    WIRE_phase_current)->row.kid.at[0];

		live_for(w, HOUR);
		changes += kid != state_key_of(w->l->state, WIRE_use_token,
		    WIRE_phase_current)->row.kid.at[0];
	}
	assert_true(changes >= 4);
	assert_int_equal(w->refused, 0);
	/* Nobody ever met a key that had not been announced to him. */
	assert_int_equal(w->refetched, 0);
	assert_int_equal(w->most, 4);
	assert_true(w->signed_ > 300 && w->checked > 1500);
	live_for(w, 400);
	assert_int_equal(count(w, WIRE_phase_previous), 0);
	assert_log_is_sound(w);
}

/* Kept short where a TPM that is away leaves all metadata stale. */
static void
test_a_late_TPM_leaves_the_old_key_in_place(void **state)
{
	struct world *w = *state;
	const uint8_t kid = w->l->state->keys[1].row.kid.at[0];

	live_for(w, HOUR - 1200);
	w->deaf = true;
	live_for(w, 1200);
	assert_int_equal(count(w, WIRE_phase_next), 2);
	assert_true(rotate_late(&w->r, WIRE_use_token));
	assert_int_equal(signer_now(w)->row.kid.at[0], kid);
	w->deaf = false;
	live_for(w, 1000);
	assert_int_equal(signer_now(w)->row.kid.at[0], kid);
	live_for(w, 120);
	assert_int_not_equal(signer_now(w)->row.kid.at[0], kid);
	assert_int_equal(w->refused, 0);
	assert_int_equal(w->refetched, 0);
	assert_log_is_sound(w);
}

static void
reopen(struct world *w, uint64_t later)
{
	assert_err(ledger_reopen(w->l), ERR_OK);
	w->r.now += later;
	start(w);
}

/* It may stop at any moment, for a second or for days. */
static void
test_a_start_goes_on_where_it_was(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 24; i++) {
		live_for(w, 180 + 17 * i);
		reopen(w, i % 8 == 7 ? 30 * HOUR : i);
		assert_non_null(signer_now(w));
	}
	assert_true(w->signed_ > 100);
	assert_log_is_sound(w);
}

/* Past its sign_until and without a TPM nobody is answered. */
static void
test_a_new_key_signs_nothing_before_it_was_shown(void **state)
{
	struct world *w = *state;

	w->deaf = true;
	live_for(w, 2 * HOUR + 60);
	assert_null(signer_now(w));
	assert_int_equal(count(w, WIRE_phase_current), 2);
	assert_int_not_equal(w->refused, 0);
	w->deaf = false;
	publish(w);
	assert_non_null(signer_now(w));
	live_for(w, HOUR);
	assert_log_is_sound(w);
}

/* Whoever has the seed of a key that signs no more. */
static void
test_a_previous_key_signs_nothing_younger(void **state)
{
	struct world *w = *state;
	struct guard *v = &w->guards[0];
	struct token t, first;
	struct signer thief;

	assert_err(signer_ed25519(w->l->seeds[2], &thief), ERR_OK);
	while (count(w, WIRE_phase_previous) == 0) {
		sign(&thief, w->r.now, &first);
		live(w, 10);
	}
	fetch(w, v);
	sign(&thief, w->r.now + 1, &t);
	assert_string_equal(reason_code(show(w, v, &t)), "token.window");
	assert_string_equal(reason_code(show(w, v, &first)), "none");
	live_for(w, 420);
	fetch(w, v);
	assert_string_equal(reason_code(show(w, v, &t)), "token.key");
	assert_int_equal(count(w, WIRE_phase_previous), 0);
}

/* As far as a clock may waver and still be acted on. */
static void
test_a_clock_that_is_set_back_spoils_nothing(void **state)
{
	struct world *w = *state;
	const struct key *k;
	struct wire_kid kid;

	while (count(w, WIRE_phase_next) == 0)
		live(w, 10);
	w->r.now += 1022 + 30;
	publish(w);
	w->ntokens = 0;
	issue(w);
	commit(w);
	w->r.now -= 30;
	assert_err(rotate_due(&w->r), ERR_OK);
	commit(w);
	assert_int_equal(count(w, WIRE_phase_previous), 2);
	publish(w);
	w->r.now += 31;
	fetch(w, &w->guards[0]);
	assert_string_equal(reason_code(show(w, &w->guards[0],
	    &w->tokens[0])), "none");

	k = state_key_of(w->l->state, WIRE_use_token, WIRE_phase_current);
	kid = k->row.kid;
	assert_err(rotate_revoke(&w->r, WIRE_SPAN(kid)), ERR_OK);
	commit(w);
	publish(w);
	w->r.now -= 30;
	assert_non_null(signer_now(w));
}

static void
test_a_key_may_be_made_early(void **state)
{
	const struct key *next;
	struct world *w = *state;

	assert_err(rotate_early(&w->r, WIRE_use_token), ERR_OK);
	assert_err(rotate_early(&w->r, WIRE_use_token), ERR_OK);
	commit(w);
	publish(w);
	assert_int_equal(count(w, WIRE_phase_next), 1);
	next = state_key_of(w->l->state, WIRE_use_token, WIRE_phase_next);
	assert_int_equal(next->row.not_before, w->r.now + 960);
	assert_int_equal(next->row.sign_until, w->r.now + 960 + 2 * HOUR);
	assert_int_equal(next->row.not_after, next->row.sign_until + LIFE);
	live_for(w, 960);
	assert_int_equal(count(w, WIRE_phase_previous), 0);
	live_for(w, 120);
	assert_int_equal(count(w, WIRE_phase_previous), 1);
	assert_int_equal(w->refused + w->refetched, 0);
	assert_log_is_sound(w);
}

/* Which key is withdrawn, and what is left of each phase. */
static const struct revocation {
	const char	*name;
	enum wire_use	 use;
	enum wire_phase	 which;
	unsigned	 next, current, previous, revoked;
} revocations[] = {
	{ "the token key and the next one", WIRE_use_token, WIRE_phase_current, 1, 2, 0, 2 },
	{ "the audit key and the next one", WIRE_use_audit, WIRE_phase_current, 1, 2, 0, 2 },
	{ "the next token key alone", WIRE_use_token, WIRE_phase_next, 1, 2, 0, 1 },
	{ "the next audit key alone", WIRE_use_audit, WIRE_phase_next, 1, 2, 0, 1 },
};

static void
test_revocation(void **state)
{
	const struct revocation *row = *state;
	struct world *w;
	struct wire_kid kid;
	struct token t;
	struct signer thief;

	begin((void **)&w);
	live_for(w, HOUR - 1000);
	assert_int_equal(count(w, WIRE_phase_next), 2);
	kid = state_key_of(w->l->state, row->use, row->which)->row.kid;
	assert_err(rotate_revoke(&w->r, WIRE_SPAN(kid)), ERR_OK);
	assert_err(rotate_revoke(&w->r, WIRE_SPAN(kid)), ERR_NOT_FOUND);
	commit(w);
	assert_int_equal(count(w, WIRE_phase_next), row->next);
	assert_int_equal(count(w, WIRE_phase_current), row->current);
	assert_int_equal(count(w, WIRE_phase_revoked), row->revoked);
	assert_int_equal(signer_now(w) == NULL,
	    row->use == WIRE_use_token && row->which == WIRE_phase_current);
	publish(w);
	fetch(w, &w->guards[0]);
	assert_non_null(signer_now(w));
	assert_err(signer_ed25519(w->l->seeds[2], &thief), ERR_OK);
	sign(&thief, w->r.now - 10, &t);
	assert_string_equal(reason_code(show(w, &w->guards[0], &t)),
	    row->revoked == 2 && row->use == WIRE_use_token ?
	    "token.withdrawn" : "none");
	live_for(w, HOUR);
	assert_int_equal(count(w, WIRE_phase_revoked), 0);
	assert_log_is_sound(w);
	end((void **)&w);
}

static void
test_a_previous_key_can_be_withdrawn(void **state)
{
	struct world *w = *state;
	struct token t;
	struct signer thief;
	struct span kid;

	assert_err(signer_ed25519(w->l->seeds[2], &thief), ERR_OK);
	kid = SPAN(thief.kid);
	while (state_key(w->l->state, kid)->row.state != WIRE_phase_previous) {
		sign(&thief, w->r.now, &t);
		live(w, 10);
	}
	assert_err(rotate_revoke(&w->r, kid), ERR_OK);
	commit(w);
	publish(w);
	fetch(w, &w->guards[0]);
	assert_string_equal(reason_code(show(w, &w->guards[0], &t)),
	    "token.withdrawn");
	assert_non_null(signer_now(w));
}

/* There are never more than can be published. */
static void
test_keys_have_a_bound(void **state)
{
	struct world *w = *state;
	enum err e = ERR_OK;
	unsigned n = 0;

	for (; e == ERR_OK; n++) {
		const struct wire_kid kid = state_key_of(w->l->state,
		    WIRE_use_token, WIRE_phase_current)->row.kid;
		const size_t mark = store_mark(w->l->store);

		e = rotate_revoke(&w->r, WIRE_SPAN(kid));
		if (e != ERR_OK)
			assert_err(store_undo(w->l->store, mark), ERR_OK);
		commit(w);
		publish(w);
	}
	assert_err(e, ERR_LIMIT);
	assert_int_equal(w->l->state->nkeys, STATE_KEYS);
	assert_int_equal(n, STATE_KEYS - 2 + 1);
	live_for(w, 420);
	assert_int_equal(count(w, WIRE_phase_revoked), 0);
	assert_log_is_sound(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest alone[] = {
		TEST(test_no_token_fails_while_keys_come_and_go),
		TEST(test_a_late_TPM_leaves_the_old_key_in_place),
		TEST(test_a_start_goes_on_where_it_was),
		TEST(test_a_new_key_signs_nothing_before_it_was_shown),
		TEST(test_a_previous_key_signs_nothing_younger),
		TEST(test_a_clock_that_is_set_back_spoils_nothing),
		TEST(test_a_key_may_be_made_early),
		TEST(test_a_previous_key_can_be_withdrawn),
		TEST(test_keys_have_a_bound),
	};
	struct CMUnitTest rows[ROWS(revocations)];
	size_t n = 0;

	for (size_t i = 0; i < ROWS(revocations); i++)
		rows[n++] = ROW_TEST(revocations[i].name, test_revocation,
		    &revocations[i]);
	return cmocka_run_group_tests_name("rotation", alone, NULL, NULL) +
	    cmocka_run_group_tests_name("revocations", rows, NULL, NULL);
}
