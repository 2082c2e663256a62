/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/selftest.h"
#include "store/file.h"

/* As long as those that cryptod makes by itself in a day; tokens of the last
 * second are good for their longest time.  A first start that comes later
 * begins with new ones. */
#define SIGN_FOR (2 * 86400)
#define VERIFY_AFTER 300

static void
dir_drop(DIR **d)
{
	if (*d != NULL)
		closedir(*d);
}

static enum err
clear_log(int dir)
{
	DIR *d OWNED(dir_drop) = NULL;
	const struct dirent *e;
	int fd = openat(dir, "audit", O_RDONLY | O_DIRECTORY | O_CLOEXEC |
	    O_NOFOLLOW);

	if (fd == -1)
		return errno == ENOENT ? ERR_OK : log_errno("open audit");
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return log_errno("read audit");
	}
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			TRY(file_remove(fd, e->d_name));
	return file_sync_dir(fd);
}

/* A journal without an anchor opens for nobody any more: the step that made
 * it was killed.  So does what stands beside it. */
static enum err
clear_away(int dir)
{
	static const char *const files[] = {
		"journal", "journal.new",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		TRY(file_remove(dir, files[i]));
	TRY(clear_log(dir));
	return file_sync_dir(dir);
}

static enum err
add_key(struct mint *m, enum wire_use use, uint64_t now)
{
	struct msg k = { .type = MSG_key };
	struct secret *seed OWNED(secret_drop) = NULL;
	struct signer s;
	enum err e;

	TRY(secret_new(32, &seed));
	TRY(drbg_generate(m->drbg, (struct span){ 0 }, secret_expose(seed),
	    secret_len(seed)));
	TRY(signer_ed25519(seed, &s));
	k.key.use = use;
	k.key.state = WIRE_phase_current;
	k.key.not_before = now;
	k.key.sign_until = now + SIGN_FOR;
	k.key.not_after = now + SIGN_FOR + VERIFY_AFTER;
	TRY(WIRE_SET_BYTES(k.key.kid, SPAN(s.kid)));
	TRY(WIRE_SET_BYTES(k.key.seed, secret_span(seed)));
	e = state_apply(m->state, &k);
	wire_wipe(&k);
	return e;
}

/* What the first journal begins with. */
static enum err
fill_state(struct mint *m, const struct msg_anchor *anchor)
{
	const uint64_t now = clock_now().wall;
	struct msg a = { .type = MSG_appliance };

	a.appliance.issuer = anchor->issuer;
	a.appliance.root_key = anchor->root_key;
	a.appliance.created = now;
	TRY(state_new(&m->state));
	TRY(state_apply(m->state, &a));
	TRY(add_key(m, WIRE_use_token, now));
	return add_key(m, WIRE_use_audit, now);
}

/* The anchor comes first, under another name: the epoch's authorisation is in
 * what it names.  That name is gone once there is an appliance. */
static enum err
make_root(struct mint *m, struct msg *anchor, struct secret **store_key)
{
	struct root_plan plan = { .issuer = m->options->issuer };
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	struct approvals approvals;

	TRY(mint_attended(m, false));
	plan.attended = m->attended;
	TRY(approvals_read(m->dir, NULL, &approvals));
	TRY(tpm_open(m->options->tcti, &tpm));
	TRY(root_make(&tpm, &plan, &approvals, anchor, &m->root, store_key));
	TRY(root_drbg(&m->root, &m->drbg));
	return anchor_write_made(m->dir, anchor);
}

static enum err
make_state(struct mint *m, const struct msg *anchor,
    const struct secret *store_key, uint64_t epoch)
{
	uint8_t appliance[JOURNAL_APPLIANCE_LEN];
	struct journal_setup setup;

	TRY(clear_away(m->dir));
	TRY(mint_journal(m, store_key, appliance, &setup));
	setup.epoch = epoch;
	TRY(fill_state(m, &anchor->anchor));
	TRY(store_create(&setup, m->state, &m->store));
	TRY(mint_open_log(m));
	TRY(mint_commit(m, "provision.keys", NULL));
	return anchor_finish(m->dir);
}

static enum err
check_made(const struct mint_options *o, const struct msg_anchor *anchor)
{
	if (strcmp(anchor->issuer.at, o->issuer) != 0)
		return log_err(ERR_STATE, "the ceremony in %s.ceremony was "
		    "begun for the issuer %s", o->state, anchor->issuer.at);
	if (anchor->attended != (o->attend_fd != -1))
		return log_err(ERR_STATE, "the ceremony in %s.ceremony was "
		    "begun for starts that are %s", o->state,
		    anchor->attended ? "attended" : "not attended");
	return ERR_OK;
}

static enum err
check_issuer(const struct mint_options *o, const struct msg_anchor *anchor)
{
	TRY(check_made(o, anchor));
	printf("keys: there already, of %s\n", o->issuer);
	return ERR_OK;
}

enum err
step_keys(const struct mint_options *o)
{
	struct secret *store_key OWNED(secret_drop) = NULL;
	struct mint m OWNED(mint_drop) = mint_none;
	uint64_t epoch = 0;
	struct msg anchor;
	enum err e;

	m.options = o;
	TRY(crypto_selftest());
	TRY(mint_dir(o, false, &m.dir));
	e = anchor_read(m.dir, &anchor);
	if (e != ERR_NOT_FOUND)
		return e == ERR_OK ? check_issuer(o, &anchor.anchor) : e;
	e = anchor_read_made(m.dir, &anchor);
	if (e == ERR_OK)
		TRY(check_made(o, &anchor.anchor));
	*o->blame = MINT_TPM;
	if (e == ERR_NOT_FOUND)
		e = make_root(&m, &anchor, &store_key);
	else if (e == ERR_OK)
		e = mint_root(&m, &anchor, &store_key);
	TRY(e);
	TRY(root_count(&m.root, &epoch));
	*o->blame = MINT_SYSTEM;
	TRY(make_state(&m, &anchor, store_key, epoch));
	printf("keys: root key, store key and epoch %llu in the TPM; token "
	    "and audit key of %s\n", (unsigned long long)epoch, o->issuer);
	return ERR_OK;
}
