/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/act_vm.h"

#include "attest/admission.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"

void
vm_look_drop(struct vm_look *v)
{
	input_drop(&v->in);
}

static bool
has_bytes(struct span map, const char *name, struct span want)
{
	struct map_entry e;

	return map_find(map, name, &e) == ERR_OK &&
	    (e.value.kind == ITEM_BYTES || e.value.kind == ITEM_TEXT) &&
	    span_equal((struct span){ e.value.data, e.value.n }, want);
}

bool
vm_is_act(const struct msg_act *act)
{
	const struct span is = WIRE_SPAN(act->command);

	return span_equal(is, span_text("vm-enrol")) ||
	    span_equal(is, span_text("vm-replace"));
}

enum ends
vm_look(const struct args *a, const char *path, struct vm_look *out)
{
	struct enrol_request *r = &out->request;
	enum err e = input_read(path, ENROL_REQUEST_MAX, false, &out->in);

	if (e != ERR_OK)
		return ends_of(e);
	if (a->roots == NULL) {
		log_line("--roots is missing: which makers of TPMs are "
		    "believed?");
		return ENDS_usage;
	}
	e = enrol_request_read(input_span(&out->in), r);
	if (e != ERR_OK && e != ERR_DENIED) {
		log_line("%s: no request to be enrolled", path);
		return ENDS_malformed;
	}
	out->keys = e == ERR_OK;
	out->there = true;
	e = ek_verdict_apart(a->roots, r->certificate, &r->ek, a->any_time ?
	    X509_ANY_TIME : (int64_t)clock_now().wall, &out->said);
	return e == ERR_OK ? ENDS_ok : ENDS_machine;
}

void
vm_look_compare(struct vm_look *v, const struct msg_act *act)
{
	const struct enrol_request *r = &v->request;

	v->named = v->there && vm_is_act(act) &&
	    has_bytes(act->arguments, "vm", WIRE_SPAN(r->vm_id)) &&
	    has_bytes(act->arguments, "ak", SPAN(r->ak.name)) &&
	    has_bytes(act->arguments, "ek", SPAN(r->ek_digest));
}

enum ends
vm_look_good(const struct vm_look *v)
{
	if (!v->keys)
		log_line("the request names keys that are not an endorsement "
		    "and an attestation key");
	else if (v->said.verdict != CERT_GOOD)
		log_line("the certificate of the endorsement key %s",
		    x509_text(v->said.verdict));
	else if (!v->named)
		log_line("the act names another domain, or other keys, than "
		    "the request");
	else if (v->asked && !v->opened)
		log_line("the proof is not this TPM's answer to the challenge "
		    "of yours");
	else
		return ENDS_ok;
	return ENDS_no;
}

void
vm_look_certificate(struct sheet *s, const struct ek_said *said)
{
	const struct x509_about *is = &said->about;

	sheet_say(s, "certificate|its certificate", "%s",
	    x509_text(said->verdict));
	sheet_text(s, "issuer|issued by", span_text(is->issuer));
	sheet_bytes(s, "serial", (struct span){ is->serial,
	    is->serial_len });
	if (is->from >= 0)
		sheet_time(s, "from|valid from", (uint64_t)is->from);
	if (is->until >= 0)
		sheet_time(s, "until|valid until", (uint64_t)is->until);
}

void
vm_look_show(struct sheet *s, const struct vm_look *v,
    const struct msg_act *act)
{
	struct map_entry e;

	if (!vm_is_act(act))
		return;
	sheet_bool(s, "claimed|the proposer says that he saw it opened",
	    map_find(act->arguments, "proof", &e) == ERR_OK);
	if (!v->there) {
		sheet_tell(s, "note", "whose TPM that is can be seen with "
		    "its request: see --vm-request");
		return;
	}
	sheet_open(s, "tpm|the TPM", SHEET_MAP);
	sheet_bool(s, "named|the act's domain and keys", v->named);
	sheet_bool(s, "keys|keys that can be an EK and an AK", v->keys);
	if (v->asked)
		sheet_bool(s, "opened|it opened a challenge of yours",
		    v->opened);
	vm_look_certificate(s, &v->said);
	sheet_close(s);
}

static enum ends
read_awaited(const char *path, struct admission *out)
{
	struct input in OWNED(input_drop) = { 0 };
	const enum err e = input_read(path, ADMISSION_MAX, false, &in);

	if (e != ERR_OK)
		return ends_of(e);
	if (admission_read(input_span(&in), out) != ERR_OK) {
		log_line("%s: not what vm challenge keeps", path);
		return ENDS_malformed;
	}
	if (clock_now().wall < out->until)
		return ENDS_ok;
	log_line("%s: the challenge is older than a day: make another", path);
	return ENDS_no;
}

/* As it is awaited, of this domain. */
static enum ends
read_proof(const struct args *a, struct span vm, const struct admission *is,
    bool *good)
{
	struct input in OWNED(input_drop) = { 0 };
	const enum err e = input_read(a->proof, ENROL_REQUEST_MAX, false,
	    &in);

	if (e != ERR_OK)
		return ends_of(e);
	*good = (is->vm.len == 0 || span_equal(WIRE_SPAN(is->vm), vm)) &&
	    enrol_check(input_span(&in), vm, is->want) == ERR_OK;
	return ENDS_ok;
}

enum ends
vm_look_asked(const struct args *a, struct vm_look *v)
{
	const struct enrol_request *r = &v->request;
	struct admission is = { 0 };
	enum ends end = read_awaited(a->awaited, &is);

	if (end != ENDS_ok)
		return end;
	v->asked = true;
	end = read_proof(a, WIRE_SPAN(r->vm_id), &is, &v->opened);
	v->opened = v->opened &&
	    span_equal(SPAN(is.ak_name), SPAN(r->ak.name)) &&
	    span_equal(SPAN(is.ek), SPAN(r->ek_digest));
	return end;
}

enum ends
vm_put_proven(const struct args *a, const char *vm, struct map_maker *m)
{
	struct admission is = { 0 };
	bool good = false;
	enum ends end = read_awaited(a->awaited, &is);

	if (end != ENDS_ok)
		return end;
	if (is.vm.len > 0 && !span_equal(WIRE_SPAN(is.vm), span_text(vm))) {
		log_line("%s: the challenge was of %s, not of %s", a->awaited,
		    is.vm.at, vm);
		return ENDS_no;
	}
	if ((end = read_proof(a, span_text(vm), &is, &good)) != ENDS_ok)
		return end;
	if (!good) {
		log_line("%s: not the proof that is awaited of %s", a->proof,
		    vm);
		return ENDS_no;
	}
	if (is.any_time)
		log_line("the challenge was made whatever times the "
		    "certificate has (--any-time); the act does not say so: "
		    "tell those who are to approve it");
	map_put_bytes(m, "ak", SPAN(is.ak_name));
	map_put_bytes(m, "ek", SPAN(is.ek));
	map_put_bytes(m, "proof", SPAN(is.want));
	return ENDS_ok;
}
