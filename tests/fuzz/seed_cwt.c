/* SPDX-License-Identifier: GPL-2.0-or-later */

/* For each door of fuzz_cwt something good, and claims that a verifier
 * refuses for each of its reasons. */

#include "base/own.h"
#include "cose/cwt.h"
#include "tests/fuzz/cwt_scene.h"
#include "tests/fuzz/seed.h"

static const uint8_t jti[16] = {
	1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16
};
static const uint8_t arg[32] = SCENE_ARG, other[32];

/* All claims there are; a token that is taken with a proof. */
static struct cwt
good(const struct signer *holder)
{
	return (struct cwt){
		.has = CWT_BIT(CWT_CNF) | CWT_BIT(CWT_ARG) |
		    CWT_BIT(CWT_ATT) | CWT_BIT(CWT_NBF),
		.iss = span_text("cryptod"), .sub = span_text("op:alice"),
		.auds = 1, .aud = { span_text(SCENE_ME) },
		.exp = SCENE_ENDS, .nbf = SCENE_ISSUED, .iat = SCENE_ISSUED,
		.pol = 3, .jti = SPAN(jti), .cnf = holder->key,
		.scope = span_text(SCENE_OPERATION " net:read"),
		.nonce = SPAN(jti), .arg = SPAN(arg),
		.att = { SPAN(arg), 1, 2 },
	};
}

static enum err
put_door(const char *dir, const char *name, struct span door,
    const struct cwt *c)
{
	uint8_t out[TOKEN_MAX];
	size_t n;

	TRY(cwt_encode(c, out, sizeof(out), &n));
	return seed_write(dir, name, "claims",
	    (struct span[]){ door, { out, n } }, 2);
}

static enum err
put_shown(const char *dir, const char *name, uint8_t flags,
    const struct cwt *c)
{
	return put_door(dir, name,
	    (struct span){ (const uint8_t[]){ 'e', flags }, 2 }, c);
}

static enum err
put_flags(const char *dir, const struct cwt *c)
{
	TRY(put_shown(dir, "taken", SCENE_PROOF, c));
	TRY(put_shown(dir, "presenter", 0, c));
	TRY(put_shown(dir, "proof", SCENE_PROOF | SCENE_OTHER_PROOF, c));
	TRY(put_shown(dir, "signature", SCENE_FLIP, c));
	TRY(put_shown(dir, "key", SCENE_OTHER_KEY, c));
	TRY(put_shown(dir, "use", SCENE_AUDIT_KEY, c));
	TRY(put_shown(dir, "revoked", SCENE_REVOKED, c));
	TRY(put_shown(dir, "stale", SCENE_STALE, c));
	return put_shown(dir, "spent", SCENE_PROOF | SCENE_SPENT, c);
}

#define WITH(name, change)                                              \
	do {                                                            \
		c = good(holder);                                       \
		change;                                                 \
		TRY(put_shown(dir, name, SCENE_PROOF, &c));             \
	} while (0)

static enum err
put_claims(const char *dir, const struct signer *holder)
{
	struct cwt c;

	WITH("issuer", c.iss = span_text("other"));
	WITH("audience", c.aud[0] = span_text("other"));
	WITH("early", c.nbf = SCENE_NOW + 31);
	WITH("future", c.iat = SCENE_NOW + 31; c.exp = SCENE_NOW + 90);
	WITH("expired", c.exp = SCENE_NOW - 30);
	WITH("window", c.exp = SCENE_ENDS + 7201);
	WITH("policy", c.pol = 2);
	WITH("scope", c.scope = span_text("net:read"));
	WITH("arguments", c.arg = SPAN(other));
	WITH("domain", c.sub = span_text("vm:" SCENE_VM);
	    c.has &= ~CWT_BIT(CWT_CNF));
	return ERR_OK;
}

static enum err
put_signed(const char *dir, const struct signer *issuer, const struct cwt *c)
{
	static const uint8_t no_claims[] = { 'e', 0, 0xa0 };
	uint8_t token[TOKEN_MAX];
	size_t n;

	TRY(token_sign(issuer, c, token, &n));
	TRY(seed_write(dir, "a", "token", (struct span[]){ span_text("t"),
	    { token, n } }, 2));
	TRY(put_door(dir, "some", span_text("c"), c));
	return seed_write(dir, "no", "claims", &SPAN(no_claims), 1);
}

enum err
seed_all(const char *dir)
{
	struct secret *seed[2] = { NULL, NULL };
	struct signer issuer, holder;
	struct cwt c;

	TRY(secret_new(32, &seed[0]));
	TRY(secret_new(32, &seed[1]));
	memset(secret_expose(seed[0]), SCENE_ISSUER, 32);
	memset(secret_expose(seed[1]), SCENE_HOLDER, 32);
	TRY(signer_ed25519(seed[0], &issuer));
	TRY(signer_ed25519(seed[1], &holder));
	c = good(&holder);
	TRY(put_signed(dir, &issuer, &c));
	TRY(put_flags(dir, &c));
	TRY(put_claims(dir, &holder));
	secret_drop(&seed[0]);
	secret_drop(&seed[1]);
	return ERR_OK;
}
