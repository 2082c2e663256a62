/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * cryptod holds every secret and takes every decision.  It hears from the
 * channels that its configuration binds to domains, answers what the table
 * below says, and can, once it serves, open nothing but what lies in its
 * state directory.
 */

#include "base/clock.h"
#include "base/log.h"
#include "cryptod/admin.h"
#include "cryptod/keeper.h"
#include "cryptod/options.h"
#include "daemon/sandbox.h"
#include "daemon/start.h"
#include "xen/box.h"

/* What may be mapped after the start: a secret's pages, libc's arenas. */
#define MEMORY_HEADROOM (16u << 20)

static const struct handler handlers[] = {
	/* message		served while	by		*/
	{ MSG_totp_validate_req, SERVING,	cryptod_totp	},
	{ MSG_token_issue_req,	SERVING,	cryptod_token	},
	{ MSG_key_metadata_req,	SERVING,	cryptod_keys	},
	{ MSG_admin_req,	SERVING | RECOVERY, cryptod_admin },
	{ MSG_challenge_req,	SERVING,	cryptod_challenge },
	{ MSG_evidence_req,	SERVING | RECOVERY, cryptod_evidence },
	{ MSG_status_req,	ALWAYS,		cryptod_status	},
};

static const struct allow calls[] = {
	ALLOW(poll,		"wait for the TPM's carrier"),
	ALLOW(rt_sigprocmask,	"change to the stack of its work and back"),
	ALLOW(clock_nanosleep,	"when the TPM says that it is busy"),
	ALLOW(getpid,		"is this process the one that began it"),
	ALLOW(shutdown,		"let the carrier go"),
	ALLOW(wait4,		"until it has gone"),
	ALLOW(pread64,		"read the journal anew after a failed write"),
	ALLOW(pwrite64,		"append to the journal"),
	ALLOW(ftruncate,	"take back what could not be written"),
	ALLOW(fdatasync,	"make a commit durable"),
	ALLOW(fsync,		"make a new file durable"),
	ALLOW(flock,		"the journal, when the TPM opens it late"),
	ALLOW(getdents64,	"which segments there are, likewise"),
	ALLOW_WITHOUT(fcntl, 1, ~UINT64_C(3), "F_GETFL, F_SETFD, the same"),
	ALLOW(openat,		"a new segment, snapshot, checkpoint"),
	ALLOW(renameat,		"put it in its place"),
	ALLOW(unlinkat,		"and what a crash left out of it"),
	ALLOW(fstat,		"how long a file is"),
	ALLOW(newfstatat,	"the same, as glibc asks"),
	ALLOW(geteuid,		"is a file there ours"),
};

#define N(table) (sizeof(table) / sizeof((table)[0]))

static enum err
lock_door(struct cryptod *d)
{
	struct allow all[N(calls) + VCHAN_CALLS_MAX];
	struct grant grants[2] = {
		{ d->dir, GRANT_READ | GRANT_WRITE, "the state directory" },
	};
	struct sandbox box = { .allow = all, .grants = grants, .ngrants = 1 };
	int devices OWNED(fd_drop) = -1;

	for (size_t i = 0; i < N(calls); i++)
		all[box.nallow++] = calls[i];
	for (size_t i = 0; i < vchan_ncalls && d->doors.nvchans > 0; i++)
		all[box.nallow++] = vchan_calls[i];
	if (d->doors.nvchans > 0) {
		TRY(vchan_grant(&grants[box.ngrants++]));
		devices = grants[1].dir;
	}
	return sandbox_enter(&box, &d->sandboxed);
}

static enum err
run(const struct cryptod_options *options, struct cryptod *d)
{
	const struct tick ticks[] = {
		{ 5000,				cryptod_look	},
		{ 5000,				cryptod_recover	},
		{ 10000,			side_look	},
		{ d->settings.publish_every,	cryptod_publish	},
		{ 60000,			cryptod_flush	},
	};
	struct service service = {
		.handlers = handlers, .nhandlers = N(handlers),
		.doors = d->doors.rows,
		.ndoors = d->settings.nchannels,
		.ticks = ticks, .nticks = N(ticks),
		.watch = { side_waits, side_go_on },
		.hold = { step_needs, step_defers, step_verdict,
			REASON_epoch_unconfirmed, prove_again },
		.state = &d->state,
		.limits = service_limits,
		.self = d,
		.commit = cryptod_commit,
		.finish = cryptod_finish,
		.refused = cryptod_refused,
	};
	struct loop *loop OWNED(service_drop) = NULL;

	service.limits.rate = d->settings.requests_rate;
	service.limits.burst = d->settings.requests_burst;

	/* While it still may: everything that needs a name. */
	TRY(cryptod_open(d));
	d->stage = EXIT_SYSTEM;
	TRY(doors_open(&d->settings, &d->doors));
	TRY(service_new(&service, &loop));
	if (d->settings.lock_memory == LOCK_ALL)
		TRY(daemon_lock_memory(MEMORY_HEADROOM));

	/* From here on it can serve its doors, its directory and its TPM. */
	TRY(lock_door(d));
	d->stage = EXIT_FAULT;
	TRY(cryptod_begin(d));
	TRY(side_finish(d));
	options_ready(options);
	TRY(service_run(loop));
	return cryptod_stop(d);
}

int
main(int argc, char **argv)
{
	struct cryptod *d OWNED(cryptod_drop) = NULL;
	struct cryptod_options options;
	int status = EXIT_USAGE;

	if (!options_parse(argc, argv, &options, &status))
		return status;
	if (daemon_bind(argv) != ERR_OK ||
	    daemon_start("cryptod", options.keep, options.nkeep) != ERR_OK)
		return EXIT_SYSTEM;
	if (cryptod_new(&d) != ERR_OK)
		return EXIT_SYSTEM;
	if (settings_read(options.config, &d->settings) != ERR_OK)
		return EXIT_USAGE;
	if (options.test)
		return EXIT_STOPPED;
	if (d->settings.cap == CAP_KEEPER &&
	    !launch(&options.ready, &d->keeper, &status))
		return status;
	d->attend = options.attend;
	return run(&options, d) == ERR_OK ? EXIT_STOPPED : (int)d->stage;
}
