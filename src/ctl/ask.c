/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/ask.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "crypto/uuid.h"
#include "wire/reasons.h"
#include "xen/vchan.h"

#define TIMEOUT_MS 10000

/* The user cryptod, or whoever we are, if the socket says that it is ours: no
 * third is ever believed without being named. */
static uid_t
server_of(const struct args *a)
{
	const struct passwd *p;
	struct stat st;

	if (a->server_uid != NULL)
		return (uid_t)a->uid;
	p = getpwnam("cryptod");
	if (p == NULL || (stat(a->socket, &st) == 0 &&
	    st.st_uid == geteuid()))
		return geteuid();
	return p->pw_uid;
}

/* cryptod said `error`; its reason need not be one that we know. */
static enum ends
say_error(const char *path, const struct msg_error *m)
{
	enum reason r;

	if (reason_find(WIRE_SPAN(m->reason), &r) == ERR_OK)
		log_line("%s: refused: %s: %s %s", path, m->reason.at,
		    reason_text(r), reason_help(r));
	else
		log_line("%s: refused: %s", path, m->reason.at);
	return ENDS_no;
}

static enum ends
say_failure(const char *path, enum err e, const struct msg *answer)
{
	switch (e) {
	case ERR_NOT_FOUND:
		log_line("%s: nobody listens there; does cryptod run, and may "
		    "you enter the directory?", path);
		return ENDS_unreached;
	case ERR_AUTH:
		log_line("%s: not the server that was to be there: %s", path,
		    reason_help(REASON_peer_identity));
		return ENDS_no;
	case ERR_BUSY:
		log_line("%s: no answer in %d s", path, TIMEOUT_MS / 1000);
		return ENDS_unreached;
	case ERR_MALFORMED:
		log_line("%s: the answer is not one to this question", path);
		return ENDS_malformed;
	case ERR_DENIED:
		if (answer != NULL)
			return say_error(path, &answer->error);
		break;
	case ERR_OK:
	case ERR_STATE:
	case ERR_LIMIT:
	case ERR_HARDWARE:
	case ERR_INTERNAL:
		break;
	}
	log_line("%s: the connection broke: %s", path, err_text(e));
	return ENDS_unreached;
}

static const char *
where(const struct args *a)
{
	return a->vchan != NULL ? a->vchan : a->socket;
}

enum err
ask_connect(const struct args *a, struct call *c)
{
	const struct vchan_address address = {
		.node = a->vchan,
		.port = (unsigned)a->port,
		.channel = (unsigned)a->channel,
	};
	struct link link OWNED(link_drop) = { 0 };

	*c = (struct call){ 0 };
	if (a->vchan == NULL)
		return call_open(c, a->socket, server_of(a), TIMEOUT_MS);
	TRY(vchan_connect(&address, TIMEOUT_MS, &link));
	return call_over(c, &link);
}

enum ends
ask_open(const struct args *a, struct call *c)
{
	const enum err e = ask_connect(a, c);

	return e == ERR_OK ? ENDS_ok : say_failure(where(a), e, NULL);
}

static enum err
name_request(struct drbg *drbg, struct msg *m)
{
	struct wire_uuid *id = wire_request_id(m);

	TRY(uuid_make(drbg, id->at));
	id->len = UUID_TEXT - 1;
	return ERR_OK;
}

static enum err
make_request(enum msg_type type, struct msg *m)
{
	struct drbg *drbg OWNED(drbg_drop) = NULL;

	*m = (struct msg){ .type = type };
	TRY(drbg_from_system(span_text("anchorctl"), (struct span){ 0 },
	    &drbg));
	return name_request(drbg, m);
}

static enum err
fill_admin(struct msg *m)
{
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct msg_admin_req *q = &m->admin_req;

	TRY(drbg_from_system(span_text("anchorctl"), (struct span){ 0 },
	    &drbg));
	q->nonce.len = 16;
	TRY(drbg_generate(drbg, (struct span){ 0 }, q->nonce.at,
	    q->nonce.len));
	q->timestamp.seconds = clock_now().wall;
	return name_request(drbg, m);
}

static enum err
fill_evidence(struct msg *m)
{
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct wire_nonce *nonce = &m->evidence_req.nonce;

	TRY(drbg_from_system(span_text("anchorctl"), (struct span){ 0 },
	    &drbg));
	nonce->len = 32;
	TRY(drbg_draw(drbg, nonce->at, nonce->len));
	return name_request(drbg, m);
}

enum ends
ask_evidence(struct call *c, const struct args *a, struct wire_nonce *nonce,
    struct msg *answer)
{
	struct msg m = { .type = MSG_evidence_req };
	enum err e;

	if (fill_evidence(&m) != ERR_OK)
		return ENDS_machine;
	*nonce = m.evidence_req.nonce;
	e = call_ask(c, &m, MSG_evidence_resp, answer, TIMEOUT_MS);
	return e == ERR_OK ? ENDS_ok : say_failure(where(a), e, answer);
}

enum ends
ask_admin(struct call *c, const struct args *a, struct msg *request,
    struct msg *answer)
{
	enum err e;

	if (fill_admin(request) != ERR_OK)
		return ENDS_machine;
	e = call_ask(c, request, MSG_admin_resp, answer, TIMEOUT_MS);
	return e == ERR_OK ? ENDS_ok : say_failure(where(a), e, answer);
}

enum ends
ask(struct call *c, const struct args *a, enum msg_type type,
    enum msg_type want, struct msg *answer)
{
	struct msg m;
	enum err e;

	if (make_request(type, &m) != ERR_OK)
		return ENDS_machine;
	e = call_ask_again(c, &m, want, answer, TIMEOUT_MS);
	return e == ERR_OK ? ENDS_ok : say_failure(where(a), e, answer);
}
