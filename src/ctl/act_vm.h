/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_ACT_VM_H
#define CTL_ACT_VM_H

/*
 * Whose TPM it is that officers are to enrol: a domain's request
 * (attest/enrol.h) looked at by a child of this process, and the challenge by
 * which the one who proposes the act has the TPM prove that it has both keys.
 *
 * Knows attest, enforce/ek_apart.h.  Does not know cryptod.
 */

#include "attest/enrol.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/sheet.h"
#include "enforce/ek_apart.h"
#include "wire/map.h"

struct vm_look {
	struct input		 in;
	bool			 there;		/* a request was looked at */
	bool			 keys;		/* can be what they have to */
	bool			 named;		/* by the act */
	bool			 asked;		/* by whoever looks at it */
	bool			 opened;	/* what he asked */
	struct enrol_request	 request;
	struct ek_said		 said;
};

/* Look at a request; to be dropped in any case.  Each fault of the file is one
 * line; what there is to say against the TPM is none. */
enum ends vm_look(const struct args *a, const char *path,
    struct vm_look *out);
void vm_look_drop(struct vm_look *v);

/* Is it the TPM of this act? */
void vm_look_compare(struct vm_look *v, const struct msg_act *act);

/* Was a challenge of his own (--awaited, --proof) opened by that TPM? */
enum ends vm_look_asked(const struct args *a, struct vm_look *v);

/* A line for the first thing against it; made for one that was looked at. */
enum ends vm_look_good(const struct vm_look *v);

/* Who says whose the endorsement key is; into the map that is open. */
void vm_look_certificate(struct sheet *s, const struct ek_said *said);

/* What is known of an act's TPM; into the map that is open. */
void vm_look_show(struct sheet *s, const struct vm_look *v,
    const struct msg_act *act);

/* Is it about a TPM? */
bool vm_is_act(const struct msg_act *act);

/* The keys that a challenge was made for and its proof, as arguments. */
enum ends vm_put_proven(const struct args *a, const char *vm,
    struct map_maker *m);

#endif
