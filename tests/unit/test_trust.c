/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "base/own.h"
#include "cose/sign1.h"
#include "enforce/trust.h"

/* Five people: the first three are the officers, and it takes two. */
#define PEOPLE 5
static struct secret *seeds[PEOPLE];
static struct signer people[PEOPLE];
static struct msg object;		/* trust */
static struct pin pin;
static struct trust trust;

static int
meet(void **state)
{
	(void)state;
	for (int i = 0; i < PEOPLE; i++) {
		assert_err(secret_new(32, &seeds[i]), ERR_OK);
		memset(secret_expose(seeds[i]), 0x40 + i, 32);
		assert_err(signer_ed25519(seeds[i], &people[i]), ERR_OK);
	}
	return 0;
}

static int
leave(void **state)
{
	(void)state;
	for (int i = 0; i < PEOPLE; i++)
		secret_drop(&seeds[i]);
	return 0;
}

static void
name_officers(struct msg_trust *t, int from, int to)
{
	static const char *const names[] = { "anna", "ben", "cleo", "dora",
	    "emil" };

	t->officers.count = 0;
	for (int i = from; i < to; i++) {
		struct msg_officer_named *o =
		    &t->officers.at[t->officers.count++];

		*o = (struct msg_officer_named){ .key.len = 0 };
		assert_err(WIRE_SET_TEXT(o->officer_id, span_text(names[i])),
		    ERR_OK);
		assert_err(cose_key_encode(&people[i].key, o->key.at,
		    &o->key.len), ERR_OK);
	}
}

static void
put_pin(const struct msg_trust *t, uint8_t mark)
{
	memset(&pin, 0, sizeof(pin));
	pin.set.issuer = t->issuer;
	pin.set.quorum = t->quorum;
	pin.set.officers.count = t->officers.count;
	memcpy(pin.set.officers.at, t->officers.at, sizeof(t->officers.at));
	memset(pin.digest, mark, sizeof(pin.digest));
}

static void
begin(void)
{
	struct msg_trust *t = &object.trust;

	memset(&object, 0, sizeof(object));
	object.type = MSG_trust;
	assert_err(WIRE_SET_TEXT(t->issuer, span_text("cryptod.a")), ERR_OK);
	t->quorum = 2;
	t->version = 7;
	name_officers(t, 0, 3);
	assert_err(cose_key_encode(&people[4].key, t->root_key.at,
	    &t->root_key.len), ERR_OK);
	put_pin(t, 1);
}

/* The file, signed by these; "" is nobody, "00" one of them twice. */
static void
seal(const char *by, const char *aad)
{
	uint8_t bytes[8192];
	struct span s = { bytes, 0 };
	struct msg m = { .type = MSG_trust_file };

	assert_err(wire_encode_object(&object, bytes, sizeof(bytes), &s.len),
	    ERR_OK);
	m.trust_file.object = s;
	for (; *by != '\0'; by++) {
		struct wire_sig *sig = &m.trust_file.signatures.at[
		    m.trust_file.signatures.count++];

		assert_err(cose_sign_detached(&people[*by - '0'], aad, s,
		    sig->at, sizeof(sig->at), &sig->len), ERR_OK);
	}
	memset(&trust, 0, sizeof(trust));
	assert_err(wire_encode_object(&m, trust.bytes, TRUST_MAX,
	    &trust.len), ERR_OK);
}

#define assert_reason(got, want) \
	assert_string_equal(reason_code(got), reason_code(want))

static void as_is(void) { }
static void four_of_three(void) { object.trust.quorum = 4; }
static void version_alone(void) { object.trust.has_acl_version = true; }

static void
twice_one(void)
{
	object.trust.officers.at[1] = object.trust.officers.at[0];
}

static void
digest_alone(void)
{
	object.trust.has_acl_digest = true;
	object.trust.acl_digest.len = 32;
}

static void
same_name(void)
{
	object.trust.officers.at[1].officer_id =
	    object.trust.officers.at[0].officer_id;
}

static void
same_key(void)
{
	object.trust.officers.at[1].key = object.trust.officers.at[0].key;
}

static void
x25519_root(void)
{
	uint8_t *at = object.trust.root_key.at;

	/* {1: 1, -1: 6, -2: x}: the curve's number is the fifth byte. */
	assert_int_equal(at[4], 6);
	at[4] = 4;
}

static void
x25519_officer(void)
{
	object.trust.officers.at[2].key.at[4] = 4;
}

static void
x25519_entropy(void)
{
	object.trust.has_entropy_key = true;
	object.trust.entropy_key = object.trust.root_key;
	object.trust.entropy_key.at[4] = 4;
}

static void
other_issuer(void)
{
	assert_err(WIRE_SET_TEXT(object.trust.issuer,
	    span_text("cryptod.b")), ERR_OK);
}

static void
put_reference(uint16_t alg)
{
	static uint8_t room[512];
	struct msg m = { .type = MSG_reference };
	size_t len = 0;

	assert_err(WIRE_SET_TEXT(m.reference.vm_id, span_text("web")),
	    ERR_OK);
	m.reference.alg = alg;
	m.reference.mask = 1;
	m.reference.has_rules = true;
	m.reference.rules = span_text("rules");
	m.reference.ak_name.len = sizeof(m.reference.ak_name.at);
	m.reference.ak_name.at[1] = 0x0b;
	assert_err(wire_encode_object(&m, room, sizeof(room), &len), ERR_OK);
	object.trust.has_references = true;
	object.trust.references = (struct wire_long){ 1, { room, len } };
}

static void a_reference(void) { put_reference(0x000b); }
static void no_reference(void) { put_reference(0x0012); }

/* Those it names sign the next one, not this. */
static void
others(void)
{
	name_officers(&object.trust, 2, 5);
	object.trust.quorum = 1;
}

static const struct row {
	const char	*name;
	void		(*change)(void);
	const char	*by;
	enum reason	 want;
} rows[] = {
	{ "two of three", as_is, "01", REASON_none },
	{ "the other two", as_is, "21", REASON_none },
	{ "all three", as_is, "012", REASON_none },
	{ "nobody", as_is, "", REASON_trust_quorum },
	{ "one alone", as_is, "1", REASON_trust_quorum },
	{ "one of them twice", as_is, "11", REASON_trust_twice },
	{ "two, and one of them again", as_is, "010", REASON_trust_twice },
	{ "one, and a stranger", as_is, "03", REASON_trust_officer },
	{ "two, and a stranger", as_is, "013", REASON_trust_officer },
	{ "the root key and an officer", as_is, "40", REASON_trust_officer },
	{ "other officers, by those before", others, "01", REASON_none },
	{ "other officers, by themselves", others, "34",
	    REASON_trust_officer },
	{ "other officers, by one that stays", others, "2",
	    REASON_trust_quorum },
	{ "another appliance's", other_issuer, "01", REASON_trust_issuer },
	{ "more than there are", four_of_three, "01", REASON_trust_shape },
	{ "an officer twice", twice_one, "01", REASON_trust_shape },
	{ "two of one name", same_name, "01", REASON_trust_shape },
	{ "one key for two", same_key, "01", REASON_trust_shape },
	{ "with a reference", a_reference, "01", REASON_none },
	{ "with a reference to no bank", no_reference, "01",
	    REASON_trust_shape },
	{ "a digest of no version", digest_alone, "01", REASON_trust_shape },
	{ "a version of no ACL", version_alone, "01", REASON_trust_shape },
	{ "a root key that cannot sign", x25519_root, "01",
	    REASON_trust_shape },
	{ "an officer who cannot sign", x25519_officer, "01",
	    REASON_trust_shape },
	{ "an entropyd that cannot sign", x25519_entropy, "01",
	    REASON_trust_shape },
};

static void
test_row(void **state)
{
	const struct row *row = *state;

	begin();
	row->change();
	seal(row->by, TRUST_AAD);
	assert_reason(trust_check(&trust, &pin.set), row->want);
}

static void
test_every_byte_counts(void **state)
{
	static uint8_t kept[TRUST_MAX + 1];
	size_t len;

	(void)state;
	begin();
	seal("01", TRUST_AAD);
	len = trust.len;
	memcpy(kept, trust.bytes, sizeof(kept));
	for (size_t i = 0; i < len; i++) {
		memset(&trust, 0, sizeof(trust));
		memcpy(trust.bytes, kept, sizeof(kept));
		trust.len = len;
		trust.bytes[i] ^= 1;
		assert_int_not_equal(trust_check(&trust, &pin.set),
		    REASON_none);
	}
	memcpy(trust.bytes, kept, sizeof(kept));
	trust.len = len + 1;
	assert_reason(trust_check(&trust, &pin.set), REASON_trust_shape);
	trust.len = len - 1;
	assert_reason(trust_check(&trust, &pin.set), REASON_trust_shape);
}

static void
test_a_signature_is_for_this_alone(void **state)
{
	(void)state;
	begin();
	seal("01", "anchorhold/1 act");
	assert_reason(trust_check(&trust, &pin.set), REASON_trust_officer);
}

/* ---- who remembers ---- */

static uint8_t memory[TRUST_SEEN_MAX];
static size_t remembered;

static enum reason
follow(const char *by)
{
	enum reason why;

	seal(by, TRUST_AAD);
	why = trust_follow(&trust, &pin, (struct span){ memory, remembered });
	if (why == REASON_none)
		assert_err(trust_remember(&trust, &pin, memory, &remembered),
		    ERR_OK);
	return why;
}

static void
test_only_a_higher_version_follows(void **state)
{
	struct msg_trust *t = &object.trust;

	(void)state;
	begin();
	remembered = 0;
	assert_reason(follow("1"), REASON_trust_quorum);
	assert_reason(follow("01"), REASON_none);
	assert_reason(follow("01"), REASON_none);
	t->version = 6;
	assert_reason(follow("01"), REASON_trust_old);
	t->version = 7;
	t->has_acl_version = t->has_acl_digest = true;
	t->acl_digest.len = 32;
	assert_reason(follow("01"), REASON_trust_old);
	t->version = 8;
	assert_reason(follow("2"), REASON_trust_quorum);
	assert_reason(follow("02"), REASON_none);
	t->version = 7;
	assert_reason(follow("012"), REASON_trust_old);
}

static void
test_officers_hand_over(void **state)
{
	struct msg_trust *t = &object.trust;

	(void)state;
	begin();
	remembered = 0;
	assert_reason(follow("01"), REASON_none);
	t->version = 8;
	name_officers(t, 2, 5);
	assert_reason(follow("34"), REASON_trust_officer);
	assert_reason(follow("12"), REASON_none);
	assert_reason(follow("12"), REASON_none);	/* this very one */
	t->version = 9;
	assert_reason(follow("01"), REASON_trust_officer);
	assert_reason(follow("34"), REASON_none);
	assert_reason(trust_check(&trust, &pin.set), REASON_trust_officer);
}

/* Whoever pins anew begins there, but never with an older file. */
static void
test_another_pin(void **state)
{
	struct msg_trust *t = &object.trust;

	(void)state;
	begin();
	remembered = 0;
	assert_reason(follow("01"), REASON_none);
	name_officers(t, 2, 5);
	put_pin(t, 2);
	t->version = 6;
	assert_reason(follow("34"), REASON_trust_old);
	t->version = 8;
	assert_reason(follow("01"), REASON_trust_officer);
	assert_reason(follow("34"), REASON_none);
	/* The same file, but under a pin that does not have its signers. */
	name_officers(t, 0, 3);
	put_pin(t, 3);
	name_officers(t, 2, 5);
	assert_reason(follow("34"), REASON_trust_officer);
}

static void
test_a_memory_of_another_appliance_says_nothing(void **state)
{
	(void)state;
	begin();
	remembered = 0;
	assert_reason(follow("01"), REASON_none);
	other_issuer();
	put_pin(&object.trust, 2);
	object.trust.version = 1;
	assert_reason(follow("01"), REASON_none);
}

static void
test_a_damaged_memory(void **state)
{
	(void)state;
	begin();
	remembered = 0;
	assert_reason(follow("01"), REASON_none);
	memory[0] ^= 1;
	assert_reason(follow("01"), REASON_trust_seen);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 7] = {
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_a_signature_is_for_this_alone),
		cmocka_unit_test(test_only_a_higher_version_follows),
		cmocka_unit_test(test_officers_hand_over),
		cmocka_unit_test(test_another_pin),
		cmocka_unit_test(
		    test_a_memory_of_another_appliance_says_nothing),
		cmocka_unit_test(test_a_damaged_memory),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[7 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("trust", tests, meet, leave);
}
