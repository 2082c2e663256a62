/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_CWT_SCENE_H
#define TESTS_FUZZ_CWT_SCENE_H

/*
 * What fuzz_cwt and its seeds agree on.  An input's first letter is its door:
 * 'c' claims, 't' a token, 'e' claims that are signed and shown to a verifier
 * whose state is the set of flags in the second byte.
 */

#define SCENE_NOW	UINT64_C(1700000060)
#define SCENE_ISSUED	UINT64_C(1700000000)
#define SCENE_ENDS	UINT64_C(1700000120)
#define SCENE_ME	"netfw_pd"
#define SCENE_VM	"policy"
#define SCENE_OPERATION	"net:open"
#define SCENE_AAD	"anchorhold/1 enforce_req"
#define SCENE_PROVEN	"the request"

/* SHA-256 of the arguments, which are a0. */
#define SCENE_ARG { \
	0xc1, 0x9a, 0x79, 0x7f, 0xa1, 0xfd, 0x59, 0x0c, 0xd2, 0xe5, 0xb4, \
	0x2d, 0x1c, 0xf5, 0xf2, 0x46, 0xe2, 0x9b, 0x91, 0x68, 0x4e, 0x2f, \
	0x87, 0x40, 0x4b, 0x81, 0xdc, 0x34, 0x5c, 0x7a, 0x56, 0xa0 }

/* Seeds of the issuer and of who holds the key in cnf: 32 times this. */
#define SCENE_ISSUER	1
#define SCENE_HOLDER	2

enum scene_flags {
	SCENE_PROOF = 1,	/* the holder proves its key ... */
	SCENE_OTHER_PROOF = 2,	/* ... of something else */
	SCENE_FLIP = 4,		/* a bit of the signature is wrong */
	SCENE_OTHER_KEY = 8,	/* the issuer is not known */
	SCENE_AUDIT_KEY = 16,	/* or its key is of another use */
	SCENE_REVOKED = 32,
	SCENE_SPENT = 64,
	SCENE_STALE = 128,	/* the keys are */
};

#endif
