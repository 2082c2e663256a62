/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Enrolment of a domain, by files or on one machine: three in a row. */

#include <stdio.h>

#include "base/log.h"
#include "base/own.h"
#include "provisioning/admit.h"
#include "provisioning/guest.h"
#include "provisioning/mint_file.h"
#include "provisioning/paper.h"

static void
tell(const struct mint_options *o, const char *verb,
    const struct admission *a)
{
	printf("%s: %s the domain of the TPM with attestation key ", o->vm,
	    verb);
	for (size_t i = 0; i < sizeof(a->ak_name); i++)
		printf("%02x", a->ak_name[i]);
	printf("\n");
}

static enum err
admit(const struct mint_options *o, struct mint *m, const struct admission *a)
{
	bool there;

	TRY(admit_compare(m, a, &there));
	if (!there)
		TRY(admit_record(m, a));
	tell(o, there ? "was enrolled before; it is" : "is", a);
	return ERR_OK;
}

/* All of it is asked, and proved, before the state is opened. */
static enum err
meet(const struct mint_options *o, struct admission *a)
{
	struct guest g OWNED(guest_drop) = { };
	uint8_t buf[ENROL_REQUEST_MAX];
	struct enrol_request r;
	struct enrol_challenge c;
	size_t len;

	TRY(guest_open(&g, o));
	TRY(guest_ask(&g, buf, &len));
	TRY(admit_look(o, (struct span){ buf, len }, &r));
	TRY(admit_challenge(o, &r, &c, a));
	TRY(guest_prove(&g, (struct span){ c.bytes, c.len }, buf, &len));
	return enrol_check((struct span){ buf, len }, span_text(o->vm),
	    a->want) == ERR_OK ? ERR_OK : log_err(ERR_AUTH,
	    "the domain's TPM did not prove itself");
}

enum err
step_vm(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	struct admission a;

	TRY(meet(o, &a));
	TRY(mint_open(&m, o));
	return admit(o, &m, &a);
}

enum err
step_vm_request(const struct mint_options *o)
{
	struct guest g OWNED(guest_drop) = { };
	uint8_t buf[ENROL_REQUEST_MAX];
	size_t len;

	TRY(guest_open(&g, o));
	TRY(guest_ask(&g, buf, &len));
	*o->blame = MINT_SYSTEM;
	TRY(paper_replace(o->request, (struct span){ buf, len }));
	printf("%s: %s is for vm-challenge\n", o->vm, o->request);
	return ERR_OK;
}

enum err
step_vm_challenge(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	uint8_t buf[ENROL_REQUEST_MAX];
	struct enrol_request r;
	struct enrol_challenge c;
	struct admission a;
	struct span request = { };
	bool there;

	TRY(mint_file_read(o, o->request, buf, sizeof(buf), &request));
	TRY(admit_look(o, request, &r));
	TRY(admit_challenge(o, &r, &c, &a));
	TRY(mint_open(&m, o));
	TRY(admit_compare(&m, &a, &there));
	if (there) {
		tell(o, "was enrolled before; it is", &a);
		return ERR_OK;
	}
	TRY(admit_await(&m, &a));
	TRY(paper_replace(o->challenge, (struct span){ c.bytes, c.len }));
	printf("%s: %s is for vm-prove, within a day\n", o->vm, o->challenge);
	return ERR_OK;
}

enum err
step_vm_prove(const struct mint_options *o)
{
	struct guest g OWNED(guest_drop) = { };
	uint8_t in[ENROL_CHALLENGE_MAX], out[ENROL_REQUEST_MAX];
	struct span challenge = { };
	size_t len;

	TRY(mint_file_read(o, o->challenge, in, sizeof(in), &challenge));
	TRY(guest_open(&g, o));
	TRY(guest_prove(&g, challenge, out, &len));
	*o->blame = MINT_SYSTEM;
	TRY(paper_replace(o->proof, (struct span){ out, len }));
	printf("%s: %s is for vm-admit\n", o->vm, o->proof);
	return ERR_OK;
}

enum err
step_vm_admit(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	uint8_t buf[ENROL_REQUEST_MAX];
	struct admission a;
	struct span proof = { };

	TRY(mint_file_read(o, o->proof, buf, sizeof(buf), &proof));
	TRY(mint_open(&m, o));
	TRY(admit_awaited(&m, &a));
	*o->blame = MINT_TPM;
	if (enrol_check(proof, span_text(o->vm), a.want) != ERR_OK)
		return log_err(ERR_AUTH, "%s: not the proof that is awaited "
		    "of %s", o->proof, o->vm);
	return admit(o, &m, &a);
}
