/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_MINT_H
#define PROVISIONING_MINT_H

/*
 * anchorhold-mint, the only program that writes a new state: the steps of a
 * ceremony, one sub-command each.
 *
 * The state grows in STATE.ceremony and becomes STATE when it is whole.  Each
 * step may be killed anywhere and run again: it looks at what is there, does
 * what is missing, and ends where it would have ended.  A STATE that is whole
 * gets new approvals, and with a raise a new store key; nothing else.
 */

#include "anchor/make.h"
#include "audit/segment.h"
#include "store/store.h"

enum mint_exit {
	MINT_DONE = 0,
	MINT_USAGE = 1,		/* the command line, or a file of rules */
	MINT_STATE = 2,		/* there is a state already, or none yet */
	MINT_TPM = 3,
	MINT_SYSTEM = 4,	/* the disk, the volume, the terminal */
	MINT_CODE = 5,		/* a code or an attended secret is not right */
};

/* What the command line says, for whichever step wants it; and what to blame
 * if the step fails from here on, which it says as it goes. */
struct mint_options {
	const char	*state, *tcti;
	const char	*issuer, *acl, *trust;	/* keys; acl; trust, finish */
	const char	*officers[STATE_OFFICERS];	/* officers */
	size_t		 nofficers;
	unsigned	 quorum;
	const char	*operator_id, *device_id;	/* operator */
	const char	*algorithm;
	unsigned	 digits, period;
	int		 uri_fd, code_fd;	/* -1: the terminal */
	const char	*name, *volume;		/* volume */
	int		 passphrase_fd, attend_fd;	/* the same */
	unsigned	 times;			/* attend */
	const char	*approvals, *request;	/* claim, approvals; request */
	const char	*vm, *vm_tcti, *roots, *ak, *challenge, *proof;
	unsigned	 cap, any_time;	/* request, 0: none (and trust); vm */
	enum mint_exit	*blame;
};

/* What a step works on; an empty one is mint_none. */
struct mint {
	const struct mint_options *options;
	int			 dir, audit_dir;
	struct root		 root;
	struct secret		*attended;	/* or NULL */
	const struct approvals	*approvals;	/* for the file's, or NULL */
	struct drbg		*drbg;
	struct store		*store;
	struct state		*state;
	struct segments		*segments;
	struct signer		 audit;
};

extern const struct mint mint_none;

#define MINT_PATH 512

/* STATE.ceremony. */
enum err mint_path(const struct mint_options *o, char out[static MINT_PATH]);

/* Open and lock STATE.ceremony; with make it may be made.  STATE: there is a
 * STATE already, or another step is at work. */
enum err mint_dir(const struct mint_options *o, bool make, int *dir);

/* Open STATE.ceremony, locked, or STATE once there is one, which cryptod may
 * have in use.  *final says which it was. */
enum err mint_either(const struct mint_options *o, int *dir, bool *final);

/* The secret of attended starts, if it was given or is wanted, once; what an
 * anchor opens with it. */
enum err mint_attended(struct mint *m, bool wanted);
enum err mint_root(struct mint *m, const struct msg *anchor,
    struct secret **store_key);

/* The state, which that store key opens. */
enum err mint_store(struct mint *m, const struct secret *store_key);

/* Open what `keys` has made.  STATE: the ceremony has not begun, or is over. */
enum err mint_open(struct mint *m, const struct mint_options *o);
void mint_drop(struct mint *m);

/* What `keys` leaves behind once there is a journal: the audit log and the
 * key that signs it. */
enum err mint_open_log(struct mint *m);

/* Put an audit entry into the store's frame; target may be NULL, and metadata,
 * a map, empty. */
enum err mint_note(struct mint *m, const char *action, const char *target,
    struct span metadata);

/* Commit what a step has put there, with the entry that says so. */
enum err mint_commit(struct mint *m, const char *action, const char *target);

/* True in *yes if there is an entry of this action and target. */
enum err mint_logged(struct mint *m, const char *action, const char *target,
    bool *yes);

/* The journal's setup, of a store key; appliance must live as long. */
enum err mint_journal(const struct mint *m, const struct secret *store_key,
    uint8_t appliance[static JOURNAL_APPLIANCE_LEN],
    struct journal_setup *out);

/* The steps; each says in one line what it did or found done. */
typedef enum err mint_step(const struct mint_options *o);
mint_step step_check, step_claim, step_request, step_approvals, step_keys,
    step_acl, step_officers, step_operator, step_volume, step_vm, step_trust,
    step_vm_request, step_vm_challenge, step_vm_prove, step_vm_admit,
    step_finish, step_reseal, step_raise, step_attend;

#endif
