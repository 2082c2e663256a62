/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "crypto/hash.h"
#include "provisioning/mint_file.h"
#include "store/file.h"
#include "tpm/ak.h"

#define AK_MAX 2048

enum err
guest_open(struct guest *g, const struct mint_options *o)
{
	struct tpm_name srk;

	g->options = o;
	*o->blame = MINT_TPM;
	TRY(tpm_open(o->vm_tcti, &g->tpm));
	return tpm_srk_create(g->tpm, &srk);
}

void
guest_drop(struct guest *g)
{
	tpm_drop(&g->tpm);
}

/* One whose index is there and was never written to is none. */
enum err
guest_find_ek(struct tpm *t, struct guest_ek *out)
{
	static const enum tpm_ek order[] = { TPM_EK_ECC, TPM_EK_RSA };
	bool has[TPM_EKS];
	enum err e;

	TRY(tpm_ek_certificates(t, has));
	for (size_t i = 0; i < TPM_EKS; i++) {
		if (!has[order[i]])
			continue;
		e = tpm_ek_certificate(t, order[i], out->cert,
		    &out->cert_len);
		if (e == ERR_NOT_FOUND)
			continue;
		TRY(e);
		return tpm_ek_public(t, order[i], &out->public);
	}
	return log_err(ERR_NOT_FOUND, "the TPM has no certificate of an "
	    "endorsement key");
}

static enum err
read_ak(int fd, struct tpm_blob *out)
{
	uint8_t buf[AK_MAX];
	const ssize_t n = read(fd, buf, sizeof(buf));
	struct msg m;

	if (n < 0)
		return log_errno("read the attestation key");
	TRY(wire_decode_object(MSG_ak, (struct span){ buf, (size_t)n }, &m));
	out->pub_len = m.ak.pub.len;
	out->priv_len = m.ak.priv.len;
	memcpy(out->pub, m.ak.pub.at, m.ak.pub.len);
	memcpy(out->priv, m.ak.priv.at, m.ak.priv.len);
	return ERR_OK;
}

static enum err
write_ak(const char *path, const struct tpm_blob *ak)
{
	struct msg m = { .type = MSG_ak };
	uint8_t buf[AK_MAX];
	char parent[MINT_PATH];
	const char *slash = strrchr(path, '/');
	int dir OWNED(fd_drop) = -1;
	size_t len;

	TRY(WIRE_SET_BYTES(m.ak.pub, ((struct span){ ak->pub, ak->pub_len })));
	TRY(WIRE_SET_BYTES(m.ak.priv,
	    ((struct span){ ak->priv, ak->priv_len })));
	TRY(wire_encode_object(&m, buf, sizeof(buf), &len));
	TRY(mint_parent(path, parent));
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return log_errno("open %s", parent);
	return file_replace(dir, slash == NULL ? path : slash + 1,
	    &(struct span){ buf, len }, 1);
}

/* The domain's attestation key: the one in its file, or a new one for it. */
static enum err
find_ak(struct guest *g, bool make)
{
	const char *path = g->options->ak;
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct attest_public ak;
	uint8_t x[32], y[32];

	if (fd != -1)
		TRY(read_ak(fd, &g->ak));
	else if (errno != ENOENT || !make)
		return log_errno("%s", path);
	else
		TRY(tpm_ak_create(g->tpm, NULL, &g->ak, x, y));
	TRY(attest_public_read((struct span){ g->ak.pub, g->ak.pub_len },
	    &ak));
	if (enrol_ak(&ak) != ERR_OK)
		return log_err(ERR_DENIED, "%s: that is no attestation key",
		    path);
	return fd != -1 ? ERR_OK : write_ak(path, &g->ak);
}

enum err
guest_ask(struct guest *g, uint8_t buf[static ENROL_REQUEST_MAX], size_t *len)
{
	struct msg m = { .type = MSG_vm_request };
	struct guest_ek ek;

	TRY(guest_find_ek(g->tpm, &ek));
	TRY(find_ak(g, true));
	m.vm_request.version = 1;
	TRY(WIRE_SET_TEXT(m.vm_request.vm_id, span_text(g->options->vm)));
	m.vm_request.ek = (struct span){ ek.public.at, ek.public.len };
	m.vm_request.ak = (struct span){ g->ak.pub, g->ak.pub_len };
	m.vm_request.certificate = (struct span){ ek.cert, ek.cert_len };
	return wire_encode_object(&m, buf, ENROL_REQUEST_MAX, len);
}

/* Which of its EKs has this digest. */
static enum err
which_ek(struct guest *g, struct span digest, enum tpm_ek *out)
{
	struct tpm_public public;
	uint8_t is[SHA256_LEN];

	for (unsigned i = 0; i < TPM_EKS; i++) {
		TRY(tpm_ek_public(g->tpm, (enum tpm_ek)i, &public));
		TRY(sha256(&(struct span){ public.at, public.len }, 1, is));
		*out = (enum tpm_ek)i;
		if (span_equal(SPAN(is), digest))
			return ERR_OK;
	}
	return log_err(ERR_AUTH, "the challenge is for another TPM");
}

/* What this TPM opens, and the proof of that. */
static enum err
answer(struct guest *g, const struct msg_vm_challenge *c,
    uint8_t out[static ENROL_PROOF])
{
	struct secret *opened OWNED(secret_drop) = NULL;
	struct tpm_credential sent = {
		.id_object = WIRE_SPAN(c->id_object),
		.enc_secret = WIRE_SPAN(c->enc_secret),
	};

	TRY(which_ek(g, WIRE_SPAN(c->ek), &sent.ek));
	TRY(tpm_activate(g->tpm, &g->ak, NULL, &sent, &opened));
	if (secret_len(opened) != ENROL_SECRET)
		return ERR_AUTH;
	return enrol_proof(secret_span(opened).at, WIRE_SPAN(c->vm_id),
	    c->ak_name.at, c->ek.at, out);
}

enum err
guest_prove(struct guest *g, struct span challenge,
    uint8_t buf[static ENROL_REQUEST_MAX], size_t *len)
{
	struct msg in, out = { .type = MSG_vm_proof };
	const struct msg_vm_challenge *c = &in.vm_challenge;
	uint8_t proof[ENROL_PROOF];

	if (wire_decode_object(MSG_vm_challenge, challenge, &in) != ERR_OK)
		return log_err(ERR_MALFORMED, "that is no challenge");
	if (!span_equal(WIRE_SPAN(c->vm_id), span_text(g->options->vm)))
		return log_err(ERR_DENIED, "the challenge is for %s, not %s",
		    c->vm_id.at, g->options->vm);
	TRY(find_ak(g, false));
	TRY(answer(g, c, proof));
	out.vm_proof.version = 1;
	out.vm_proof.vm_id = c->vm_id;
	TRY(WIRE_SET_BYTES(out.vm_proof.proof, SPAN(proof)));
	return wire_encode_object(&out, buf, ENROL_REQUEST_MAX, len);
}
