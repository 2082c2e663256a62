/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/sign1.h"
#include "enforce/keys.h"

#define NOW	UINT64_C(1700000000)
#define ANSWER	"anchorhold/1 totp_validate_resp"

/* Key metadata of two keys, and how it may be spoiled. */
struct scene {
	struct msg	m;
	const char	*aad;
	struct span	issuer;
	uint64_t	floor, now;
	int		other_root, junk;
	size_t		len;		/* of object */
	uint8_t		payload[4096], object[4096];
};

static struct secret *seeds[3];
static struct signer root, token, audit;

static int
start(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 3; i++) {
		if (secret_new(32, &seeds[i]) != ERR_OK)
			return -1;
		memset(secret_expose(seeds[i]), i + 1, 32);
	}
	return signer_ed25519(seeds[0], &root) == ERR_OK &&
	    signer_ed25519(seeds[1], &token) == ERR_OK &&
	    signer_ed25519(seeds[2], &audit) == ERR_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		secret_drop(&seeds[i]);
	return 0;
}

static void
list(struct msg_listed_key *k, const struct signer *s, enum wire_use use)
{
	*k = (struct msg_listed_key){
		.use = use, .state = WIRE_phase_current,
		.not_before = NOW - 100, .sign_until = NOW + 100,
		.not_after = NOW + 200,
	};
	assert_err(cose_key_encode(&s->key, k->key.at, &k->key.len), ERR_OK);
	assert_err(WIRE_SET_BYTES(k->kid, SPAN(s->kid)), ERR_OK);
}

static void
set(struct scene *x)
{
	struct msg_key_metadata *m = &x->m.key_metadata;

	*x = (struct scene){
		.m.type = MSG_key_metadata, .floor = 5, .now = NOW,
		.aad = "anchorhold/1 key_metadata",
		.issuer = span_text("cryptod"),
	};
	m->version = 5;
	m->issued_at = NOW - 10;
	m->next_update = NOW + 10;
	m->policy_floor = 3;
	m->revocation_version = 9;
	m->keys.count = 2;
	list(&m->keys.at[0], &token, WIRE_use_token);
	list(&m->keys.at[1], &audit, WIRE_use_audit);
	assert_err(WIRE_SET_TEXT(m->issuer, x->issuer), ERR_OK);
}

static enum reason
load(struct scene *x, struct keyset *out)
{
	struct span payload = { x->payload, 0 }, object = { x->object, 0 };

	assert_err(wire_encode_object(&x->m, x->payload, sizeof(x->payload),
	    &payload.len), ERR_OK);
	payload.len -= (size_t)x->junk;
	assert_err(cose_sign_embedded(x->other_root ? &audit : &root, x->aad,
	    payload, x->object, sizeof(x->object), &object.len), ERR_OK);
	x->len = object.len;
	return enforce_keys_load(object, &root.key, x->issuer,
	    x->floor, x->now, out);
}

#define SPOIL(name, how)                        \
	static void                             \
	name(struct scene *x)                   \
	{                                       \
		how;                            \
	}
#define KEY(n) x->m.key_metadata.keys.at[n]

SPOIL(nothing,		(void)x)
SPOIL(another_root,	x->other_root = 1)
SPOIL(checkpoint,	x->aad = "anchorhold/1 checkpoint")
SPOIL(cut_short,	x->junk = 1)
SPOIL(another_issuer,	x->issuer = span_text("crypto"))
SPOIL(older,		x->floor = 6)
SPOIL(newer,		x->floor = 4)
SPOIL(stale,		x->now = NOW + 10 + 30)
SPOIL(just_not_stale,	x->now = NOW + 10 + 29)
SPOIL(kid_of_another,	KEY(0).kid = KEY(1).kid; KEY(1).kid.at[0] ^= 1)
SPOIL(twice,		KEY(1) = KEY(0))
SPOIL(no_keys,		x->m.key_metadata.keys.count = 0)
SPOIL(starts_late,	KEY(1).not_before = NOW + 101)
SPOIL(signs_too_long,	KEY(1).sign_until = NOW + 201)
SPOIL(no_point,		memset(KEY(1).key.at + 9, 0, 32))

/* A key that agrees, under the kid that it would have. */
static void
cannot_sign(struct scene *x)
{
	struct cose_key key = { .kind = COSE_X25519, .x = { 9 } };
	struct wire_key *k = &KEY(1).key;

	assert_err(cose_key_encode(&key, k->at, &k->len), ERR_OK);
	assert_err(cose_key_kid(&key, KEY(1).kid.at), ERR_OK);
}

static const struct row {
	const char	*name;
	void		(*spoil)(struct scene *x);
	enum reason	 want;
} rows[] = {
	{ "a good one", nothing, REASON_none },
	{ "by another root", another_root, REASON_keys_signature },
	{ "signed as something else", checkpoint, REASON_keys_signature },
	{ "a byte short", cut_short, REASON_keys_shape },
	{ "the kid of another key", kid_of_another, REASON_keys_shape },
	{ "a key twice", twice, REASON_keys_shape },
	{ "a key that cannot sign", cannot_sign, REASON_keys_shape },
	{ "a key that is no point", no_point, REASON_keys_shape },
	{ "starts after it signs no more", starts_late, REASON_keys_shape },
	{ "signs after it is dead", signs_too_long, REASON_keys_shape },
	{ "no keys at all", no_keys, REASON_none },
	{ "another issuer", another_issuer, REASON_keys_issuer },
	{ "an older one", older, REASON_keys_old },
	{ "a newer one", newer, REASON_none },
	{ "a stale one", stale, REASON_keys_stale },
	{ "within the skew of stale", just_not_stale, REASON_none },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	static struct keyset out;
	static struct scene x;

	set(&x);
	row->spoil(&x);
	out = (struct keyset){ .version = 77 };
	assert_string_equal(reason_code(load(&x, &out)),
	    reason_code(row->want));
	assert_int_equal(out.version, row->want == REASON_none ? 5 : 77);
	if (row->want != REASON_none)
		return;
	assert_int_equal(out.count, x.m.key_metadata.keys.count);
	assert_int_equal(out.next_update, NOW + 10);
	assert_int_equal(out.policy_floor, 3);
	assert_int_equal(out.revocation_version, 9);
	assert_true(span_equal(WIRE_SPAN(out.issuer), span_text("cryptod")));
	assert_true(out.count == 0 ||
	    enforce_keys_find(&out, SPAN(audit.kid)) == &out.keys[1]);
	assert_null(enforce_keys_find(&out, SPAN(root.kid)));
}

static void
test_every_changed_byte_is_refused(void **state)
{
	static struct keyset out;
	static struct scene x;

	(void)state;
	set(&x);
	assert_string_equal(reason_code(load(&x, &out)), "none");
	for (size_t i = 0; i < x.len; i++) {
		x.object[i] ^= (uint8_t)(1 << i % 8);
		assert_string_equal(reason_code(enforce_keys_load(
		    (struct span){ x.object, x.len }, &root.key, x.issuer, 5,
		    NOW, &out)), "keys.signature");
		x.object[i] ^= (uint8_t)(1 << i % 8);
	}
}

/* An answer, who signed it and when it comes. */
static const struct answer {
	const char		*name;
	const struct signer	*by;
	enum wire_use		 use;
	const char		*aad;
	enum wire_phase		 phase;
	uint64_t		 now;
	enum reason		 want;
} answers[] = {
	{ "by the token key", &token, WIRE_use_token, ANSWER, WIRE_phase_current, NOW, REASON_none },
	{ "by the audit key", &audit, WIRE_use_audit, ANSWER, WIRE_phase_current, NOW, REASON_none },
	{ "by a key of another use", &audit, WIRE_use_token, ANSWER, WIRE_phase_current, NOW, REASON_answer_signature },
	{ "by an unknown key", &root, WIRE_use_token, ANSWER, WIRE_phase_current, NOW, REASON_answer_signature },
	{ "by a revoked key", &token, WIRE_use_token, ANSWER, WIRE_phase_revoked, NOW, REASON_answer_signature },
	{ "of another type", &token, WIRE_use_token, "anchorhold/1 admin_resp", WIRE_phase_current, NOW, REASON_answer_signature },
	{ "long before its key", &token, WIRE_use_token, ANSWER, WIRE_phase_current, NOW - 131, REASON_answer_signature },
	{ "the skew before its key", &token, WIRE_use_token, ANSWER, WIRE_phase_current, NOW - 130, REASON_none },
	{ "within the skew of its key's end", &token, WIRE_use_token, ANSWER, WIRE_phase_current, NOW + 129, REASON_none },
	{ "after its key", &token, WIRE_use_token, ANSWER, WIRE_phase_current, NOW + 130, REASON_answer_signature },
	{ "by keys that are stale", &token, WIRE_use_token, ANSWER, WIRE_phase_current, NOW + 530, REASON_keys_stale },
};

static void
test_answer(void **state)
{
	const struct answer *row = *state;
	const struct span body = span_text("the answer");
	uint8_t sig[COSE_DETACHED_MAX];
	struct span signature = { sig, 0 };
	static struct keyset keys;
	static struct scene x;

	set(&x);
	x.m.key_metadata.next_update = NOW + 500;
	x.m.key_metadata.keys.at[0].state = row->phase;
	assert_string_equal(reason_code(load(&x, &keys)), "none");
	assert_err(cose_sign_detached(row->by, row->aad, body, sig,
	    sizeof(sig), &signature.len), ERR_OK);
	assert_string_equal(reason_code(enforce_answer(&keys, row->use,
	    ANSWER, body, signature, row->now)), reason_code(row->want));
	/* Another set is worth fetching for an unknown key, and for this one
	 * once it is stale; not for what is no signature. */
	assert_int_equal(enforce_keys_know(&keys, signature, row->now),
	    row->by != &root && row->want != REASON_keys_stale);
	signature.len--;
	assert_true(enforce_keys_know(&keys, signature, row->now));
	assert_string_equal(reason_code(enforce_answer(&keys, row->use,
	    ANSWER, body, signature, NOW)), "answer.signature");
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + ROWS(answers) + 1] = {
		cmocka_unit_test(test_every_changed_byte_is_refused),
	};
	size_t n = 1;

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[n++] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(answers); i++)
		tests[n++] = ROW_TEST(answers[i].name, test_answer,
		    &answers[i]);
	return cmocka_run_group_tests_name("keys", tests, start, stop);
}
