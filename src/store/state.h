/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_STATE_H
#define STORE_STATE_H

/*
 * What the appliance knows: bounded tables, each row the RECORD of
 * wire/records.def that made it.
 *
 * state_apply() is the only way in which it changes, and it refuses a record
 * that would break what must hold: a floor or a version never goes down, the
 * audit log rises by one and chains, a device has its operator.  A record is
 * applied as a whole or not at all.  Secrets lie in a struct secret each; in
 * the rows their bytes are zero.
 *
 * Rows are to be read, and to be found with the functions of store/find.h;
 * pointers to them are good until the next state_apply().
 *
 * Knows base, crypto and wire.  Does not know time, files or requests.
 */

#include "base/err.h"
#include "base/secret.h"
#include "store/seen.h"
#include "wire/wire.h"

#define STATE_OPERATORS 64
#define STATE_DEVICES 256
#define STATE_RULES 512
#define STATE_KEYS 16
#define STATE_SECRETS 16
#define STATE_OFFICERS 16
#define STATE_VMS 64
#define STATE_SPENT 256			/* acts; see STATE_ACT_EPOCHS */
#define STATE_FAILURES 2080		/* 32 channels, 64 operators and "" */

#define STATE_OFFSET_BIAS 10		/* of msg_device.offset */

/* An act is good for so many epochs, and for no longer is it remembered that
 * it was spent.  Each that is carried out is an epoch of its own, so there is
 * room for all of them. */
#define STATE_ACT_EPOCHS 200

struct device {
	struct msg_device	 row;
	struct secret		*secret;
};

struct key {
	struct msg_key		 row;
	struct secret		*seed;
};

struct volume {
	struct msg_secret	 row;
	struct secret		*value;
};

#define STATE_TABLE(type, name, max) \
	size_t n##name; type name[max]

struct state {
	bool			has_appliance;
	struct msg_appliance	appliance;
	uint64_t		wall;		/* the latest that was marked */
	struct msg_mark		mark;		/* the last one */
	struct msg_mark		tpm;		/* with the TPM's Clock */
	bool			stopped;	/* and it was a stop */
	struct msg_steps	steps;		/* zeros: none yet */
	uint64_t		sequence;	/* of the last audit entry */
	uint8_t			head[32];	/* its SHA-256 */
	STATE_TABLE(struct msg_operator, operators, STATE_OPERATORS);
	STATE_TABLE(struct device, devices, STATE_DEVICES);
	STATE_TABLE(struct msg_rule, rules, STATE_RULES);
	STATE_TABLE(struct key, keys, STATE_KEYS);
	STATE_TABLE(struct volume, volumes, STATE_SECRETS);
	STATE_TABLE(struct msg_failures, failures, STATE_FAILURES);
	bool			has_acts;
	struct msg_acts		acts;
	STATE_TABLE(struct msg_officer, officers, STATE_OFFICERS);
	STATE_TABLE(struct msg_spent, spent, STATE_SPENT);
	STATE_TABLE(struct msg_vm, vms, STATE_VMS);
	struct msg_trusted	trusted;	/* version 0: none yet */
	struct seen		seen;
};

/* An empty one, owned by the caller. */
enum err state_new(struct state **out);

/* Wipe and release; *s may be NULL. */
void state_drop(struct state **s);

/* Wipe, to be filled again. */
void state_clear(struct state *s);

/* Let the record have its effect.  STATE if it would break what must hold,
 * NOT_FOUND if a row that it names is not there, LIMIT if its table is full,
 * MALFORMED if it is not a record of the state. */
enum err state_apply(struct state *s, const struct msg *record);

/* Give the records that make the same state out of an empty one, in order.
 * The first error of give is returned; the record is wiped after it. */
enum err state_dump(const struct state *s,
    enum err (*give)(void *self, const struct msg *record), void *self);

#endif
