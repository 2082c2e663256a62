/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cose/cwt.h"
#include "crypto/hash.h"
#include "crypto/uuid.h"
#include "enforce/memory.h"
#include "unlocker/unlock.h"

#define TRIES 3		/* wrong codes, on a terminal */

static enum err
ask_keys(struct unlock *u, struct msg *answer)
{
	struct msg m = { .type = MSG_key_metadata_req };

	TRY(uuid_make(u->drbg, m.key_metadata_req.request_id.at));
	m.key_metadata_req.request_id.len = UUID_TEXT - 1;
	return call_ask_again(&u->call, &m, MSG_key_metadata_resp, answer,
	    (unsigned)u->settings.timeout);
}

static enum ends
keys_as_told(struct unlock *u, struct span *object)
{
	struct msg m;
	enum err e = ask_keys(u, &m);

	if (e != ERR_OK)
		return say_call(u, e, &m);
	*object = m.key_metadata_resp.object;
	return ENDS_ok;
}

/* A quote over a nonce of its own, and whether that proves anything. */
static enum ends
ask_proof(struct unlock *u, const struct proof_seen *seen, struct msg *m,
    struct proof *p, enum reason *why)
{
	struct msg q = { .type = MSG_evidence_req };
	struct msg_evidence_req *r = &q.evidence_req;
	enum err e;

	r->nonce.len = 32;
	r->request_id.len = UUID_TEXT - 1;
	if (uuid_make(u->drbg, r->request_id.at) != ERR_OK ||
	    drbg_draw(u->drbg, r->nonce.at, r->nonce.len) != ERR_OK)
		return ENDS_machine;
	e = call_ask(&u->call, &q, MSG_evidence_resp, m,
	    (unsigned)u->settings.timeout);
	if (e != ERR_OK)
		return say_call(u, e, m);
	*why = enforce_proof(&u->trust.references, WIRE_SPAN(r->nonce),
	    &m->evidence_resp, seen, p);
	return ENDS_ok;
}

/* Those that came with the proof, so that no keys are believed without. */
static enum ends
keys_as_proven(struct unlock *u, struct memory *memory, struct span *object)
{
	struct proof p = { .apart = false };
	enum reason why = REASON_peer_unproven;
	struct msg m;
	enum ends end = ask_proof(u, &memory->tpm, &m, &p, &why);

	if (end == ENDS_ok && p.apart)
		end = ask_proof(u, &memory->tpm, &m, &p, &why);
	if (end != ENDS_ok)
		return end;
	if (why != REASON_none) {
		(void)say_distrust(u, REASON_peer_unproven);
		return say_distrust(u, why);
	}
	memory->tpm = p.next;
	*object = m.evidence_resp.object;
	return ENDS_ok;
}

/* Fetch cryptod's keys, believe them because the root key does.  What is
 * believed is remembered first. */
static enum ends
fetch(struct unlock *u)
{
	struct span object = { 0 };
	struct memory memory;
	enum reason why;
	enum ends end;
	const enum err e = memory_read(u->seen_fd, u->trust.version, &memory);

	if (e != ERR_OK)
		return e == ERR_DENIED ? ENDS_server : ENDS_usage;
	end = u->settings.appraise == PROVING_OFF ?
	    keys_as_told(u, &object) : keys_as_proven(u, &memory, &object);
	if (end != ENDS_ok)
		return end;
	why = enforce_keys_load(object, &u->trust.root,
	    WIRE_SPAN(u->trust.set.issuer), memory.version, clock_now().wall,
	    &u->keys);
	if (why != REASON_none)
		return say_distrust(u, why);
	memory.version = u->keys.version;
	return memory_write(u->seen_fd, &memory) == ERR_OK ? ENDS_ok :
	    ENDS_machine;
}

static enum ends
meet(struct unlock *u)
{
	const enum ends end = fetch(u);

	if (end != ENDS_ok)
		return end;
	log_line("cryptod at %s: keys of %s, version %" PRIu64 "; %s",
	    settings_where(&u->settings), u->keys.issuer.at, u->keys.version,
	    u->settings.appraise == PROVING_OFF ? "not proven" :
	    "it has proven what it runs");
	return ENDS_ok;
}

/* Before a code is spent on the wrong volume. */
static enum ends
look_at_volume(struct unlock *u)
{
	const struct volume_settings *v = u->volume;
	enum luks_flaw flaw;

	if (luks_load(v->device, &u->luks) != ERR_OK)
		return ENDS_volume;
	flaw = luks_check(u->luks, &v->facts);
	if (flaw == LUKS_SOUND)
		return ENDS_ok;
	log_line("volume %s on %s: %s; %s", v->label, v->device,
	    luks_flaw_text(flaw), luks_flaw_help(flaw));
	return ENDS_volume;
}

static void
say_what(const struct unlock *u)
{
	const struct volume_settings *v = u->volume;

	if (u->code_fd != -1)
		return;
	terminal_say(&u->terminal, "Volume %s on %s (%s): ", v->label,
	    v->device, v->uuid);
	if (u->test)
		terminal_say(&u->terminal, "its key slot will be tried.\n");
	else
		terminal_say(&u->terminal, "will be /dev/mapper/%s.\n",
		    v->name);
}

static enum ends
take_code(struct unlock *u, struct secret **code)
{
	char question[160];
	enum err e;

	snprintf(question, sizeof(question), "Code for %s from %s: ",
	    u->who.operator, u->who.device);
	e = u->code_fd != -1 ? terminal_code_from(u->code_fd, code) :
	    terminal_code(&u->terminal, question, code);
	if (e == ERR_OK)
		return ENDS_ok;
	if (e == ERR_MALFORMED)
		log_line("what was given is no code: a code has 6 or 8 "
		    "digits");
	else if (e == ERR_NOT_FOUND)
		log_line("no code was given");
	return ENDS_no_code;
}

/* Hand the token on; whoever asked for it in vain is told. */
static enum ends
put_token(struct unlock *u, struct span token)
{
	if (u->token_fd == -1)
		return ENDS_ok;
	if (write(u->token_fd, token.at, token.len) == (ssize_t)token.len)
		return ENDS_ok;
	(void)!log_errno("--token-out");
	return ENDS_machine;
}

/* Whoever thinks for long before typing has old keys by then, and a code that
 * is spent must not be lost for that: they are fetched once more.  What the
 * answer borrows moves, since the next answer comes to where it lies. */
static enum ends
know(struct unlock *u, struct msg *m, uint8_t token[static TOKEN_MAX])
{
	struct msg_totp_validate_resp *p = &m->totp_validate_resp;

	if (enforce_keys_know(&u->keys, WIRE_SPAN(p->signature),
	    clock_now().wall))
		return ENDS_ok;
	if (p->has_capability_token) {
		if (p->capability_token.len > TOKEN_MAX)
			return say_distrust(u, REASON_token_shape);
		memcpy(token, p->capability_token.at,
		    p->capability_token.len);
		p->capability_token.at = token;
	}
	return fetch(u);
}

/* One code, sent and answered. */
static enum ends
exchange(struct unlock *u, const struct secret *code, struct answer *a)
{
	struct request r OWNED(request_drop) = { 0 };
	uint8_t hash[SHA256_LEN], token[TOKEN_MAX];
	struct span body;
	enum reason why;
	enum ends end;
	struct msg m;
	enum err e;

	e = request_make(&r, &u->who, code, u->drbg, clock_now().wall);
	if (e != ERR_OK) {
		log_line("make a request: %s", err_text(e));
		return ENDS_machine;
	}
	e = call_ask(&u->call, &r.msg, MSG_totp_validate_resp, &m,
	    (unsigned)u->settings.timeout);
	if (e != ERR_OK)
		return say_call(u, e, &m);
	body = call_body(&u->call);
	if (sha256(&body, 1, hash) != ERR_OK)
		return say_distrust(u, REASON_crypto_selftest);
	end = know(u, &m, token);
	if (end != ENDS_ok)
		return end;
	why = answer_check(&r, &u->who, hash, &u->keys, &m, clock_now().wall,
	    a);
	if (why != REASON_none)
		return say_distrust(u, why);
	if (a->result != WIRE_totp_ok)
		return say_refusal(u, a);
	return put_token(u, a->token);
}

/* Whether another code may be asked for, after the wait that is asked. */
static enum ends
again(struct unlock *u, enum ends end, const struct answer *a)
{
	if (u->code_fd != -1 || a->result == WIRE_totp_none)
		return end;
	if (end == ENDS_limited && a->retry_after == 0)
		return end;
	if (a->retry_after > 0 && terminal_wait(&u->terminal,
	    "The next code is taken in", a->retry_after) != ERR_OK)
		return ENDS_no_code;
	return ENDS_ok;
}

/* Ask until cryptod gives the passphrase, or there is no use in asking. */
static enum ends
ask(struct unlock *u, struct secret **passphrase)
{
	enum ends end = ENDS_refused;

	for (int wrong = 0; wrong < TRIES; wrong += end != ENDS_limited) {
		struct answer a OWNED(answer_drop) = { 0 };
		struct secret *code OWNED(secret_drop) = NULL;
		enum ends go_on;

		end = take_code(u, &code);
		if (end != ENDS_ok)
			return end;
		end = exchange(u, code, &a);
		call_forget(&u->call);
		if (end == ENDS_ok) {
			*passphrase = GIVE(a.passphrase, NULL);
			return end;
		}
		go_on = again(u, end, &a);
		if (go_on != ENDS_ok)
			return go_on;
	}
	return end;
}

static enum ends
open_volume(struct unlock *u, const struct secret *passphrase)
{
	const struct volume_settings *v = u->volume;
	enum err e = u->test ? luks_test(u->luks, &v->facts, passphrase) :
	    luks_open(u->luks, &v->facts, v->name, passphrase);

	switch (e) {
	case ERR_OK:
		if (u->test)
			log_line("volume %s: its key slot opens", v->label);
		else
			log_line("volume %s: open, as /dev/mapper/%s",
			    v->label, v->name);
		return ENDS_ok;
	case ERR_AUTH:
	case ERR_DENIED:
	case ERR_MALFORMED:
	case ERR_NOT_FOUND:
		return ENDS_volume;
	case ERR_STATE:
	case ERR_LIMIT:
	case ERR_BUSY:
	case ERR_HARDWARE:
	case ERR_INTERNAL:
		break;
	}
	return ENDS_machine;
}

enum ends
unlock_run(struct unlock *u)
{
	struct secret *passphrase OWNED(secret_drop) = NULL;
	enum ends end = meet(u);

	if (end == ENDS_ok)
		end = look_at_volume(u);
	if (end != ENDS_ok)
		return end;
	say_what(u);
	end = ask(u, &passphrase);
	return end == ENDS_ok ? open_volume(u, passphrase) : end;
}
