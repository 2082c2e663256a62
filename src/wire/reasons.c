/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/reasons.h"

/* The results first: what is no error code. */
enum answer {
	refused, limited, replay, failed,
	malformed, unsupported, too_large, not_authorized, busy, stale,
	unavailable, internal
};

static const struct row {
	const char	*code;
	const char	*text;
	const char	*help;
	enum answer	 answer;
} rows[] = {
	{ "none", "Nothing was refused.", "Nothing.", internal },
#define REASON(symbol, code, answer, text, help) { code, text, help, answer },
#include "wire/reasons.def"
#undef REASON
};

/* One row for each answer: how the sets of results say it. */
static const struct words {
	enum wire_code		code;
	enum wire_totp		totp;
	enum wire_token		token;
	enum wire_outcome	outcome;
} words[] = {
#define SAY(answer, code, totp, token, outcome)                         \
	[answer] = { WIRE_code_##code, WIRE_totp_##totp,                \
	    WIRE_token_##token, WIRE_outcome_##outcome },
SAY(refused,        none,           fail,         denied,       denied)
SAY(limited,        none,           rate_limited, rate_limited, denied)
SAY(replay,         none,           replay,       denied,       denied)
SAY(failed,         none,           fail,         denied,       failed)
SAY(malformed,      malformed,      fail,         denied,       denied)
SAY(unsupported,    unsupported,    fail,         denied,       denied)
SAY(too_large,      too_large,      fail,         denied,       denied)
SAY(not_authorized, not_authorized, fail,         denied,       denied)
SAY(busy,           busy,           rate_limited, rate_limited, failed)
SAY(stale,          stale,          fail,         denied,       denied)
SAY(unavailable,    unavailable,    fail,         denied,       failed)
SAY(internal,       internal,       fail,         denied,       failed)
#undef SAY
};

/* A number that is no reason is a fault, and is said to be one. */
static const struct row *
row(enum reason r)
{
	return &rows[r < REASONS ? r : REASON_internal_fault];
}

const char *
reason_code(enum reason r)
{
	return row(r)->code;
}

const char *
reason_text(enum reason r)
{
	return row(r)->text;
}

const char *
reason_help(enum reason r)
{
	return row(r)->help;
}

enum err
reason_find(struct span code, enum reason *r)
{
	for (size_t i = 1; i < REASONS; i++)
		if (span_equal(code, span_text(rows[i].code))) {
			*r = (enum reason)i;
			return ERR_OK;
		}
	return ERR_NOT_FOUND;
}

enum wire_code
reason_error(enum reason r)
{
	return r == REASON_none ? WIRE_code_none : words[row(r)->answer].code;
}

enum wire_totp
reason_totp(enum reason r)
{
	return r == REASON_none ? WIRE_totp_ok : words[row(r)->answer].totp;
}

enum wire_token
reason_token(enum reason r)
{
	return r == REASON_none ? WIRE_token_ok : words[row(r)->answer].token;
}

enum wire_outcome
reason_outcome(enum reason r)
{
	return r == REASON_none ? WIRE_outcome_ok :
	    words[row(r)->answer].outcome;
}

/* What is no error code of its own is `replayed`, `busy` or simply not
 * authorized, for messages whose answer has no result to say it. */
static enum wire_code
nearest(enum reason r)
{
	enum wire_code code = reason_error(r);

	if (code != WIRE_code_none)
		return code;
	if (reason_totp(r) == WIRE_totp_replay)
		return WIRE_code_replayed;
	return reason_totp(r) == WIRE_totp_rate_limited ? WIRE_code_busy :
	    WIRE_code_not_authorized;
}

void
reason_refuse(enum reason r, const struct wire_uuid *id, struct msg *m)
{
	struct span code = span_text(reason_code(r));

	wire_wipe(m);
	m->type = MSG_error;
	m->error.code = nearest(r);
	m->error.has_request_id = id != NULL;
	if (id != NULL)
		m->error.request_id = *id;
	memcpy(m->error.reason.at, code.at, code.len);
	m->error.reason.len = code.len;
}
