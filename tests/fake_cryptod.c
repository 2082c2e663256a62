/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cose/cwt.h"
#include "cose/encrypt.h"
#include "crypto/hash.h"
#include "crypto/uuid.h"
#include "enforce/trust.h"
#include "link/call.h"
#include "link/frame.h"
#include "link/unix.h"
#include "tests/fake_cryptod.h"
#include "wire/reasons.h"

#define PATIENCE_MS 60000

enum { ROOT, TOKEN, AUDIT, REVOKED, STRANGER, SIGNERS };

/* What is signed, and how, while one request is answered. */
struct scene {
	const struct fake	*f;
	struct drbg		*drbg;
	struct secret		*seeds[SIGNERS];
	struct signer		 signers[SIGNERS];
	const struct msg_totp_validate_req *q;
	uint8_t			 hash[32];	/* of the request */
	uint8_t			 token[TOKEN_MAX];
	uint64_t		 now;
	int			 asked;		/* for keys, so far */
};

static void
make_signers(struct scene *s)
{
	for (int i = 0; i < SIGNERS; i++) {
		assert_err(secret_new(32, &s->seeds[i]), ERR_OK);
		memset(secret_expose(s->seeds[i]), i + 1, 32);
		assert_err(signer_ed25519(s->seeds[i], &s->signers[i]),
		    ERR_OK);
	}
}

static void
list_key(const struct scene *s, int i, enum wire_use use, enum wire_phase in,
    struct msg_key_metadata *m)
{
	struct msg_listed_key *k = &m->keys.at[m->keys.count++];

	assert_err(cose_key_encode(&s->signers[i].key, k->key.at,
	    &k->key.len), ERR_OK);
	assert_err(WIRE_SET_BYTES(k->kid, SPAN(s->signers[i].kid)), ERR_OK);
	k->use = use;
	k->state = in;
	k->not_before = s->now - 3600;
	k->sign_until = s->now + 3600;
	k->not_after = s->now + 7200;
}

static void
answer_keys(const struct scene *s, struct msg *out)
{
	static uint8_t object[8192];
	const int expired = s->f->lie == LIE_expired;
	struct msg m = { .type = MSG_key_metadata };
	struct msg_key_metadata *k = &m.key_metadata;
	uint8_t body[4096];
	size_t len;

	k->version = s->f->version;
	k->policy_floor = 7;
	k->issued_at = s->now - (expired ? 1000 : 0);
	k->next_update = s->now + 900 - (expired ? 1000 : 0);
	assert_err(WIRE_SET_TEXT(k->issuer, span_text(
	    s->f->lie == LIE_issuer ? "other" : FAKE_ISSUER)), ERR_OK);
	list_key(s, s->f->lie == SAYS_rotated && s->asked == 1 ? STRANGER :
	    TOKEN, WIRE_use_token, WIRE_phase_current, k);
	list_key(s, AUDIT, WIRE_use_audit, WIRE_phase_current, k);
	list_key(s, REVOKED, WIRE_use_token, WIRE_phase_revoked, k);
	assert_err(wire_encode_object(&m, body, sizeof(body), &len), ERR_OK);
	assert_err(cose_sign_embedded(&s->signers[s->f->lie == LIE_root ?
	    STRANGER : ROOT], s->f->lie == LIE_metadata_context ?
	    "anchorhold/1 checkpoint" : "anchorhold/1 key_metadata",
	    (struct span){ body, len }, object, sizeof(object), &len),
	    ERR_OK);
	if (s->f->lie == LIE_metadata_garbage)
		memset(object, 0x5a, len);
	out->key_metadata_resp.object = (struct span){ object, len };
}

static void
put_token(struct scene *s, struct msg_totp_validate_resp *p)
{
	const enum lie lie = s->f->lie;
	const struct span other = span_text("luks:other");
	struct cwt c = {
		.has = CWT_BIT(CWT_CNF),
		.iss = span_text(lie == LIE_token_issuer ? "x" : FAKE_ISSUER),
		.sub = span_text(lie == LIE_subject ? "op:eve" : "op:alice"),
		.auds = 1,
		.aud = { lie == LIE_audience ? span_text("elsewhere") :
		    WIRE_SPAN(s->q->audience.at[0]) },
		.iat = s->now - (lie == LIE_token_expired ? 100 : 0),
		.exp = s->now + 60 - (lie == LIE_token_expired ? 100 : 0),
		.scope = lie == LIE_scope ? other :
		    WIRE_SPAN(s->q->requested_scope.at[0]),
		.nonce = lie == LIE_nonce ? SPAN(s->hash) :
		    WIRE_SPAN(s->q->client_nonce),
		.pol = lie == LIE_token_policy ? 6 : 7,
	};
	uint8_t jti[UUID_LEN];
	char text[UUID_TEXT];
	size_t len;

	assert_err(uuid_make(s->drbg, text), ERR_OK);
	assert_err(uuid_to_bytes(span_text(text), jti), ERR_OK);
	c.jti = SPAN(jti);
	assert_err(cose_key_decode(WIRE_SPAN(s->q->cnf), &c.cnf), ERR_OK);
	if (lie == LIE_cnf)
		c.cnf = s->signers[STRANGER].key;
	assert_err(token_sign(&s->signers[lie == LIE_token_signer ? AUDIT :
	    TOKEN], &c, s->token, &len), ERR_OK);
	p->has_capability_token = p->has_expires_at = true;
	p->capability_token = (struct span){ s->token, len };
	p->expires_at = c.exp;
}

static void
put_secret(struct scene *s, struct msg_totp_validate_resp *p)
{
	struct cose_pair other OWNED(cose_pair_drop) = { .priv = NULL };
	uint8_t secret[FAKE_SECRET_LEN], hash[32];
	struct cose_key to;

	memcpy(secret, s->f->secret, sizeof(secret));
	memcpy(hash, s->hash, sizeof(hash));
	secret[0] ^= s->f->lie == LIE_secret;
	hash[0] ^= s->f->lie == LIE_wrapped_for_other;
	assert_err(cose_key_decode(WIRE_SPAN(s->q->ephemeral_pubkey), &to),
	    ERR_OK);
	if (s->f->lie == LIE_wrapped_to_other) {
		assert_err(cose_pair_make(COSE_X25519, s->drbg, &other),
		    ERR_OK);
		to = other.key;
	}
	assert_err(cose_wrap(&to, SPAN(secret), hash, s->q->request_id.at,
	    s->drbg, p->ephemeral_key.at, sizeof(p->ephemeral_key.at),
	    &p->ephemeral_key.len), ERR_OK);
	p->has_ephemeral_key = true;
}

static void
refuse(struct msg_totp_validate_resp *p, enum wire_totp result,
    const char *reason)
{
	p->result = result;
	p->has_reason = true;
	assert_err(WIRE_SET_TEXT(p->reason, span_text(reason)), ERR_OK);
}

static void
judge(struct scene *s, struct msg_totp_validate_resp *p)
{
	const enum lie lie = s->f->lie;

	if (lie == SAYS_limited) {
		refuse(p, WIRE_totp_rate_limited, "limit.operator");
		p->has_retry_after = true;
		p->retry_after = 42;
	} else if (lie == SAYS_closed)
		refuse(p, WIRE_totp_rate_limited, "limit.channel");
	else if (lie == SAYS_replay)
		refuse(p, WIRE_totp_replay, "totp.replayed");
	else if (lie == SAYS_unknown)
		refuse(p, WIRE_totp_fail, "moon.phase");
	else if (!span_equal(WIRE_SPAN(s->q->totp_code),
	    span_text(FAKE_CODE)))
		refuse(p, WIRE_totp_fail, "totp.refused");
	else {
		p->result = WIRE_totp_ok;
		if (lie != LIE_no_token)
			put_token(s, p);
		if (lie != LIE_no_key)
			put_secret(s, p);
	}
}

static void
sign(struct scene *s, struct msg *out)
{
	struct msg_totp_validate_resp *p = &out->totp_validate_resp;
	const enum lie lie = s->f->lie;
	const int who = lie == LIE_signer ? STRANGER : lie == LIE_audit_key ?
	    AUDIT : lie == LIE_revoked_key ? REVOKED : TOKEN;
	uint8_t body[8192];
	size_t len;

	assert_err(wire_encode_body(out, "signature", body, sizeof(body),
	    &len), ERR_OK);
	assert_err(cose_sign_detached(&s->signers[who], lie == LIE_context ?
	    "anchorhold/1 token_issue_resp" :
	    "anchorhold/1 totp_validate_resp", (struct span){ body, len },
	    p->signature.at, sizeof(p->signature.at), &p->signature.len),
	    ERR_OK);
}

/* The proof, as any server would check it. */
static void
check_proof(struct scene *s, const struct msg *in)
{
	struct cose_key cnf;
	uint8_t body[8192];
	size_t len;

	assert_err(cose_key_decode(WIRE_SPAN(s->q->cnf), &cnf), ERR_OK);
	assert_err(wire_encode_body(in, "cnf_proof", body, sizeof(body),
	    &len), ERR_OK);
	assert_err(cose_check_detached(WIRE_SPAN(s->q->cnf_proof), &cnf,
	    "anchorhold/1 totp_validate_req", (struct span){ body, len }),
	    ERR_OK);
	assert_string_equal(s->q->operator_id.at, "alice");
	assert_string_equal(s->q->device_id.at, "phone");
}

static void
answer_code(struct scene *s, const struct msg *in, struct msg *out)
{
	struct msg_totp_validate_resp *p = &out->totp_validate_resp;
	struct span part;
	uint8_t body[8192];

	s->q = &in->totp_validate_req;
	check_proof(s, in);
	part = (struct span){ body, 0 };
	assert_err(wire_encode_object(in, body, sizeof(body), &part.len),
	    ERR_OK);
	assert_err(sha256(&part, 1, s->hash), ERR_OK);
	assert_err(WIRE_SET_BYTES(p->request, SPAN(s->hash)), ERR_OK);
	p->request.at[31] ^= s->f->lie == LIE_request;
	judge(s, p);
	sign(s, out);
	if (s->f->lie == LIE_altered)
		p->result = p->result == WIRE_totp_ok ? WIRE_totp_fail :
		    WIRE_totp_ok;
}

static void
answer_error(const struct scene *s, const struct wire_uuid *id,
    struct msg *out)
{
	struct msg_error *e = &out->error;
	int busy = s->f->lie == SAYS_busy;

	*out = (struct msg){ .type = MSG_error };
	e->code = busy ? WIRE_code_busy : WIRE_code_stale;
	e->has_request_id = true;
	e->request_id = *id;
	e->has_retry_after = busy;
	e->retry_after = 5;
	assert_err(WIRE_SET_TEXT(e->reason, span_text(busy ? "limit.rate" :
	    "request.stale")), ERR_OK);
}

static void
answer_pending(const struct wire_uuid *id, struct msg *out)
{
	*out = (struct msg){ .type = MSG_error };
	reason_refuse(REASON_keys_pending, id, out);
}

/* False to hang up. */
static int
answer(struct scene *s, struct call *c, struct msg *in)
{
	static const uint8_t junk[64] = { 0xd8, 0x18, 0x5a, 0, 0, 0, 57 };
	const enum lie lie = s->f->lie;
	const int code = in->type == MSG_totp_validate_req;
	struct msg out = { .type = code && lie != LIE_type ?
	    MSG_totp_validate_resp : MSG_key_metadata_resp };
	size_t sent;

	s->now = clock_now().wall;
	*wire_request_id(&out) = *wire_request_id(in);
	s->asked += !code;
	if (!code && lie == SAYS_pending && s->asked < 3)
		answer_pending(wire_request_id(in), &out);
	else if (!code)
		answer_keys(s, &out);
	else if (lie == SAYS_busy || lie == SAYS_stale)
		answer_error(s, wire_request_id(in), &out);
	else if (lie == LIE_garbage)
		return link_send(&c->link, junk, sizeof(junk), &sent) ==
		    ERR_OK;
	else if (lie == LIE_hang)
		return 1;
	else if (lie == LIE_hang_up)
		return 0;
	else if (lie == LIE_type)
		answer_keys(s, &out);
	else
		answer_code(s, in, &out);
	if (code && lie == LIE_request_id) {
		char *digit = wire_request_id(&out)->at;

		*digit = *digit == '0' ? '1' : '0';
	}
	return call_send(c, &out, PATIENCE_MS) == ERR_OK;
}

static void
serve(struct scene *s)
{
	struct call c OWNED(call_close) = { 0 };
	struct link link = { 0 };
	struct msg in;

	if (unix_accept(s->f->listener, getuid(), &link) != ERR_OK)
		return;
	assert_err(call_over(&c, &link), ERR_OK);
	while (call_receive(&c, &in, PATIENCE_MS) == ERR_OK)
		if (!answer(s, &c, &in))
			break;
}

static void
be_fake(const struct fake *f)
{
	struct pollfd p = { .fd = f->listener, .events = POLLIN };
	struct scene s = { .f = f };

	make_signers(&s);
	assert_err(drbg_from_system(span_text("fake"), (struct span){ 0 },
	    &s.drbg), ERR_OK);
	while (poll(&p, 1, PATIENCE_MS) == 1)
		serve(&s);
	_exit(0);
}

void
fake_start(struct fake *f)
{
	assert_err(unix_listen(f->socket, UNIX_NO_GROUP, &f->listener),
	    ERR_OK);
	f->pid = fork();
	if (f->pid == 0)
		be_fake(f);
}

void
fake_stop(struct fake *f)
{
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
	close(f->listener);
	unlink(f->socket);
}

static void
write_object(const struct msg *m, const char *path)
{
	uint8_t file[2048];
	size_t len;
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_err(wire_encode_object(m, file, sizeof(file), &len), ERR_OK);
	assert_int_equal(write(fd, file, len), len);
	close(fd);
}

/* The stranger is its one officer. */
void
fake_trust(const char *path, const char *officers)
{
	struct scene s = { .f = NULL };
	struct msg m = { .type = MSG_trust }, pin = { .type = MSG_pinned };
	struct msg_officer_named *o = &m.trust.officers.at[0];
	uint8_t object[1024];
	struct span bytes = { object, 0 };
	struct wire_sig *by;

	make_signers(&s);
	m.trust.version = m.trust.quorum = m.trust.officers.count = 1;
	assert_err(WIRE_SET_TEXT(m.trust.issuer, span_text(FAKE_ISSUER)),
	    ERR_OK);
	assert_err(WIRE_SET_TEXT(o->officer_id, span_text("anna")), ERR_OK);
	assert_err(cose_key_encode(&s.signers[STRANGER].key, o->key.at,
	    &o->key.len), ERR_OK);
	assert_err(cose_key_encode(&s.signers[ROOT].key,
	    m.trust.root_key.at, &m.trust.root_key.len), ERR_OK);
	assert_err(wire_encode_object(&m, object, sizeof(object),
	    &bytes.len), ERR_OK);
	pin.pinned.issuer = m.trust.issuer;
	pin.pinned.quorum = pin.pinned.officers.count = 1;
	pin.pinned.officers.at[0] = *o;
	write_object(&pin, officers);
	m = (struct msg){ .type = MSG_trust_file };
	m.trust_file.object = bytes;
	m.trust_file.signatures.count = 1;
	by = &m.trust_file.signatures.at[0];
	assert_err(cose_sign_detached(&s.signers[STRANGER], TRUST_AAD, bytes,
	    by->at, sizeof(by->at), &by->len), ERR_OK);
	write_object(&m, path);
	for (int i = 0; i < SIGNERS; i++)
		secret_drop(&s.seeds[i]);
}
