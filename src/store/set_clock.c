/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Officers have said what time it is, and it may be long before what was
 * taken for it: nobody is to wait for that time to come.  What was spent is
 * spent.
 */

#include "store/find.h"
#include "store/state_int.h"

#define DAY 86400
#define TIME_LEN 8
#define WIDEST 10	/* window of codes, in steps */

/* A start that was not clean spends the codes of its time unseen; these are
 * now those of this time, and none that was accepted before. */
static void
lower_floor(struct msg_device *row, uint64_t wall)
{
	uint64_t floor = wall / row->step + row->offset - STATE_OFFSET_BIAS +
	    WIDEST;

	if (!row->has_spent)
		return;
	if (floor < row->spent)
		floor = row->spent;
	if (floor < row->floor)
		row->floor = floor;
}

/* They count as failures of this moment. */
static void
pull_failures(struct msg_failures *row, uint64_t wall)
{
	uint8_t now[TIME_LEN];

	for (size_t i = 0; i < TIME_LEN; i++)
		now[i] = (uint8_t)(wall >> (56 - 8 * i));
	for (size_t i = 0; i < row->times.len / TIME_LEN; i++)
		if (failures_at(row, i) > wall)
			memcpy(row->times.at + i * TIME_LEN, now, TIME_LEN);
	if (row->wait_until > wall)
		row->wait_until = wall;
}

void
state_set_clock(struct state *s, uint64_t wall)
{
	s->wall = wall;
	s->tpm = (struct msg_mark){ 0 };
	if (s->steps.day > wall / DAY)
		s->steps.day = wall / DAY;
	for (size_t i = 0; i < s->ndevices; i++)
		lower_floor(&s->devices[i].row, wall);
	for (size_t i = 0; i < s->nfailures; i++)
		pull_failures(&s->failures[i], wall);
}
