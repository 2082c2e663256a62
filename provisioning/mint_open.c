/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/entry.h"
#include "base/clock.h"
#include "base/log.h"
#include "provisioning/mint_file.h"
#include "store/file.h"
#include "store/find.h"

const struct mint mint_none = { .dir = -1, .audit_dir = -1 };

void
mint_drop(struct mint *m)
{
	store_drop(&m->store);
	segments_drop(&m->segments);
	state_drop(&m->state);
	drbg_drop(&m->drbg);
	secret_drop(&m->attended);
	root_drop(&m->root);
	fd_drop(&m->audit_dir);
	fd_drop(&m->dir);
}

static enum err
make_dir(const char *path)
{
	char parent[MINT_PATH];
	int fd OWNED(fd_drop) = -1;

	if (mkdir(path, 0700) == -1)
		return errno == EEXIST ? ERR_OK : log_errno("make %s", path);
	TRY(mint_parent(path, parent));
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd != -1 ? file_sync_dir(fd) : log_errno("open %s", parent);
}

enum err
mint_path(const struct mint_options *o, char out[static MINT_PATH])
{
	int n = snprintf(out, MINT_PATH, "%s.ceremony", o->state);

	if (n >= MINT_PATH || o->state[strlen(o->state) - 1] == '/')
		return log_err(ERR_MALFORMED, "--state %s: too long, or it "
		    "ends in /", o->state);
	return ERR_OK;
}

static enum err
lock_dir(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return log_errno("%s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return log_err(ERR_STATE, "%s: it must belong to uid %u and "
		    "be closed to everyone else", path, (unsigned)geteuid());
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		return log_err(ERR_STATE, "%s: another step of a ceremony is "
		    "at work there", path);
	return ERR_OK;
}

enum err
mint_dir(const struct mint_options *o, bool make, int *dir)
{
	char path[MINT_PATH];
	int fd OWNED(fd_drop) = -1;
	struct stat st;

	*o->blame = MINT_STATE;
	TRY(mint_path(o, path));
	if (lstat(o->state, &st) == 0)
		return log_err(ERR_STATE, "%s: there is a state already; it "
		    "was not touched", o->state);
	*o->blame = MINT_SYSTEM;
	if (make)
		TRY(make_dir(path));
	*o->blame = MINT_STATE;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return log_err(ERR_STATE, "%s: %s; the first step of a "
		    "ceremony is claim", path, strerror(errno));
	TRY(lock_dir(path, fd));
	*dir = GIVE(fd, -1);
	return ERR_OK;
}

enum err
mint_either(const struct mint_options *o, int *dir, bool *final)
{
	struct stat st;

	*final = lstat(o->state, &st) == 0;
	if (!*final)
		return mint_dir(o, false, dir);
	*o->blame = MINT_STATE;
	*dir = open(o->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
	    O_NOFOLLOW);
	return *dir != -1 ? ERR_OK : log_err(ERR_STATE, "%s: %s", o->state,
	    strerror(errno));
}

enum err
mint_journal(const struct mint *m, const struct secret *store_key,
    uint8_t appliance[static JOURNAL_APPLIANCE_LEN],
    struct journal_setup *out)
{
	TRY(cose_key_thumbprint(&m->root.signer.key, appliance));
	*out = (struct journal_setup){
		.dir = m->dir,
		.key = secret_span(store_key),
		.appliance = { appliance, JOURNAL_APPLIANCE_LEN },
		.drbg = m->drbg,
	};
	return ERR_OK;
}

enum err
mint_root(struct mint *m, const struct msg *anchor, struct secret **store_key)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	struct approvals approvals;
	struct cose_key k;
	enum err e;

	TRY(mint_attended(m, anchor->anchor.attended));
	TRY(cose_key_decode(WIRE_SPAN(anchor->anchor.k), &k));
	if (m->approvals == NULL)
		TRY(approvals_read(m->dir, &k, &approvals));
	TRY(tpm_open(m->options->tcti, &tpm));
	e = root_open(&tpm, &(struct root_source){
	    .anchor = &anchor->anchor, .attended = m->attended,
	    .approvals = m->approvals != NULL ? m->approvals : &approvals,
	    }, &m->root, store_key);
	if (m->root.mistyped)
		*m->options->blame = MINT_CODE;
	TRY(e);
	return root_drbg(&m->root, &m->drbg);
}

enum err
mint_store(struct mint *m, const struct secret *store_key)
{
	uint8_t appliance[JOURNAL_APPLIANCE_LEN];
	struct journal_setup setup;
	struct journal_report report;
	enum err e;

	TRY(mint_journal(m, store_key, appliance, &setup));
	TRY(state_new(&m->state));
	e = store_open(&setup, m->state, &m->store, &report);
	return e == ERR_OK ? ERR_OK : log_err(e, "%s: the journal does not "
	    "open (%s)", m->options->state, err_name(e));
}

enum err
mint_open_log(struct mint *m)
{
	const struct key *k = state_signer(m->state, WIRE_use_audit,
	    clock_now().wall);

	if (k == NULL)
		return log_err(ERR_STATE, "there is no audit key for now: is "
		    "the clock right?");
	TRY(signer_ed25519(k->seed, &m->audit));
	if (mkdirat(m->dir, "audit", 0700) == -1 && errno != EEXIST)
		return log_errno("make audit");
	m->audit_dir = openat(m->dir, "audit",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (m->audit_dir == -1)
		return log_errno("open audit");
	TRY(segments_open(m->audit_dir, &m->segments));
	TRY(segments_follow(m->segments, m->store, m->state));
	store_on_entry(m->store, segments_take, m->segments);
	return ERR_OK;
}

enum err
mint_open(struct mint *m, const struct mint_options *o)
{
	struct secret *store_key OWNED(secret_drop) = NULL;
	struct msg anchor;
	enum err e;

	m->options = o;
	TRY(mint_dir(o, false, &m->dir));
	e = anchor_read(m->dir, &anchor);
	if (e == ERR_NOT_FOUND)
		return log_err(ERR_STATE, "%s.ceremony: keys has not been "
		    "done to its end", o->state);
	TRY(e);
	*o->blame = MINT_TPM;
	TRY(mint_root(m, &anchor, &store_key));
	*o->blame = MINT_SYSTEM;
	TRY(mint_store(m, store_key));
	return mint_open_log(m);
}

enum err
mint_note(struct mint *m, const char *action, const char *target,
    struct span metadata)
{
	const struct audit_event event = {
		.actor = span_text("ceremony"),
		.action = span_text(action),
		.target = target != NULL ? span_text(target) :
		    (struct span){ 0 },
		.result = span_text("ok"),
		.metadata = metadata,
		.now = clock_now().wall,
	};
	uint8_t body[AUDIT_BODY_MAX];
	struct msg entry;

	TRY(audit_entry(m->state, &event, &m->audit, m->drbg, body, &entry));
	return store_put(m->store, &entry);
}

enum err
mint_commit(struct mint *m, const char *action, const char *target)
{
	TRY(mint_note(m, action, target, (struct span){ }));
	return store_commit(m->store);
}

struct wanted {
	struct span	action, target;
	bool		found;
};

static enum err
compare(void *self, uint64_t sequence, struct span body)
{
	struct wanted *w = self;
	struct msg m;

	(void)sequence;
	TRY(wire_decode_object(MSG_audit_log, body, &m));
	if (span_equal(WIRE_SPAN(m.audit_log.action), w->action) &&
	    m.audit_log.has_target &&
	    span_equal(WIRE_SPAN(m.audit_log.target), w->target))
		w->found = true;
	return ERR_OK;
}

enum err
mint_logged(struct mint *m, const char *action, const char *target, bool *yes)
{
	struct wanted w = { span_text(action), span_text(target), false };

	TRY(store_entries(m->store, 1, compare, &w));
	*yes = w.found;
	return ERR_OK;
}
