/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "base/log.h"
#include "unlocker/unlock.h"

static const char *
where(const struct unlock *u)
{
	return settings_where(&u->settings);
}

static void
say(const struct unlock *u, enum reason why)
{
	log_line("cryptod at %s: %s %s (%s)", where(u),
	    reason_text(why), reason_help(why), reason_code(why));
}

/* An `error`, which nobody has signed. */
static enum ends
say_error(const struct unlock *u, const struct msg_error *m)
{
	enum reason why = REASON_none;

	if (reason_find(WIRE_SPAN(m->reason), &why) == ERR_OK)
		say(u, why);
	else
		log_line("cryptod at %s: it says %s", where(u),
		    m->reason.at);
	if (m->has_retry_after)
		log_line("cryptod asks to wait %" PRIu64 " s", m->retry_after);
	switch (m->code) {
	case WIRE_code_busy:
		return ENDS_limited;
	case WIRE_code_replayed:
		return ENDS_replay;
	case WIRE_code_none:
	case WIRE_code_malformed:
	case WIRE_code_unsupported:
	case WIRE_code_too_large:
	case WIRE_code_not_authorized:
	case WIRE_code_stale:
	case WIRE_code_unavailable:
	case WIRE_code_internal:
		break;
	}
	return ENDS_refused;
}

enum ends
say_call(const struct unlock *u, enum err e, const struct msg *m)
{
	switch (e) {
	case ERR_DENIED:
		return say_error(u, &m->error);
	case ERR_AUTH:
		say(u, REASON_peer_identity);
		return ENDS_server;
	case ERR_MALFORMED:
		say(u, REASON_answer_request);
		return ENDS_server;
	case ERR_BUSY:
		say(u, REASON_answer_late);
		return ENDS_silent;
	case ERR_NOT_FOUND:
		log_line("cryptod at %s: nobody listens there; start it, or "
		    "correct socket = or vchan =", where(u));
		return ENDS_silent;
	case ERR_HARDWARE:
		log_line("cryptod at %s: the connection broke; see whether it "
		    "runs: anchorctl status", where(u));
		return ENDS_silent;
	case ERR_LIMIT:
		return ENDS_usage;	/* the socket's path, and was said */
	case ERR_OK:
	case ERR_STATE:
	case ERR_INTERNAL:
		break;
	}
	log_line("cryptod at %s: %s", where(u), err_text(e));
	return ENDS_machine;
}

enum ends
say_distrust(const struct unlock *u, enum reason why)
{
	say(u, why);
	return ENDS_server;
}

enum ends
say_refusal(const struct unlock *u, const struct answer *a)
{
	if (a->reason != REASON_none)
		say(u, a->reason);
	else
		log_line("cryptod at %s: it refuses and gives no reason known "
		    "here; the audit log has one", where(u));
	switch (a->result) {
	case WIRE_totp_rate_limited:
		if (a->retry_after > 0)
			log_line("wait %" PRIu64 " s before the next code",
			    a->retry_after);
		return ENDS_limited;
	case WIRE_totp_replay:
		return ENDS_replay;
	case WIRE_totp_none:
	case WIRE_totp_ok:
	case WIRE_totp_fail:
		break;
	}
	return ENDS_refused;
}
