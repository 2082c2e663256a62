/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/admission.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "ctl/act.h"

static enum ends
check_given(const struct args *a)
{
	if (a->output != NULL && a->awaited != NULL)
		return ENDS_ok;
	log_line("vm challenge: --output and --awaited are missing: where "
	    "does the challenge go, and what is kept of it?");
	return ENDS_usage;
}

/* What is kept goes first: a challenge that nobody can check is none. */
static enum ends
write_both(const struct args *a, const struct enrol_challenge *c,
    const struct admission *is)
{
	uint8_t room[ADMISSION_MAX];
	struct span kept;
	enum ends e;

	if (admission_write(is, room, &kept) != ERR_OK)
		return ENDS_machine;
	e = paper_put(a->awaited, kept, true);
	return e != ENDS_ok ? e : paper_put(a->output,
	    (struct span){ c->bytes, c->len }, true);
}

static enum ends
show(const struct args *a, const struct vm_look *v)
{
	struct sheet *s OWNED(sheet_drop) = NULL;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	sheet_text(s, "vm_id|domain", WIRE_SPAN(v->request.vm_id));
	sheet_bytes(s, "ak|attestation key", SPAN(v->request.ak.name));
	sheet_bytes(s, "ek|endorsement key", SPAN(v->request.ek_digest));
	vm_look_certificate(s, &v->said);
	return sheet_print(s, stdout) == ERR_OK ? ENDS_ok : ENDS_machine;
}

enum ends
vm_challenge_run(const struct args *a)
{
	struct vm_look v OWNED(vm_look_drop) = { .named = true };
	struct enrol_challenge c;
	struct admission is;
	enum ends e;

	if ((e = check_given(a)) != ENDS_ok ||
	    (e = vm_look(a, a->operand[0], &v)) != ENDS_ok ||
	    (e = vm_look_good(&v)) != ENDS_ok)
		return e;
	if (admission_draw(&v.request, clock_now().wall, &c, &is) != ERR_OK)
		return ENDS_machine;
	is.any_time = a->any_time;
	if ((e = write_both(a, &c, &is)) != ENDS_ok)
		return e;
	return show(a, &v);
}
