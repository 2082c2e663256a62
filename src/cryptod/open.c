/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/cap.h"
#include "cryptod/cryptod.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/checkpoint.h"
#include "base/log.h"
#include "crypto/selftest.h"
#include "cryptod/options.h"

enum err
cryptod_new(struct cryptod **out)
{
	struct cryptod *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return log_err(ERR_LIMIT, "no memory");
	d->dir = d->audit_dir = d->keeper = d->attend = -1;
	d->state = FAILED;
	d->why = REASON_request_state;
	*out = d;
	return ERR_OK;
}

void
cryptod_drop(struct cryptod **out)
{
	struct cryptod *d = *out;

	if (d == NULL)
		return;
	appraiser_drop(&d->appraiser);
	doors_drop(&d->doors);
	store_drop(&d->store);
	trusted_drop(d);
	segments_drop(&d->segments);
	secret_drop(&d->token.seed);
	secret_drop(&d->audit.seed);
	state_drop(&d->tables);
	drbg_drop(&d->drbg);
	secret_drop(&d->side.store_key);
	secret_drop(&d->side.kept);
	secret_drop(&d->side.keep);
	secret_drop(&d->side.attended);
	fd_drop(&d->keeper);
	fd_drop(&d->attend);
	root_drop(&d->root);
	fd_drop(&d->audit_dir);
	fd_drop(&d->dir);
	explicit_bzero(d, sizeof(*d));
	free(d);
	*out = NULL;
}

/* A directory of ours alone. */
static enum err
open_private(int at, const char *path, int *out)
{
	int fd OWNED(fd_drop) = openat(at, path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd == -1 && errno == ENOENT)
		return log_err(ERR_NOT_FOUND, "%s: there is none; hold the "
		    "ceremony first (anchorhold-ceremony)", path);
	if (fd == -1 || fstat(fd, &st) == -1)
		return log_errno("open %s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return log_err(ERR_DENIED, "%s: it must belong to uid %u and "
		    "be closed to everyone else (chmod 700)", path,
		    (unsigned)geteuid());
	*out = GIVE(fd, -1);
	return ERR_OK;
}

static enum reason
fate_reason(enum journal_fate fate)
{
	switch (fate) {
	case JOURNAL_CLEAN:
	case JOURNAL_CUT:
		return REASON_none;
	case JOURNAL_ABSENT:
		return REASON_state_absent;
	case JOURNAL_LOCKED:
		return REASON_state_locked;
	case JOURNAL_UNREAD:
		return REASON_state_unread;
	case JOURNAL_FORMAT:
		return REASON_state_format;
	case JOURNAL_FOREIGN:
		return REASON_state_foreign;
	case JOURNAL_DAMAGED:
	case JOURNAL_REFUSED:
		break;
	}
	return REASON_state_damaged;
}

/* BUSY: another process has it, and we are to end; else *why says it. */
static enum err
open_store(struct cryptod *d, const struct secret *key, enum reason *why)
{
	struct journal_report report = { 0 };
	uint8_t appliance[JOURNAL_APPLIANCE_LEN];
	const struct journal_setup setup = {
		.dir = d->dir,
		.key = secret_span(key),
		.appliance = SPAN(appliance),
		.drbg = d->drbg,
	};
	enum err e;

	TRY(cose_key_thumbprint(&d->root.signer.key, appliance));
	TRY(state_new(&d->tables));
	e = store_open(&setup, d->tables, &d->store, &report);
	*why = e == ERR_OK ? REASON_none : fate_reason(report.fate);
	if (e != ERR_OK && *why == REASON_none)
		*why = REASON_state_unread;
	d->cut = report.fate == JOURNAL_CUT;
	if (report.fate == JOURNAL_LOCKED)
		return log_err(ERR_BUSY, "%s: another process uses it",
		    d->settings.state);
	/* Nothing seals the anchor: what it says besides must be so here. */
	if (e == ERR_OK && !span_equal(WIRE_SPAN(d->tables->appliance.issuer),
	    span_text(d->root.issuer)))
		*why = REASON_state_damaged;
	if (e != ERR_OK)
		log_line("%s: the journal does not open (%s), %llu frames "
		    "did", d->settings.state, err_name(e),
		    (unsigned long long)report.frames);
	return ERR_OK;
}

/* The public log goes on where the journal is; one that says anything else
 * than the journal was altered. */
static enum err
open_log(struct cryptod *d, enum reason *why)
{
	enum err e = segments_open(d->audit_dir, &d->segments);

	if (e == ERR_OK) {
		d->mended = segments_last(d->segments) + 1;
		e = segments_follow(d->segments, d->store, d->tables);
	}
	if (e == ERR_OK)
		e = checkpoint_hold(d->audit_dir, &d->root.signer.key,
		    d->tables);
	if (e == ERR_STATE || e == ERR_AUTH || d->segments == NULL) {
		*why = e == ERR_STATE ? REASON_state_behind :
		    REASON_audit_segments;
		return ERR_OK;
	}
	if (d->mended > segments_last(d->segments))
		d->mended = 0;
	store_on_entry(d->store, segments_take, d->segments);
	return ERR_OK;
}

/* What is past its time hands over with the first frame, and in recovery nobody
 * knows the time; why is what is in the way, and comes back unless there are
 * none. */
static enum reason
open_signers(struct cryptod *d, enum reason why)
{
	const struct signer *s;

	return cryptod_signer(d, WIRE_use_token, &s) == ERR_OK &&
	    cryptod_signer(d, WIRE_use_audit, &s) == ERR_OK ? why :
	    REASON_key_expired;
}

/* What of the clock is in the way of serving. */
static enum reason
look_at_clock(const struct cryptod *d, struct moment now)
{
	const struct times times = side_times(d, now);

	return times_start(d->tables, &times);
}

static enum reason
why_not(struct cryptod *d)
{
	const enum reason why = step_judge(d);

	return why != REASON_none ? why :
	    look_at_clock(d, d->started);
}

/* The TPM has opened what is sealed: all that lies behind it. */
static enum err
open_state(struct cryptod *d, enum reason *why)
{
	struct secret *store_key OWNED(secret_drop) =
	    GIVE(d->side.store_key, NULL);

	TRY(open_store(d, store_key, why));
	if (*why == REASON_none)
		TRY(open_log(d, why));
	if (*why == REASON_none)
		*why = open_signers(d, why_not(d));
	return ERR_OK;
}

/* All that needs a name; *why says what is in the way. */
static enum err
open_secrets(struct cryptod *d, enum reason *why)
{
	enum err e;

	if (crypto_selftest() != ERR_OK) {
		*why = REASON_crypto_selftest;
		return ERR_OK;
	}
	e = anchor_read(d->dir, &d->anchor);
	if (e == ERR_NOT_FOUND)
		return log_err(e, "%s: there is no anchor in it: it is no "
		    "finished ceremony's", d->settings.state);
	if (e != ERR_OK) {
		*why = e == ERR_MALFORMED ? REASON_state_damaged :
		    REASON_state_unread;
		return ERR_OK;
	}
	if (d->settings.start == START_ATTENDED &&
	    !d->anchor.anchor.attended)
		return log_err(ERR_STATE, "%s: it opens without a person's "
		    "secret, and the configuration has start = attended",
		    d->settings.state);
	if (d->anchor.anchor.has_next_pub) {
		*why = REASON_state_reseal;
		return ERR_OK;
	}
	*why = REASON_tpm_failed;
	if (tpm_reach(d->settings.tcti, &d->root.tpm) != ERR_OK)
		return ERR_OK;
	tpm_limit(d->root.tpm, (unsigned)d->settings.tpm_limit);
	*why = attend_open(d);
	return *why == REASON_none ? open_state(d, why) : ERR_OK;
}

/* The state is open: what does not let it go on may be put right. */
static bool
may_recover(enum reason why)
{
	return why == REASON_clock_back || why == REASON_clock_behind ||
	    why == REASON_clock_tpm || why == REASON_state_rolled_back;
}

/* A reason is said once. */
static void
enter_state(struct cryptod *d, enum reason why)
{
	if (why != REASON_none && why != d->why)
		log_line("%s: %s %s", reason_code(why), reason_text(why),
		    reason_help(why));
	d->why = why;
	d->state = why == REASON_none ? SERVING :
	    may_recover(why) ? RECOVERY : FAILED;
}

enum err
cryptod_open(struct cryptod *d)
{
	enum reason why = REASON_none;

	d->stage = EXIT_STATE;
	d->policy = settings_policy(&d->settings);
	d->step.policy = settings_epoch(&d->settings);
	d->started = clock_now();
	TRY(open_private(AT_FDCWD, d->settings.state, &d->dir));
	/* Before the TPM, which answers one process at a time. */
	if (flock(d->dir, LOCK_EX | LOCK_NB) == -1)
		return log_err(ERR_BUSY, "%s: another process uses it",
		    d->settings.state);
	TRY(open_private(d->dir, "audit", &d->audit_dir));
	TRY(cap_inherit(d));
	TRY(trusted_read(d));
	TRY(open_secrets(d, &why));
	if (why == REASON_tpm_cap)
		return cap_end(d);
	enter_state(d, why);
	return ERR_OK;
}

enum err
cryptod_reopened(struct cryptod *d, enum reason why)
{
	if (why == REASON_tpm_cap)
		return cap_end(d);
	if (why == REASON_none) {
		d->started = clock_now();
		TRY(open_state(d, &why));
	}
	enter_state(d, why);
	if (d->state != SERVING)
		return ERR_OK;
	TRY(cryptod_begin(d));
	if (d->state == SERVING)
		log_line("the TPM has opened the state; it serves");
	return ERR_OK;
}

/*
 * A wall clock that was behind at the start, and no longer is, is what a
 * start would have taken; so is a disk that has room again.
 */
enum err
cryptod_recover(void *self)
{
	struct cryptod *d = self;
	enum reason why;

	if (d->state != RECOVERY || d->why == REASON_state_rolled_back ||
	    step_is_awaited(d))
		return ERR_OK;
	why = look_at_clock(d, clock_now());
	if (why == REASON_none)
		return cryptod_resume(d);
	enter_state(d, why);
	return ERR_OK;
}

enum err
cryptod_resume(struct cryptod *d)
{
	d->started = clock_now();
	enter_state(d, open_signers(d, look_at_clock(d, d->started)));
	if (d->state != SERVING)
		return ERR_OK;
	TRY(cryptod_begin(d));
	if (d->state == SERVING)
		log_line("what was in the way has passed; it serves");
	return ERR_OK;
}
