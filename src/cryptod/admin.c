/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/admin.h"

#include "base/log.h"

enum reason
admin_recovery(const struct cryptod *d)
{
	return d->state == SERVING ? cryptod_clock(d, clock_now()) : d->why;
}

uint64_t
admin_counter(const struct cryptod *d)
{
	return d->step.counter;
}

/* Of what is in the way, officers can take away so much. */
static bool
is_theirs(enum reason why)
{
	return why == REASON_none || why == REASON_state_rolled_back ||
	    why == REASON_clock_back || why == REASON_clock_behind ||
	    why == REASON_clock_tpm || why == REASON_clock_jumped;
}

enum reason
admin_may(const struct cryptod *d)
{
	const enum reason why = admin_recovery(d);
	const uint64_t now = clock_now().wall;

	if (!is_theirs(why))
		return why;
	if (why == REASON_none &&
	    (state_signer(d->tables, WIRE_use_token, now) == NULL ||
	    state_signer(d->tables, WIRE_use_audit, now) == NULL))
		return REASON_key_expired;
	return REASON_none;
}

enum err
admin_take(struct cryptod *d, const struct deed *deed)
{
	const struct rotate r = cryptod_rotation(d, clock_now().wall);

	d->deeds |= 1u << deed->kind;
	switch (deed->kind) {
	case DEED_ACCEPT_ROLLBACK:
		step_accept(d);
		return ERR_OK;
	case DEED_SET_CLOCK:
		return cryptod_mark(d, WIRE_mark_clock);
	case DEED_ROTATE_KEY:
		return rotate_early(&r, deed->use);
	case DEED_REVOKE_KEY:
		return rotate_revoke(&r, WIRE_SPAN(deed->kid));
	case DEED_OPEN_CHANNEL:
	case DEED_SET_ACL:
	case DEED_SET_OPERATOR:
	case DEED_ENROL_VM:
	case DEED_ACCEPT_VM:
	case DEED_NONE:
		break;
	}
	return ERR_OK;
}

static enum err
follow(struct cryptod *d, enum deed_kind deed)
{
	switch (deed) {
	case DEED_ACCEPT_ROLLBACK:
		return cryptod_resume(d);
	case DEED_SET_CLOCK:
		log_line("officers have said that the clock is right");
		if (d->state != SERVING)
			return cryptod_resume(d);
		d->started = clock_now();
		return cryptod_rotate(d);
	case DEED_ROTATE_KEY:
	case DEED_REVOKE_KEY:
	case DEED_SET_ACL:		/* its floor is in the metadata */
		publish_soon(d);
		return ERR_OK;
	case DEED_OPEN_CHANNEL:
	case DEED_SET_OPERATOR:
	case DEED_ENROL_VM:
	case DEED_ACCEPT_VM:
	case DEED_NONE:
		break;
	}
	return ERR_OK;
}

enum err
admin_did(struct cryptod *d, unsigned deeds)
{
	for (enum deed_kind kind = 0; deeds >> kind != 0; kind++)
		if ((deeds >> kind & 1) != 0)
			TRY(follow(d, kind));
	return ERR_OK;
}

enum err
admin_detail(const struct view *v, const struct effects *fx,
    struct debt *debt, struct msg_admin_resp *out)
{
	struct map_maker map;

	map_begin(&map);
	map_put_uint(&map, "epoch", v->counter);
	if (fx->deed.kind == DEED_SET_ACL)
		map_put_uint(&map, "policy_version",
		    v->state->appliance.policy_version);
	if (fx->act.decoded) {
		map_put_uint(&map, "approvals", fx->act.approvals);
		map_put_uint(&map, "quorum", v->state->acts.quorum);
	}
	if (fx->act.line != 0)
		map_put_uint(&map, "line", fx->act.line);
	out->has_detail = true;
	return map_end(&map, debt->detail, sizeof(debt->detail),
	    &out->detail);
}
