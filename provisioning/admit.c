/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/admit.h"

#include "base/clock.h"
#include "base/log.h"
#include "enforce/ek_apart.h"
#include "store/find.h"

#define CHALLENGED "provision.vm.challenge"
#define ENROLLED "provision.vm"

enum err
admit_look(const struct mint_options *o, struct span request,
    struct enrol_request *out)
{
	const enum err e = enrol_request_read(request, out);

	*o->blame = MINT_TPM;
	if (e != ERR_OK)
		return log_err(e, e == ERR_DENIED ? "the request names keys "
		    "that are not an endorsement and an attestation key" :
		    "that is no request to be enrolled");
	if (!span_equal(WIRE_SPAN(out->vm_id), span_text(o->vm)))
		return log_err(ERR_DENIED, "the request is of %s, not %s",
		    out->vm_id.at, o->vm);
	return ek_judge_apart(o->roots, out->certificate, &out->ek,
	    o->any_time != 0 ? X509_ANY_TIME : (int64_t)clock_now().wall);
}

enum err
admit_challenge(const struct mint_options *o, const struct enrol_request *r,
    struct enrol_challenge *c, struct admission *out)
{
	out->any_time = o->any_time != 0;
	return admission_draw(r, clock_now().wall, c, out);
}

enum err
admit_await(struct mint *m, const struct admission *a)
{
	uint8_t room[ADMISSION_MAX];
	struct span metadata;

	TRY(admission_write(a, room, &metadata));
	TRY(mint_note(m, CHALLENGED, m->options->vm, metadata));
	return store_commit(m->store);
}

struct search {
	struct span		 vm_id;
	bool			 found;
	struct admission	*out;
};

/* The last word on this domain: challenged, or enrolled since. */
static enum err
follow(void *self, uint64_t sequence, struct span body)
{
	struct search *s = self;
	struct msg m;
	struct span action;

	(void)sequence;
	TRY(wire_decode_object(MSG_audit_log, body, &m));
	action = WIRE_SPAN(m.audit_log.action);
	if (!m.audit_log.has_target ||
	    !span_equal(WIRE_SPAN(m.audit_log.target), s->vm_id))
		return ERR_OK;
	if (span_equal(action, span_text(ENROLLED)))
		s->found = false;
	if (!span_equal(action, span_text(CHALLENGED)))
		return ERR_OK;
	s->found = true;
	return admission_read(m.audit_log.metadata, s->out);
}

enum err
admit_awaited(struct mint *m, struct admission *out)
{
	struct search s = { span_text(m->options->vm), false, out };

	TRY(store_entries(m->store, 1, follow, &s));
	*m->options->blame = MINT_USAGE;
	if (!s.found)
		return log_err(ERR_STATE, "no proof is awaited of %s",
		    m->options->vm);
	return clock_now().wall < out->until ? ERR_OK : log_err(ERR_STATE,
	    "the challenge for %s is older than a day: make another",
	    m->options->vm);
}

static enum err
fill_vm(const char *id, const struct admission *a, struct msg_vm *out)
{
	*out = (struct msg_vm){ .since = clock_now().wall };
	TRY(WIRE_SET_TEXT(out->by, span_text("ceremony")));
	TRY(WIRE_SET_TEXT(out->vm_id, span_text(id)));
	TRY(WIRE_SET_BYTES(out->ak_name, SPAN(a->ak_name)));
	return WIRE_SET_BYTES(out->ek, SPAN(a->ek));
}

enum err
admit_compare(const struct mint *m, const struct admission *a, bool *there)
{
	const char *id = m->options->vm;
	const struct msg_vm *has = state_vm(m->state, span_text(id));
	const struct msg_vm *clash;
	struct msg_vm vm;

	*m->options->blame = MINT_USAGE;
	TRY(fill_vm(id, a, &vm));
	*there = has != NULL && span_equal(WIRE_SPAN(has->ak_name),
	    SPAN(a->ak_name)) && span_equal(WIRE_SPAN(has->ek), SPAN(a->ek));
	if (*there)
		return ERR_OK;
	if (has != NULL)
		return log_err(ERR_STATE, "%s has a TPM already: only the "
		    "officers give it another (vm-replace)", id);
	clash = state_vm_clash(m->state, &vm);
	return clash == NULL ? ERR_OK : log_err(ERR_STATE,
	    "that TPM is the one of %.*s", (int)clash->vm_id.len,
	    (const char *)clash->vm_id.at);
}

enum err
admit_record(struct mint *m, const struct admission *a)
{
	const char *id = m->options->vm;
	struct msg r = { .type = MSG_vm };

	*m->options->blame = MINT_SYSTEM;
	TRY(fill_vm(id, a, &r.vm));
	TRY(store_put(m->store, &r));
	if (a->any_time)
		TRY(mint_note(m, "provision.vm.any-time", id,
		    (struct span){ }));
	return mint_commit(m, ENROLLED, id);
}
