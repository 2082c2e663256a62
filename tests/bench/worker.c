/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * worker TRUST: measures what it is told to, a command a line on stdin, and
 * answers each with a line of numbers, name=value:
 *
 *	bare OPERATION MS
 *	tpm OPERATION MS
 *	tokens COUNT OUTSTANDING CONNECTIONS PROVEN VM_ID=SOCKET...
 *	unlocks OUTSTANDING VM_ID=SOCKET OPERATOR:DEVICE:CODE...
 *	verify MS VM_ID=SOCKET
 *
 * PROVEN is 1 for requests with a holder's key and its proof, else 0.  What
 * is verified are tokens of the last `tokens`.
 */

#include "tests/bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "crypto/uuid.h"
#include "unlocker/request.h"

#define WORDS_MAX 400
#define CHANNELS_MAX 16
#define CONNECTIONS_MAX 64

struct worker {
	const char	*trust;
	struct drbg	*drbg;
	struct kept	 kept;
	size_t		 nwords;
	char		*words[WORDS_MAX];
};

static unsigned
number(const struct worker *w, size_t i)
{
	return i < w->nwords ? (unsigned)strtoul(w->words[i], NULL, 10) : 0;
}

/* The word VM_ID=SOCKET, taken apart where it stands. */
static enum err
target_of(struct worker *w, size_t i, struct target *out)
{
	char *path = i < w->nwords ? strchr(w->words[i], '=') : NULL;

	if (path == NULL)
		return log_err(ERR_MALFORMED, "no VM_ID=SOCKET");
	*path = '\0';
	*out = (struct target){ w->words[i], path + 1 };
	return ERR_OK;
}

static uint64_t
quantile(const struct outcome *o, unsigned thousandths)
{
	return o->answered == 0 ? 0 :
	    o->times[(o->answered - 1) * thousandths / 1000];
}

static void
print_outcome(struct outcome *o)
{
	printf("answered=%" PRIu64 " granted=%" PRIu64 " wall=%" PRIu64
	    " cpu=%" PRIu64 " p50=%" PRIu64 " p99=%" PRIu64 " p999=%" PRIu64
	    " max=%" PRIu64 "\n", o->answered, o->granted, o->lap.wall,
	    o->lap.cpu, quantile(o, 500), quantile(o, 990), quantile(o, 999),
	    quantile(o, 1000));
	free(o->times);
}

static enum err
put_proof(struct msg *m, struct drbg *drbg)
{
	struct msg_token_issue_req *q = &m->token_issue_req;
	struct secret *seed OWNED(secret_drop) = NULL;
	struct signer signer;
	uint8_t raw[32], body[4096];
	size_t len;

	TRY(drbg_generate(drbg, (struct span){ 0 }, raw, sizeof(raw)));
	TRY(secret_copy(SPAN(raw), &seed));
	TRY(signer_ed25519(seed, &signer));
	q->has_cnf = q->has_cnf_proof = true;
	TRY(cose_key_encode(&signer.key, q->cnf.at, &q->cnf.len));
	TRY(wire_encode_body(m, "cnf_proof", body, sizeof(body), &len));
	return cose_sign_detached(&signer, "anchorhold/1 token_issue_req",
	    (struct span){ body, len }, q->cnf_proof.at,
	    sizeof(q->cnf_proof.at), &q->cnf_proof.len);
}

static enum err
make_token_request(struct msg *m, const struct target *to, bool proven,
    struct drbg *drbg)
{
	struct msg_token_issue_req *q = &m->token_issue_req;
	char id[UUID_TEXT];

	*m = (struct msg){ .type = MSG_token_issue_req };
	TRY(uuid_make(drbg, id));
	TRY(WIRE_SET_TEXT(q->request_id, span_text(id)));
	TRY(WIRE_SET_TEXT(q->vm_id, span_text(to->vm_id)));
	TRY(WIRE_SET_TEXT(q->requested_scope.at[0], span_text("web:read")));
	TRY(WIRE_SET_TEXT(q->justification, span_text("load")));
	q->requested_scope.count = 1;
	q->nonce.len = 16;
	TRY(drbg_generate(drbg, (struct span){ 0 }, q->nonce.at, 16));
	q->timestamp.seconds = clock_now().wall;
	return proven ? put_proof(m, drbg) : ERR_OK;
}

static enum err
fill_order(struct order *o, const struct target *to, size_t n, bool proven,
    struct drbg *drbg)
{
	struct msg m;

	TRY(order_new(to->path, n, o));
	for (size_t i = 0; i < n; i++) {
		TRY(make_token_request(&m, to, proven, drbg));
		TRY(order_add(o, &m));
	}
	return ERR_OK;
}

static void
forget_kept(struct kept *k)
{
	while (k->n > 0)
		free((void *)(uintptr_t)k->at[--k->n].at);
}

static enum err
tokens(struct worker *w)
{
	const size_t count = number(w, 1), connections = number(w, 3);
	const size_t targets = w->nwords - 5;
	struct order orders[CONNECTIONS_MAX];
	struct target to[CHANNELS_MAX];
	struct outcome out = { 0 };
	enum err e = ERR_OK;
	size_t made = 0;

	if (w->nwords < 6 || targets > CHANNELS_MAX || connections == 0 ||
	    connections > CONNECTIONS_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < targets; i++)
		TRY(target_of(w, 5 + i, &to[i]));
	while (made < connections && e == ERR_OK) {
		e = fill_order(&orders[made], &to[made % targets],
		    count / connections, number(w, 4) == 1, w->drbg);
		made++;
	}
	forget_kept(&w->kept);
	if (e == ERR_OK)
		e = orders_run(orders, connections, number(w, 2), &out,
		    &w->kept);
	for (size_t i = 0; i < made; i++)
		order_drop(&orders[i]);
	if (e == ERR_OK)
		print_outcome(&out);
	return e;
}

/* OPERATOR:DEVICE:CODE. */
static enum err
add_unlock(struct order *o, const char *vm_id, char *word, struct drbg *drbg)
{
	struct secret *code OWNED(secret_drop) = NULL;
	struct request r OWNED(request_drop) = { 0 };
	char *rest = word;
	struct asking who = { .vm_id = vm_id, .release = "luks:root" };

	who.operator = strsep(&rest, ":");
	who.device = strsep(&rest, ":");
	if (rest == NULL)
		return log_err(ERR_MALFORMED, "no OPERATOR:DEVICE:CODE");
	TRY(secret_copy(span_text(rest), &code));
	TRY(request_make(&r, &who, code, drbg, clock_now().wall));
	return order_add(o, &r.msg);
}

static enum err
unlocks(struct worker *w)
{
	const size_t count = w->nwords - 3;
	struct order order = { .fd = -1 };
	struct outcome out = { 0 };
	struct target to = { 0 };
	enum err e;

	if (w->nwords < 4)
		return ERR_MALFORMED;
	TRY(target_of(w, 2, &to));
	e = order_new(to.path, count, &order);
	for (size_t i = 0; i < count && e == ERR_OK; i++)
		e = add_unlock(&order, to.vm_id, w->words[3 + i], w->drbg);
	if (e == ERR_OK)
		e = orders_run(&order, 1, number(w, 1), &out, NULL);
	order_drop(&order);
	if (e == ERR_OK)
		print_outcome(&out);
	return e;
}

static enum err
verify(struct worker *w)
{
	struct verified out;
	struct target from = { 0 };

	TRY(target_of(w, 2, &from));
	TRY(verify_run(w->trust, &from, &w->kept, number(w, 1), &out));
	printf("count=%" PRIu64 " wall=%" PRIu64 " cpu=%" PRIu64
	    " bare_wall=%" PRIu64 " bare_cpu=%" PRIu64 "\n", out.count,
	    out.full.wall, out.full.cpu, out.bare.wall, out.bare.cpu);
	return ERR_OK;
}

static enum err
alone(struct worker *w, enum err (*run)(const char *name, unsigned ms,
    uint64_t *count, struct lap *lap))
{
	struct lap lap;
	uint64_t count;

	if (w->nwords != 3)
		return ERR_MALFORMED;
	TRY(run(w->words[1], number(w, 2), &count, &lap));
	printf("count=%" PRIu64 " wall=%" PRIu64 " cpu=%" PRIu64 "\n", count,
	    lap.wall, lap.cpu);
	return ERR_OK;
}

static enum err
bare(struct worker *w)
{
	return alone(w, bare_run);
}

static enum err
tpm(struct worker *w)
{
	return alone(w, chip_run);
}

static enum err
logs(struct worker *w)
{
	struct appraised_logs out;

	if (w->nwords != 2)
		return ERR_MALFORMED;
	TRY(logs_run(number(w, 1), &out));
	printf("count=%" PRIu64 " wall=%" PRIu64 " longest=%" PRIu64
	    " bytes=%zu\n", out.count, out.wall, out.longest, out.bytes);
	return ERR_OK;
}

static const struct {
	const char	*name;
	enum err	(*run)(struct worker *w);
} commands[] = {
	{ "bare", bare },
	{ "logs", logs },
	{ "tokens", tokens },
	{ "tpm", tpm },
	{ "unlocks", unlocks },
	{ "verify", verify },
};

static enum err
obey(struct worker *w, char *line)
{
	const char *blanks = " \n";
	char *word;

	w->nwords = 0;
	while ((word = strsep(&line, blanks)) != NULL)
		if (*word != '\0' && w->nwords < WORDS_MAX)
			w->words[w->nwords++] = word;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (w->nwords > 0 &&
		    strcmp(commands[i].name, w->words[0]) == 0)
			return commands[i].run(w);
	return log_err(ERR_NOT_FOUND, "no such command");
}

int
main(int argc, char **argv)
{
	struct worker w = { .trust = argc == 2 ? argv[1] : NULL };
	char *line = NULL;
	size_t cap = 0;
	enum err e = ERR_OK;

	if (w.trust == NULL || clock_start() != ERR_OK ||
	    drbg_from_system((struct span){ 0 }, (struct span){ 0 },
	    &w.drbg) != ERR_OK)
		return 2;
	while (e == ERR_OK && getline(&line, &cap, stdin) > 0) {
		e = obey(&w, line);
		fflush(stdout);
	}
	forget_kept(&w.kept);
	drbg_drop(&w.drbg);
	free(line);
	return e == ERR_OK ? 0 : 1;
}
