/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FAKE_CRYPTOD_H
#define TESTS_FAKE_CRYPTOD_H

/*
 * A cryptod that lies when it is told to.  It is a child of the test, listens
 * on a socket in the test's folder, answers one client after another, and
 * takes no code but FAKE_CODE.
 */

#include <sys/types.h>

#include "base/secret.h"

#define FAKE_CODE	"123456"
#define FAKE_ISSUER	"fake"
#define FAKE_SECRET_LEN	32

enum lie {
	LIE_none,
	/* in the key metadata */
	LIE_root, LIE_issuer, LIE_expired, LIE_metadata_context,
	LIE_metadata_garbage,
	/* about who answers what */
	LIE_signer, LIE_audit_key, LIE_revoked_key, LIE_context, LIE_altered,
	LIE_request, LIE_request_id, LIE_type, LIE_garbage, LIE_hang,
	LIE_hang_up,
	/* in the token */
	LIE_no_token, LIE_audience, LIE_cnf, LIE_scope, LIE_subject,
	LIE_nonce, LIE_token_expired, LIE_token_issuer, LIE_token_signer,
	LIE_token_policy,
	/* in the secret */
	LIE_no_key, LIE_wrapped_to_other, LIE_wrapped_for_other, LIE_secret,
	/* refusals, which are no lies */
	SAYS_limited, SAYS_closed, SAYS_replay, SAYS_stale, SAYS_busy,
	SAYS_unknown,
	/* nor are these: the keys come later, or change meanwhile */
	SAYS_pending, SAYS_rotated,
};

struct fake {
	const char	*socket;
	enum lie	 lie;
	uint64_t	 version;	/* of the key metadata */
	uint8_t		 secret[FAKE_SECRET_LEN];
	int		 listener;
	pid_t		 pid;
};

/* Listen and serve until fake_stop(). */
void fake_start(struct fake *f);
void fake_stop(struct fake *f);

/* Write the trust file that the true one would be believed by. */
void fake_trust(const char *path, const char *officers);

#endif
