/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The officers' tables: who they are, which acts were carried out, and which
 * TPM speaks for a domain, which is theirs to change. */

#include "store/find.h"
#include "store/state_int.h"

static bool
has_key(const struct state *s, struct span key)
{
	for (size_t i = 0; i < s->nofficers; i++)
		if (span_equal(WIRE_SPAN(s->officers[i].key), key))
			return true;
	return false;
}

/* Who they are is settled when the quorum is; one name is one key. */
enum err
state_officer(struct state *s, const struct msg *m)
{
	const struct msg_officer *new = &m->officer;
	const struct msg_officer *old = state_officer_named(s,
	    WIRE_SPAN(new->officer_id));
	struct msg_officer *row;

	if (old != NULL || s->has_acts || has_key(s, WIRE_SPAN(new->key)))
		return ERR_STATE;
	if ((row = ROW(s, officers, old, STATE_OFFICERS)) == NULL)
		return ERR_LIMIT;
	*row = *new;
	return ERR_OK;
}

enum err
state_acts(struct state *s, const struct msg *m)
{
	const struct msg_acts *new = &m->acts;

	if (new->quorum > s->nofficers || (s->has_acts &&
	    (new->quorum != s->acts.quorum ||
	    new->acts_from < s->acts.acts_from)))
		return ERR_STATE;
	s->acts = *new;
	s->has_acts = true;
	return ERR_OK;
}

/* No epoch to come can be good for it, so it need not be remembered. */
static bool
is_past(const struct msg_spent *row, uint64_t counter)
{
	return counter > STATE_ACT_EPOCHS &&
	    row->epoch < counter - STATE_ACT_EPOCHS;
}

/* The rows stay in the order in which they came, for a snapshot to be taken
 * in the same one. */
static void
forget_past(struct state *s, uint64_t counter)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nspent; i++)
		if (!is_past(&s->spent[i], counter))
			s->spent[kept++] = s->spent[i];
	s->nspent = kept;
}

static size_t
count_past(const struct state *s, uint64_t counter)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nspent; i++)
		n += is_past(&s->spent[i], counter);
	return n;
}

enum err
state_spent(struct state *s, const struct msg *m)
{
	const struct msg_spent *new = &m->spent;

	if (state_act_spent(s, WIRE_SPAN(new->act_id)) ||
	    (s->nspent > 0 &&
	    new->counter < s->spent[s->nspent - 1].counter))
		return ERR_STATE;
	if (s->nspent - count_past(s, new->counter) == STATE_SPENT)
		return ERR_LIMIT;
	forget_past(s, new->counter);
	s->spent[s->nspent++] = *new;
	return ERR_OK;
}

static bool
is_enrolled(const struct state *s, struct span ak_name)
{
	for (size_t i = 0; i < s->nvms; i++)
		if (span_equal(WIRE_SPAN(s->vms[i].ak_name), ak_name))
			return true;
	return false;
}

/* One AK speaks for one domain; another one for it takes officers, whoever
 * else writes records.  Whose EK it may be is for who decides
 * (state_vm_clash()): what was good once is read back for ever. */
enum err
state_enrol(struct state *s, const struct msg *m)
{
	const struct msg_vm *new = &m->vm;
	const struct msg_vm *old = state_vm(s, WIRE_SPAN(new->vm_id));
	struct msg_vm *row;

	if (is_enrolled(s, WIRE_SPAN(new->ak_name)) || (old != NULL &&
	    !span_equal(WIRE_SPAN(new->by), span_text("officers"))))
		return ERR_STATE;
	if ((row = ROW(s, vms, old, STATE_VMS)) == NULL)
		return ERR_LIMIT;
	*row = *new;
	return ERR_OK;
}

static bool
went_back(const struct msg_vm *old, const struct msg_appraised *new)
{
	return old->has_reset && (new->reset < old->reset ||
	    (new->reset == old->reset && (new->clock < old->clock ||
	    new->restart < old->restart)));
}

/* A TPM's time does not go back, but to where officers accept it; who has
 * another one was enrolled anew.  What they accepted ends there, or when the
 * TPM is past it. */
enum err
state_appraised(struct state *s, const struct msg *m)
{
	const struct msg_appraised *new = &m->appraised;
	const struct msg_vm *old = state_vm(s, WIRE_SPAN(new->vm_id));
	struct msg_vm *row;

	if (old == NULL)
		return ERR_NOT_FOUND;
	if (went_back(old, new) && !(old->has_accept &&
	    old->accept == new->reset))
		return ERR_STATE;
	row = &s->vms[old - s->vms];
	row->has_clock = row->has_reset = row->has_restart =
	    row->has_unsafe = true;
	row->clock = new->clock;
	row->reset = new->reset;
	row->restart = new->restart;
	row->unsafe = new->unsafe;
	row->has_accept = row->has_accept && row->accept > new->reset;
	return ERR_OK;
}

/* Of a TPM that was never seen anything is believed as it is. */
enum err
state_accepted(struct state *s, const struct msg *m)
{
	const struct msg_vm *old = state_vm(s, WIRE_SPAN(m->accepted.vm_id));
	struct msg_vm *row;

	if (old == NULL)
		return ERR_NOT_FOUND;
	if (!old->has_reset)
		return ERR_STATE;
	row = &s->vms[old - s->vms];
	row->has_accept = true;
	row->accept = m->accepted.reset;
	return ERR_OK;
}

enum err
state_trusted(struct state *s, const struct msg *m)
{
	if (m->trusted.version <= s->trusted.version)
		return ERR_STATE;
	s->trusted = m->trusted;
	return ERR_OK;
}
