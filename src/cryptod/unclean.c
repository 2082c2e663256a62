/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a start does that does not follow a clean stop: what came last in this
 * epoch may be lost, failures that were counted, and codes that were accepted
 * without a step.  Of these a clean stop says nothing either: it may be the
 * one before them.
 */

#include "cryptod/cryptod.h"

/* No code that could have been in it is taken again: each device begins
 * behind the window of this moment. */
static enum err
raise_floor(struct cryptod *d, const struct device *dev)
{
	const struct msg_device *row = &dev->row;
	const uint64_t floor = d->started.wall / row->step + row->offset -
	    STATE_OFFSET_BIAS + d->policy.window;
	struct msg m = { .type = MSG_floor };

	if (floor < row->floor)
		return ERR_OK;
	m.floor.operator_id = row->operator_id;
	m.floor.device_id = row->device_id;
	m.floor.offset = row->offset;
	m.floor.floor = floor;
	m.floor.has_restart = m.floor.restart = true;
	return store_put(d->store, &m);
}

static enum err
count_failure(struct cryptod *d, struct span channel, struct span operator_id)
{
	const struct msg_failures *old = state_failures(d->tables, channel,
	    operator_id);
	struct msg m = { .type = MSG_failures };

	if (old != NULL)
		m.failures = *old;
	TRY(WIRE_SET_TEXT(m.failures.channel, channel));
	TRY(WIRE_SET_TEXT(m.failures.operator, operator_id));
	throttle_fail(&m.failures, &d->policy.throttle, d->started.wall);
	return store_put(d->store, &m);
}

/* Whoever can make it forget a failure by stopping it the hard way gains
 * nothing: for everybody, known or not, there is one more. */
static enum err
count_channel(struct cryptod *d, struct span channel)
{
	const struct state *s = d->tables;

	if (!state_rule_any(s, WIRE_rule_channel, channel))
		return ERR_OK;
	TRY(count_failure(d, channel, (struct span){ 0 }));
	for (size_t i = 0; i < s->noperators; i++) {
		const struct span id = WIRE_SPAN(s->operators[i].operator_id);

		if (s->operators[i].enabled && state_rule(s,
		    WIRE_rule_channel, id, channel) != NULL)
			TRY(count_failure(d, channel, id));
	}
	return ERR_OK;
}

enum err
cryptod_raise_floors(struct cryptod *d)
{
	for (size_t i = 0; i < d->tables->ndevices; i++)
		TRY(raise_floor(d, &d->tables->devices[i]));
	return ERR_OK;
}

enum err
cryptod_count_start(struct cryptod *d)
{
	for (size_t i = 0; i < d->settings.nchannels; i++)
		TRY(count_channel(d,
		    span_text(d->settings.channels[i].vm_id)));
	return ERR_OK;
}
