/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/sign1.h"
#include "crypto/hash.h"
#include "tests/vigil.h"

#define t vigil

struct vigil vigil;
struct drbg *vigil_drbg;

static struct secret *seeds[2];
static struct signer root, stranger;

static enum err
keep(void *self, const struct memory *m)
{
	assert_ptr_equal(self, &t);
	t.keeps++;
	t.kept = *m;
	return t.disk_is_full ? ERR_HARDWARE : ERR_OK;
}

static void
refer(void)
{
	struct msg m = { .type = MSG_reference };
	struct msg_reference *r = &m.reference;
	size_t len;

	r->alg = ATTEST_SHA256;
	r->mask = 0x8081;
	r->ak_name.len = ATTEST_NAME_LEN;
	assert_err(attest_name(quoter_public(&t.q), r->ak_name.at), ERR_OK);
	assert_err(WIRE_SET_TEXT(r->vm_id, span_text("cryptod")), ERR_OK);
	memset(t.set, 0x5a, sizeof(t.set));
	r->has_sets = true;
	r->sets.count = 1;
	r->sets.at[0] = SPAN(t.set);
	assert_err(wire_encode_object(&m, t.items, sizeof(t.items), &len),
	    ERR_OK);
	t.trust.references = (struct wire_long){ 1, { t.items, len } };
}

void
vigil_begin(bool appraise)
{
	memset(&t, 0, sizeof(t));
	t.fresh_s = 3600;
	t.now = (struct moment){ VIGIL_WALL, 5000 };
	quoter_begin(&t.q);
	quoter_select(&t.q, ATTEST_SHA256, 0x8081, 0x5a);
	refer();
	t.trust.root = root.key;
	assert_err(WIRE_SET_TEXT(t.trust.set.issuer, span_text("it")),
	    ERR_OK);
	t.s = (struct standing){ .trust = &t.trust, .appraise = appraise,
		.keep = keep, .self = &t };
	t.s.memory.version = 3;
	standing_begin(&t.s, t.now);
}

/* Key metadata of that version. */
struct span
vigil_metadata(uint64_t version, uint8_t room[static 2048])
{
	struct msg m = { .type = MSG_key_metadata };
	struct span payload = { t.payload, 0 }, object = { room, 0 };
	struct msg_listed_key *k = &m.key_metadata.keys.at[0];

	m.key_metadata.version = version;
	m.key_metadata.issued_at = t.now.wall;
	m.key_metadata.next_update = t.now.wall + t.fresh_s;
	m.key_metadata.keys.count = 1;
	*k = (struct msg_listed_key){ .use = WIRE_use_token,
		.state = WIRE_phase_current, .not_before = VIGIL_WALL,
		.sign_until = VIGIL_WALL + 1, .not_after = VIGIL_WALL + 2 };
	assert_err(cose_key_encode(&root.key, k->key.at, &k->key.len),
	    ERR_OK);
	assert_err(WIRE_SET_BYTES(k->kid, SPAN(root.kid)), ERR_OK);
	assert_err(WIRE_SET_TEXT(m.key_metadata.issuer, span_text("it")),
	    ERR_OK);
	assert_err(wire_encode_object(&m, t.payload, sizeof(t.payload),
	    &payload.len), ERR_OK);
	assert_err(cose_sign_embedded(t.other_root ? &stranger : &root,
	    "anchorhold/1 key_metadata", payload, room, 2048, &object.len),
	    ERR_OK);
	return object;
}

void
vigil_tell(struct msg *m)
{
	*wire_request_id(m) = *wire_request_id(&t.request);
	assert_true(standing_answer(&t.s, m, t.now));
	assert_false(standing_answer(&t.s, m, t.now));
}

/* A quote, and the metadata of that version with it. */
void
vigil_quote(uint64_t version)
{
	struct msg m = { .type = MSG_evidence_resp };
	struct span bound, object = vigil_metadata(version, t.object);
	uint8_t keys[32], head[32] = { 3 };
	struct evidence e;
	size_t len;

	assert_int_equal(t.request.type, MSG_evidence_req);
	assert_err(sha256(&object, 1, keys), ERR_OK);
	assert_err(evidence_bind_keys(keys, head, t.bound, &bound), ERR_OK);
	assert_err(evidence_qualifying(span_text("cryptod"),
	    WIRE_SPAN(t.request.evidence_req.nonce), bound, t.extra),
	    ERR_OK);
	t.q.extra = SPAN(t.extra);
	t.q.bound = bound;
	t.q.vm_id = "cryptod";
	t.q.clock_ms++;
	quoter_evidence(&t.q, &e);
	assert_err(evidence_encode(&e, t.evidence, sizeof(t.evidence), &len),
	    ERR_OK);
	m.evidence_resp.evidence = (struct span){ t.evidence, len };
	m.evidence_resp.has_object = true;
	m.evidence_resp.object = t.apart ?
	    vigil_metadata(version + 1, t.other) : object;
	vigil_tell(&m);
}

int
vigil_start(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 2; i++) {
		if (secret_new(32, &seeds[i]) != ERR_OK)
			return -1;
		memset(secret_expose(seeds[i]), i + 1, 32);
	}
	return signer_ed25519(seeds[0], &root) == ERR_OK &&
	    signer_ed25519(seeds[1], &stranger) == ERR_OK &&
	    drbg_from_system(span_text("test"), (struct span){ 0 },
	    &vigil_drbg) == ERR_OK ? 0 : -1;
}

int
vigil_stop(void **state)
{
	(void)state;
	secret_drop(&seeds[0]);
	secret_drop(&seeds[1]);
	drbg_drop(&vigil_drbg);
	return 0;
}
