/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/mint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "anchor/publish.h"
#include "base/clock.h"
#include "base/log.h"
#include "provisioning/mint_file.h"
#include "provisioning/trust.h"
#include "store/file.h"

/* The last commit: what is published gets its version, and the journal ends
 * as after a clean stop. */
static enum err
close_journal(struct mint *m)
{
	const struct moment now = clock_now();
	struct msg r = { .type = MSG_appliance };

	if (m->state->stopped)
		return ERR_OK;
	r.appliance = m->state->appliance;
	r.appliance.metadata_version++;
	TRY(store_put(m->store, &r));
	TRY(mint_note(m, "provision.finish", NULL, (struct span){ }));
	r = (struct msg){ .type = MSG_mark };
	r.mark.kind = WIRE_mark_stop;
	r.mark.wall = now.wall;
	r.mark.boot = now.boot_ms / 1000;
	TRY(store_put(m->store, &r));
	return store_commit(m->store);
}

static enum err
publish(struct mint *m)
{
	const uint64_t now = clock_now().wall;
	struct published made;
	uint64_t synced;

	TRY(segments_sync(m->segments, &synced));
	*m->options->blame = MINT_TPM;
	TRY(publish_keys(&m->root, m->state, now, m->audit_dir, &made));
	TRY(publish_checkpoint(&m->root, m->state, store_epoch(m->store),
	    now, m->audit_dir));
	*m->options->blame = MINT_SYSTEM;
	return file_sync_dir(m->audit_dir);
}

static enum err
sync_parent(const char *state)
{
	char parent[MINT_PATH];
	int fd OWNED(fd_drop) = -1;

	TRY(mint_parent(state, parent));
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd != -1 ? file_sync_dir(fd) : log_errno("open %s", parent);
}

static enum err
rename_state(const struct mint_options *o)
{
	char path[MINT_PATH];

	TRY(mint_path(o, path));
	if (renameat2(AT_FDCWD, path, AT_FDCWD, o->state,
	    RENAME_NOREPLACE) == -1)
		return log_errno("rename %s to %s", path, o->state);
	return sync_parent(o->state);
}

/* A state that has this very trust file was finished by us before; the
 * directory may not be on the disk yet. */
static bool
was_finished(const struct mint_options *o)
{
	int dir OWNED(fd_drop) = open(o->state,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	char path[MINT_PATH];
	struct msg anchor;
	struct stat st;

	return dir != -1 && mint_path(o, path) == ERR_OK &&
	    lstat(path, &st) == -1 && errno == ENOENT &&
	    anchor_read(dir, &anchor) == ERR_OK &&
	    trust_is_of(o->trust, &anchor.anchor);
}

enum err
step_finish(const struct mint_options *o)
{
	struct mint m OWNED(mint_drop) = mint_none;
	struct msg anchor;

	if (was_finished(o)) {
		TRY(sync_parent(o->state));
		printf("finish: %s is finished already\n", o->state);
		return ERR_OK;
	}
	TRY(mint_open(&m, o));
	if (m.state->appliance.policy_version == 0) {
		*o->blame = MINT_STATE;
		return log_err(ERR_STATE, "there is no ACL yet: nothing would "
		    "be allowed");
	}
	TRY(anchor_read(m.dir, &anchor));
	*o->blame = MINT_STATE;
	TRY(trust_vouched(o->trust, &anchor.anchor, m.state));
	*o->blame = MINT_SYSTEM;
	TRY(close_journal(&m));
	TRY(publish(&m));
	TRY(rename_state(o));
	printf("finish: %s is whole; %s is for everyone who verifies\n",
	    o->state, o->trust);
	return ERR_OK;
}
