/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_TRUST_H
#define ENFORCE_TRUST_H

/*
 * What a verifier believes from the start: the trust file, {object,
 * signatures}.  Its object names the issuer, its root key, its officers and
 * the reference values; as many officers as it takes have signed it.
 *
 * A verifier pins whose word that is in a file that the ceremony makes beside
 * it: issuer, officers, how many.  Every signature has to be by another of
 * them.  Officers change by a trust file that those before have signed: a
 * verifier that remembers what it believed holds the next one against the
 * officers that the last one named.  One without a memory, and one that is
 * installed later, goes by its pin alone, so pins are then made anew.
 *
 * Both files must belong to root or to us, and nobody else may write them.
 *
 * Knows cose, attest and the messages.  Does not know what is verified with
 * it, nor where a memory is kept.
 */

#include "base/err.h"
#include "cose/key.h"
#include "wire/reasons.h"
#include "wire/wire.h"

#define TRUST_MAX	65536
#define TRUST_OFFICERS	16
#define TRUST_PIN_MAX	8192
#define TRUST_SEEN_MAX	8192
#define TRUST_AAD	"anchorhold/1 trust"

/* Issuer, quorum, officers: whom to believe, of a pin or a trust file. */
struct pin {
	struct msg_pinned	set;
	uint8_t			digest[32];	/* SHA-256 of its file */
};

struct trust {
	size_t			len;
	uint8_t			bytes[TRUST_MAX + 1];	/* the file */
	struct span		object;			/* in them */
	uint8_t			digest[32];		/* its SHA-256 */
	uint64_t		version;
	struct cose_key		root;
	struct msg_pinned	set;
	size_t			nsigners;
	bool			has_acl;
	uint8_t			acl_digest[32];
	uint64_t		acl_version;
	struct wire_long	references;	/* attest/reference.h */
};

/* Read a file's bytes, or a pin; every fault is one line. */
enum err trust_load(const char *path, struct trust *out);
enum err pin_read(const char *path, struct pin *out);

/* What the bytes say, whoever signed: trust.shape if that makes no sense. */
enum reason trust_parse(struct trust *t);

/* Whether it is good by these: trust.shape, trust.issuer, trust.officer (who
 * is none of them, or did not sign this), trust.twice, trust.quorum. */
enum reason trust_check(struct trust *t, const struct msg_pinned *by);

/* The same for who remembers: seen is what trust_remember() made of the last
 * one, or empty.  trust.old for a lower version, and for another of the same;
 * trust.seen if it is no memory.  A memory of another issuer says nothing;
 * one under another pin says only how old a file may be. */
enum reason trust_follow(struct trust *t, const struct pin *pin,
    struct span seen);
enum err trust_remember(const struct trust *t, const struct pin *pin,
    uint8_t out[static TRUST_SEEN_MAX], size_t *len);

/* Load and check by the pin of that path; every fault is one line. */
enum err trust_read(const char *path, const char *pin, struct trust *out);

/* The officers' keys, for cose/act.h. */
void trust_keys(const struct trust *t,
    struct wire_key out[static TRUST_OFFICERS]);

/* No key and no name twice, all Ed25519, a quorum that they can make. */
bool officers_are_sound(const struct msg_pinned *set);

/* The same people, of the same appliance, in the same order. */
bool officers_are_same(const struct msg_pinned *a,
    const struct msg_pinned *b);

#endif
