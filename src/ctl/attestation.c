/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "base/own.h"
#include "ctl/input.h"
#include "ctl/known.h"
#include "ctl/quoted.h"
#include "ctl/show.h"
#include "enforce/attested.h"

#define MESSAGE_MAX 8192
#define NONCE_MAX 64

static void
put_verdict(struct sheet *s, enum reason why)
{
	sheet_bool(s, "verified", why == REASON_none);
	if (why != REASON_none)
		known_put_reason(s, why);
	else
		sheet_tell(s, "note", "whether the domain still holds the key "
		    "was not checked");
}

static enum ends
print(const struct args *a, const struct known *k, struct span in,
    const struct attested *about)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	const uint64_t now = clock_now().wall;
	struct msg m = { .type = MSG_NONE };
	enum reason why = k->why;

	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK)
		return ENDS_machine;
	sheet_set_now(s, now);
	if (why == REASON_none)
		why = enforce_attestation(&k->set, in, about, now, &m);
	put_verdict(s, why);
	if (m.type != MSG_NONE) {
		sheet_open_within(s, "attestation");
		show_message(s, &m);
		sheet_close(s);
	}
	known_put_trust(s, k);
	if (sheet_print(s, stdout) != ERR_OK)
		return ENDS_machine;
	return why == REASON_none ? ENDS_ok :
	    why == REASON_attest_shape ? ENDS_malformed : ENDS_no;
}

enum ends
attestation_verify_run(const struct args *a)
{
	struct input in OWNED(input_drop) = { 0 };
	struct attested about = { 0 };
	uint8_t nonce[NONCE_MAX];
	struct known k;
	enum ends ends;
	enum err e;

	if (a->vm_id != NULL)
		about.vm_id = span_text(a->vm_id);
	if (a->action != NULL)
		about.action = span_text(a->action);
	if (a->nonce != NULL && quoted_hex("nonce", a->nonce, nonce,
	    sizeof(nonce), &about.nonce) != ERR_OK)
		return ENDS_usage;
	e = input_read(a->operand[0], MESSAGE_MAX, a->hex, &in);
	if (e != ERR_OK)
		return ends_of(e);
	ends = known_load(a, clock_now().wall, &k);
	return ends != ENDS_ok ? ends : print(a, &k, input_span(&in), &about);
}
