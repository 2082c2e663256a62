/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest/bank.h"
#include "attest/enrol.h"
#include "attest/evidence.h"
#include "base/log.h"
#include "base/own.h"
#include "crypto/uuid.h"
#include "ctl/quoted.h"
#include "tpm/quote.h"

#define LIMIT_MS 5000
#define AK_MAX 1024
#define EVENT_LOG_MAX 131072
#define OUT_MAX 196608

/* What is asked of the TPM, and what comes of it. */
struct making {
	struct input		ak_in, log_in;
	struct tpm_blob		ak;
	struct tpm_pcr_select	select;
	uint8_t			asked[64], bound[EVIDENCE_BOUND_MAX];
	struct span		challenge;
	struct evidence		e;
	struct tpm_quote	made;
};

static void
making_drop(struct making *m)
{
	input_drop(&m->ak_in);
	input_drop(&m->log_in);
}

/* BANK:N,N,... as sha256:0,7 */
static enum err
take_select(const char *text, struct tpm_pcr_select *out)
{
	const char *colon = strchr(text, ':');
	char *at = NULL;

	if (colon == NULL || bank_find((struct span){ (const uint8_t *)text,
	    (size_t)(colon - text) }, &out->bank) != ERR_OK ||
	    attest_digest_len(out->bank) == 0)
		return log_err(ERR_MALFORMED, "--select %s: no bank like "
		    "sha256:", text);
	do {
		const unsigned long n = strtoul(colon + 1, &at, 10);

		if (at == colon + 1 || n >= QUOTE_PCRS ||
		    (*at != ',' && *at != '\0'))
			return log_err(ERR_MALFORMED, "--select %s: PCRs are "
			    "numbers from 0 to 23", text);
		out->mask |= 1u << n;
		colon = at;
	} while (*at != '\0');
	return ERR_OK;
}

/* As anchorhold-mint vm keeps it. */
static enum err
take_ak(const char *path, struct making *m)
{
	struct tpm_blob *ak = &m->ak;
	struct msg r;

	TRY(input_read(path, AK_MAX, false, &m->ak_in));
	if (wire_decode_object(MSG_ak, input_span(&m->ak_in), &r) != ERR_OK ||
	    r.ak.pub.len > sizeof(ak->pub) ||
	    r.ak.priv.len > sizeof(ak->priv))
		return log_err(ERR_MALFORMED, "%s: no attestation key",
		    path);
	ak->pub_len = r.ak.pub.len;
	ak->priv_len = r.ak.priv.len;
	memcpy(ak->pub, r.ak.pub.at, ak->pub_len);
	memcpy(ak->priv, r.ak.priv.at, ak->priv_len);
	return ERR_OK;
}

/* The codec knows what an identifier is. */
static enum err
take_vm(const char *text, struct wire_id *out)
{
	struct msg m = { .type = MSG_vm_proof };
	uint8_t buf[256];
	size_t len;

	m.vm_proof.version = 1;
	m.vm_proof.proof.len = ENROL_PROOF;
	if (WIRE_SET_TEXT(*out, span_text(text)) == ERR_OK) {
		m.vm_proof.vm_id = *out;
		if (wire_encode_object(&m, buf, sizeof(buf), &len) == ERR_OK)
			return ERR_OK;
	}
	return log_err(ERR_MALFORMED, "--vm-id %s: no identifier", text);
}

static enum err
take_all(const struct args *a, struct making *m)
{
	struct evidence *e = &m->e;
	uint8_t id[UUID_LEN];

	TRY(take_vm(a->vm_id, &e->vm_id));
	if (uuid_to_bytes(span_text(a->request), id) != ERR_OK)
		return log_err(ERR_MALFORMED, "--request %s: no UUID",
		    a->request);
	TRY(take_select(a->select, &m->select));
	TRY(quoted_hex("challenge", a->challenge, m->asked,
	    sizeof(m->asked), &m->challenge));
	TRY(evidence_bind_request((struct span){ 0 }, a->request, m->bound,
	    &e->bound));
	TRY(take_ak(a->ak, m));
	if (a->eventlog == NULL)
		return ERR_OK;
	TRY(input_read(a->eventlog, EVENT_LOG_MAX, false, &m->log_in));
	e->event_log = input_span(&m->log_in);
	return ERR_OK;
}

static enum err
ask_tpm(const struct args *a, struct making *m)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	uint8_t qualifying[EVIDENCE_QUALIFYING_LEN];
	struct tpm_name srk;

	TRY(evidence_qualifying(WIRE_SPAN(m->e.vm_id), m->challenge,
	    m->e.bound, qualifying));
	TRY(tpm_open(a->tcti, &tpm));
	tpm_limit(tpm, LIMIT_MS);
	TRY(tpm_srk_create(tpm, &srk));
	return tpm_quote(tpm, &m->ak, NULL, m->select, qualifying, &m->made);
}

static void
fill(struct making *m)
{
	const struct tpm_pcrs *p = &m->made.pcrs;
	struct evidence *e = &m->e;

	e->ak = (struct span){ m->ak.pub, m->ak.pub_len };
	e->attest = (struct span){ m->made.attest, m->made.attest_len };
	e->signature = (struct span){ m->made.sig, m->made.sig_len };
	e->alg = p->select.bank;
	e->mask = p->select.mask;
	for (unsigned i = 0; i < QUOTE_PCRS; i++) {
		if ((e->mask >> i & 1) == 0)
			continue;
		memcpy(e->values + e->values_len, p->value[i],
		    p->digest_len);
		e->values_len += p->digest_len;
	}
}

static enum err
write_new(const char *path, struct span bytes)
{
	int fd OWNED(fd_drop) = open(path, O_WRONLY | O_CREAT | O_EXCL |
	    O_CLOEXEC, 0644);

	if (fd == -1)
		return log_errno("%s", path);
	errno = ENOSPC;			/* of a write that is cut short */
	if (write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len &&
	    fsync(fd) == 0)
		return ERR_OK;
	(void)!log_errno("%s", path);
	unlink(path);
	return ERR_HARDWARE;
}

static enum ends
show(const struct args *a, const struct evidence *e)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	struct quoted q = { .e = *e };

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	quoted_look(&q);
	quoted_show(s, &q);
	return sheet_print(s, stdout) == ERR_OK ? ENDS_ok : ENDS_machine;
}

static bool
told_all(const struct args *a)
{
	return a->ak != NULL && a->vm_id != NULL &&
	    a->challenge != NULL && a->request != NULL && a->select != NULL &&
	    a->output != NULL;
}

enum ends
quote_make_run(const struct args *a)
{
	static uint8_t out[OUT_MAX];
	struct making m OWNED(making_drop) = { };
	size_t len;
	enum err e;

	if (!told_all(a)) {
		log_line("quote make: all of --ak, --vm-id, --challenge, "
		    "--request, --select and --output are wanted");
		return ENDS_usage;
	}
	e = take_all(a, &m);
	if (e == ERR_OK)
		e = ask_tpm(a, &m);
	if (e != ERR_OK)
		return ends_of(e);
	fill(&m);
	if (evidence_encode(&m.e, out, sizeof(out), &len) != ERR_OK) {
		log_line("what the TPM says and the event log make no "
		    "evidence: they are too long");
		return ENDS_malformed;
	}
	e = write_new(a->output, (struct span){ out, len });
	return e == ERR_OK ? show(a, &m.e) : ends_of(e);
}
