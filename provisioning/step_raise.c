/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A new store key, and the end of old approvals.
 *
 *	raise	the state is opened, or nothing is changed
 *		approvals of the new version are taken in; both are good
 *		reseal:	the anchor names a second store object
 *			the journal is rewritten under its key
 *			the anchor names that one alone
 *		the version goes up; the old approvals are dead
 *		the dead are forgotten
 *
 * Killed anywhere, either version starts, or this finishes what was begun.
 */

#include "provisioning/mint.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/selftest.h"
#include "provisioning/mint_file.h"
#include "store/file.h"
#include "tpm/nv.h"

/* ---- the appliance ---- */

/* One that is whole, and that nobody has in use. */
static enum err
open_final(struct mint *m, const struct mint_options *o, struct msg *anchor)
{
	bool final;

	m->options = o;
	TRY(crypto_selftest());
	TRY(mint_either(o, &m->dir, &final));
	if (!final)
		return log_err(ERR_STATE, "the ceremony of %s is not "
		    "finished", o->state);
	if (flock(m->dir, LOCK_EX | LOCK_NB) == -1)
		return log_err(ERR_STATE, "%s: cryptod has it; stop the cell, "
		    "and start its TPM alone", o->state);
	return anchor_read(m->dir, anchor);
}

static void
forget(struct mint *m)
{
	struct mint kept = mint_none;

	kept.dir = GIVE(m->dir, -1);
	kept.attended = GIVE(m->attended, NULL);
	kept.approvals = m->approvals;
	kept.options = m->options;
	mint_drop(m);
	*m = kept;
}

static enum err
open_with(struct mint *m, const struct msg *anchor)
{
	struct secret *key OWNED(secret_drop) = NULL;

	*m->options->blame = MINT_TPM;
	TRY(mint_root(m, anchor, &key));
	*m->options->blame = MINT_SYSTEM;
	return mint_store(m, key);
}

/* What was not settled by a start is not ours to settle. */
static enum err
check_epoch(struct mint *m)
{
	uint64_t now = 0;

	*m->options->blame = MINT_TPM;
	TRY(root_epoch_read(&m->root, &now));
	*m->options->blame = MINT_STATE;
	return store_epoch(m->store) == now ? ERR_OK : log_err(ERR_STATE,
	    "the state is of epoch %llu, the TPM of %llu: start and stop "
	    "cryptod first", (unsigned long long)store_epoch(m->store),
	    (unsigned long long)now);
}

/* ---- reseal ---- */

/* A stop stays one; what was not stopped stays unclean. */
static enum err
put_entry(struct mint *m, const char *action, const char *target)
{
	const bool stopped = m->state->stopped;
	const struct moment now = clock_now();
	struct msg r = { .type = MSG_mark };

	TRY(mint_note(m, action, target, (struct span){ }));
	r.mark.kind = stopped ? WIRE_mark_stop : WIRE_mark_commit;
	r.mark.wall = now.wall;
	r.mark.boot = now.boot_ms / 1000;
	TRY(store_put(m->store, &r));
	return store_commit(m->store);
}

static enum err
rewrite(struct mint *m, const struct secret *key, const char *action,
    const char *target)
{
	uint64_t synced;

	TRY(mint_open_log(m));
	TRY(put_entry(m, action, target));
	TRY(segments_sync(m->segments, &synced));
	return store_rekey(m->store, secret_span(key), synced);
}

/* True in *done if the journal was rewritten already. */
static enum err
take_up(struct mint *m, struct msg *anchor, bool *done)
{
	struct msg next = *anchor;

	*done = false;
	if (!anchor->anchor.has_next_pub)
		return ERR_OK;
	TRY(mint_attended(m, next.anchor.attended));
	root_resealed(&next.anchor);
	*done = open_with(m, &next) == ERR_OK;
	if (*done)
		return anchor_write(m->dir, &next);
	forget(m);
	anchor->anchor.has_next_pub = anchor->anchor.has_next_priv =
	    anchor->anchor.has_next_made = false;
	return ERR_OK;
}

static enum err
reseal(struct mint *m, struct msg *anchor, const char *action,
    const char *target)
{
	struct secret *key OWNED(secret_drop) = NULL;
	struct approvals approvals;
	struct root_source from = { .anchor = &anchor->anchor,
	    .approvals = &approvals };
	bool done;

	TRY(take_up(m, anchor, &done));
	if (!done) {
		TRY(open_with(m, anchor));
		TRY(check_epoch(m));
	}
	if (m->approvals != NULL)
		TRY(approvals_write(m->dir, m->approvals));
	if (done)
		return ERR_OK;
	TRY(approvals_read(m->dir, NULL, &approvals));
	from.attended = m->attended;
	*m->options->blame = MINT_TPM;
	TRY(root_reseal(&m->root, &from, m->drbg, &anchor->anchor, &key));
	*m->options->blame = MINT_SYSTEM;
	TRY(anchor_write(m->dir, anchor));
	TRY(rewrite(m, key, action, target));
	root_resealed(&anchor->anchor);
	return anchor_write(m->dir, anchor);
}

enum err
step_reseal(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	struct msg anchor = { 0 };

	TRY(open_final(&m, o, &anchor));
	TRY(reseal(&m, &anchor, "provision.reseal", NULL));
	printf("reseal: the state is under a new store key\n");
	return ERR_OK;
}

/* ---- raise ---- */

static const struct approval *
find(const struct approvals *a, enum tpm_policy kind, uint64_t version)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->at[i].a.policy == kind && a->at[i].a.version == version)
			return &a->at[i];
	return NULL;
}

/* The step from some version, and what is to be good after it. */
static enum err
check_brought(const struct approvals *a, const struct approval **step)
{
	*step = NULL;
	for (size_t i = 0; i < a->count; i++)
		if (a->at[i].a.policy == TPM_POLICY_RAISE)
			*step = &a->at[i];
	if (*step == NULL)
		return log_err(ERR_MALFORMED, "these approve no raise");
	return find(a, TPM_POLICY_UNSEAL, (*step)->a.version + 1) != NULL &&
	    find(a, TPM_POLICY_USE, (*step)->a.version + 1) != NULL ?
	    ERR_OK : log_err(ERR_MALFORMED, "these approve a raise, and "
	    "nothing that could start after it");
}

static enum err
read_version(const struct mint_options *o, const struct msg *anchor,
    uint64_t *version)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	struct tpm_point point;
	struct tpm_name srk;
	struct cose_key k;

	TRY(cose_key_decode(WIRE_SPAN(anchor->anchor.k), &k));
	point = approvals_point(&k);
	TRY(tpm_open(o->tcti, &tpm));
	TRY(tpm_srk_create(tpm, &srk));
	return tpm_version_read(tpm, &point, version);
}

/* What is there and still good, with what was brought. */
static enum err
merge(struct mint *m, const struct approvals *brought, uint64_t version,
    struct approvals *out)
{
	size_t taken;

	TRY(approvals_read(m->dir, &brought->k, out));
	approvals_prune(out, version);
	return approvals_merge(out, brought, &taken);
}

static enum err
raise_once(struct mint *m, struct msg *anchor, const struct approval *step,
    uint64_t *version)
{
	char target[24];

	snprintf(target, sizeof(target), "%llu",
	    (unsigned long long)step->a.version + 1);
	TRY(reseal(m, anchor, "provision.raise", target));
	*m->options->blame = MINT_TPM;
	return tpm_version_raise(m->root.tpm, &m->root.k, &step->a, version);
}

enum err
step_raise(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	int lock OWNED(fd_drop) = -1;
	const struct approval *step = NULL;
	struct approvals brought, all;
	uint64_t version = 0;
	struct msg anchor = { 0 };

	TRY(mint_approvals(o, &brought));
	TRY(check_brought(&brought, &step));
	TRY(open_final(&m, o, &anchor));
	TRY(file_lock(m.dir, "approvals.lock", &lock));
	*o->blame = MINT_TPM;
	TRY(read_version(o, &anchor, &version));
	*o->blame = MINT_STATE;
	if (version != step->a.version && version != step->a.version + 1)
		return log_err(ERR_STATE, "they raise version %llu; the TPM "
		    "is at %llu", (unsigned long long)step->a.version,
		    (unsigned long long)version);
	TRY(merge(&m, &brought, version, &all));
	m.approvals = &all;
	if (version == step->a.version)
		TRY(raise_once(&m, &anchor, step, &version));
	*o->blame = MINT_SYSTEM;
	approvals_prune(&all, version);
	TRY(approvals_write(m.dir, &all));
	printf("raise: the version is %llu, the state under a new store key; "
	    "reset the TPM now, with it older approvals are of no use any "
	    "more\n", (unsigned long long)version);
	return ERR_OK;
}
