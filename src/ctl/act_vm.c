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
	sheet_bool(s, "proven|proposed by one who saw it opened",
	    map_find(act->arguments, "proof", &e) == ERR_OK);
	if (!v->there) {
		sheet_tell(s, "note", "whose TPM that is can be seen with "
		    "its request: see --vm-request");
		return;
	}
	sheet_open(s, "tpm|the TPM", SHEET_MAP);
	sheet_bool(s, "named|the act's domain and keys", v->named);
	sheet_bool(s, "keys|keys that can be an EK and an AK", v->keys);
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

enum ends
vm_put_proven(const struct args *a, const char *vm, struct map_maker *m)
{
	struct input in OWNED(input_drop) = { 0 };
	struct admission is;
	enum ends end = read_awaited(a->awaited, &is);
	enum err e;

	if (end != ENDS_ok)
		return end;
	if ((e = input_read(a->proof, ENROL_REQUEST_MAX, false, &in)) !=
	    ERR_OK)
		return ends_of(e);
	if (enrol_check(input_span(&in), span_text(vm), is.want) != ERR_OK) {
		log_line("%s: not the proof that is awaited of %s", a->proof,
		    vm);
		return ENDS_no;
	}
	map_put_bytes(m, "ak", SPAN(is.ak_name));
	map_put_bytes(m, "ek", SPAN(is.ek));
	map_put_bytes(m, "proof", SPAN(is.want));
	return ENDS_ok;
}
