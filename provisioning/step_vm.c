/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "attest/credential.h"
#include "attest/enrol.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "provisioning/ek_apart.h"
#include "store/find.h"
#include "store/file.h"
#include "tpm/ak.h"
#include "tpm/ek.h"

/*
 * A domain's TPM, which this machine reaches.  All of it is asked, and its
 * certificate read, before the state is opened.
 */
struct guest {
	struct tpm		*tpm;
	enum tpm_ek		 which;
	struct tpm_public	 ek_bytes;
	uint8_t			 ek_digest[SHA256_LEN];
	struct attest_public	 ek, ak;	/* point into what is here */
	struct tpm_blob		 blob;		/* the AK */
	uint8_t			 cert[TPM_EK_CERT_MAX];
	size_t			 cert_len;
};

static void
guest_drop(struct guest *g)
{
	tpm_drop(&g->tpm);
}

/* The one of its EKs that has a certificate; of two the one of P-256. */
static enum err
find_ek(struct guest *g)
{
	struct span whole;
	bool has[TPM_EKS];

	TRY(tpm_ek_certificates(g->tpm, has));
	if (!has[TPM_EK_ECC] && !has[TPM_EK_RSA])
		return log_err(ERR_NOT_FOUND, "the domain's TPM has no "
		    "certificate of an endorsement key");
	g->which = has[TPM_EK_ECC] ? TPM_EK_ECC : TPM_EK_RSA;
	TRY(tpm_ek_certificate(g->tpm, g->which, g->cert, &g->cert_len));
	TRY(tpm_ek_public(g->tpm, g->which, &g->ek_bytes));
	whole = (struct span){ g->ek_bytes.at, g->ek_bytes.len };
	TRY(sha256(&whole, 1, g->ek_digest));
	return attest_public_read(whole, &g->ek);
}

static enum err
check_ek(const struct mint_options *o, const struct guest *g)
{
	const struct x509_key key = {
		.x = { g->ek.x, g->ek.type == ATTEST_ECC ? 32 : 0 },
		.y = SPAN(g->ek.y),
		.modulus = g->ek.modulus, .exponent = g->ek.exponent,
	};

	return ek_judge_apart(o->roots,
	    (struct span){ g->cert, g->cert_len }, &key,
	    o->any_time != 0 ? X509_ANY_TIME : (int64_t)clock_now().wall);
}

static enum err
read_ak(int fd, struct tpm_blob *out)
{
	uint8_t buf[2048];
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
	uint8_t buf[2048];
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
find_ak(const struct mint_options *o, struct guest *g)
{
	int fd OWNED(fd_drop) = open(o->ak, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t x[32], y[32];

	if (fd != -1)
		TRY(read_ak(fd, &g->blob));
	else if (errno != ENOENT)
		return log_errno("%s", o->ak);
	else
		TRY(tpm_ak_create(g->tpm, NULL, &g->blob, x, y));
	TRY(attest_public_read((struct span){ g->blob.pub, g->blob.pub_len },
	    &g->ak));
	if (enrol_ak(&g->ak) != ERR_OK)
		return log_err(ERR_DENIED, "%s: that is no attestation key",
		    o->ak);
	return fd != -1 ? ERR_OK : write_ak(o->ak, &g->blob);
}

/* The domain's half: what its TPM opens, and the proof of that. */
static enum err
answer(const struct guest *g, const struct credential *c, struct span vm_id,
    uint8_t out[static ENROL_PROOF])
{
	const struct tpm_credential sent = {
		.ek = g->which, .id_object = { c->id_object, c->id_len },
		.enc_secret = { c->seed, c->seed_len },
	};
	struct secret *opened OWNED(secret_drop) = NULL;

	TRY(tpm_activate(g->tpm, &g->blob, NULL, &sent, &opened));
	if (secret_len(opened) != ENROL_SECRET)
		return ERR_AUTH;
	return enrol_proof(secret_span(opened).at, vm_id, g->ak.name,
	    g->ek_digest, out);
}

struct challenge {
	struct credential_random	random;
	struct credential		credential;
	uint8_t				secret[ENROL_SECRET];
};

static void
challenge_drop(struct challenge *c)
{
	explicit_bzero(c, sizeof(*c));
}

/* Ours: only the TPM that has both keys can answer, and for this domain. */
static enum err
prove(const struct guest *g, struct span vm_id)
{
	struct challenge c OWNED(challenge_drop) = { };
	struct drbg *d OWNED(drbg_drop) = NULL;
	uint8_t want[ENROL_PROOF], got[ENROL_PROOF];
	const struct span none = { };

	TRY(drbg_from_system(span_text("anchorhold/1 enrol"), none, &d));
	TRY(credential_draw(d, &c.random));
	TRY(drbg_generate(d, none, c.secret, sizeof(c.secret)));
	TRY(credential_make(&g->ek, g->ak.name, SPAN(c.secret), &c.random,
	    &c.credential));
	TRY(enrol_proof(c.secret, vm_id, g->ak.name, g->ek_digest, want));
	TRY(answer(g, &c.credential, vm_id, got));
	return secret_equal(want, got, sizeof(want)) ? ERR_OK :
	    log_err(ERR_AUTH, "the domain's TPM did not prove itself");
}

static enum err
record(struct mint *m, const struct guest *g)
{
	const char *id = m->options->vm;
	struct msg r = { .type = MSG_vm };

	r.vm.since = clock_now().wall;
	TRY(WIRE_SET_TEXT(r.vm.by, span_text("ceremony")));
	TRY(WIRE_SET_TEXT(r.vm.vm_id, span_text(id)));
	TRY(WIRE_SET_BYTES(r.vm.ak_name, SPAN(g->ak.name)));
	TRY(WIRE_SET_BYTES(r.vm.ek, SPAN(g->ek_digest)));
	TRY(store_put(m->store, &r));
	if (m->options->any_time != 0)
		TRY(mint_note(m, "provision.vm.any-time", id));
	return mint_commit(m, "provision.vm", id);
}

/* The same TPM again is nothing new, and another is not for a ceremony. */
static enum err
compare(const struct mint *m, const struct guest *g, bool *there)
{
	const struct span name = SPAN(g->ak.name);
	const struct msg_vm *vm = state_vm(m->state,
	    span_text(m->options->vm));
	const struct msg_vm *same = state_vm_of(m->state, name);

	*there = vm != NULL && vm == same;
	if (*there || (vm == NULL && same == NULL))
		return ERR_OK;
	*m->options->blame = MINT_USAGE;
	if (vm != NULL)
		return log_err(ERR_STATE, "%s has a TPM already: only the "
		    "officers give it another (vm-replace)", m->options->vm);
	return log_err(ERR_STATE, "that TPM is the one of %.*s",
	    (int)same->vm_id.len, (const char *)same->vm_id.at);
}

static enum err
meet(const struct mint_options *o, struct guest *g)
{
	struct tpm_name srk;

	*o->blame = MINT_TPM;
	TRY(tpm_open(o->vm_tcti, &g->tpm));
	TRY(tpm_srk_create(g->tpm, &srk));
	TRY(find_ek(g));
	TRY(check_ek(o, g));
	TRY(find_ak(o, g));
	return prove(g, span_text(o->vm));
}

enum err
step_vm(const struct mint_options *o)
{
	struct guest g OWNED(guest_drop) = { };
	struct mint m OWNED(mint_drop) = mint_none;
	bool there;

	TRY(meet(o, &g));
	TRY(mint_open(&m, o));
	TRY(compare(&m, &g, &there));
	if (!there)
		TRY(record(&m, &g));
	printf("vm: %s%s is the domain of the TPM with attestation key ",
	    o->vm, there ? " was enrolled before; it" : "");
	for (size_t i = 0; i < sizeof(g.ak.name); i++)
		printf("%02x", g.ak.name[i]);
	printf("\n");
	return ERR_OK;
}
