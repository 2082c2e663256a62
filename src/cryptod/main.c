/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * cryptod holds every secret and takes every decision.  It hears from the
 * channels that its configuration binds to domains, answers what the table
 * below says, and can, once it serves, open nothing but what lies in its
 * state directory.
 */

#include "base/clock.h"
#include "base/log.h"
#include "cryptod/cryptod.h"
#include "cryptod/options.h"
#include "daemon/sandbox.h"
#include "daemon/start.h"
#include "link/unix.h"

/* What may be mapped after the start: a secret's pages, libc's arenas. */
#define MEMORY_HEADROOM (16u << 20)

static const struct handler handlers[] = {
	/* message		served while	by		*/
	{ MSG_totp_validate_req, SERVING,	cryptod_totp	},
	{ MSG_token_issue_req,	SERVING,	cryptod_token	},
	{ MSG_key_metadata_req,	SERVING,	cryptod_keys	},
	{ MSG_status_req,	ALWAYS,		cryptod_status	},
};

static const struct allow calls[] = {
	ALLOW(poll,		"wait for the TPM's carrier"),
	ALLOW(clock_nanosleep,	"when the TPM says that it is busy"),
	ALLOW(getpid,		"is this process the one that began it"),
	ALLOW(shutdown,		"let the carrier go"),
	ALLOW(wait4,		"until it has gone"),
	ALLOW(pread64,		"read the journal anew after a failed write"),
	ALLOW(pwrite64,		"append to the journal"),
	ALLOW(ftruncate,	"take back what could not be written"),
	ALLOW(fdatasync,	"make a commit durable"),
	ALLOW(fsync,		"make a new file durable"),
	ALLOW(openat,		"a new segment, snapshot, checkpoint"),
	ALLOW(renameat,		"put it in its place"),
	ALLOW(unlinkat,		"and what a crash left out of it"),
	ALLOW(fstat,		"how long a file is"),
	ALLOW(newfstatat,	"the same, as glibc asks"),
	ALLOW(geteuid,		"is a file there ours"),
};

/* The channels of the configuration as doors of the loop. */
static enum err
open_doors(const struct settings *s, struct door *doors)
{
	for (size_t i = 0; i < s->nchannels; i++) {
		const struct channel_settings *c = &s->channels[i];

		doors[i] = (struct door){ .vm_id = c->vm_id,
		    .uid = (uid_t)c->uid, .fd = -1 };
		TRY(unix_listen(c->socket, (gid_t)c->gid, &doors[i].fd));
	}
	return ERR_OK;
}

static enum err
lock_door(struct cryptod *d)
{
	const struct grant grants[] = {
		{ d->dir, GRANT_READ | GRANT_WRITE, "the state directory" },
	};
	const struct sandbox box = {
		.allow = calls,
		.nallow = sizeof(calls) / sizeof(calls[0]),
		.grants = grants,
		.ngrants = sizeof(grants) / sizeof(grants[0]),
	};

	return sandbox_enter(&box, &d->sandboxed);
}

static enum err
run(const struct cryptod_options *options, struct cryptod *d)
{
	struct door doors[CHANNELS_MAX];
	const struct tick ticks[] = {
		{ 5000,				cryptod_recover	},
		{ d->settings.publish_every,	cryptod_publish	},
		{ 60000,			cryptod_flush	},
	};
	struct service service = {
		.handlers = handlers,
		.nhandlers = sizeof(handlers) / sizeof(handlers[0]),
		.doors = doors,
		.ndoors = d->settings.nchannels,
		.ticks = ticks,
		.nticks = sizeof(ticks) / sizeof(ticks[0]),
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
	TRY(open_doors(&d->settings, doors));
	TRY(service_new(&service, &loop));
	if (d->settings.lock_memory == LOCK_ALL)
		TRY(daemon_lock_memory(MEMORY_HEADROOM));

	/* From here on it can serve its doors, its directory and its TPM. */
	TRY(lock_door(d));
	d->stage = EXIT_FAULT;
	TRY(cryptod_begin(d));
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
	    daemon_start("cryptod", &options.ready, options.nkeep) !=
	    ERR_OK)
		return EXIT_SYSTEM;
	if (cryptod_new(&d) != ERR_OK)
		return EXIT_SYSTEM;
	if (settings_read(options.config, &d->settings) != ERR_OK)
		return EXIT_USAGE;
	if (options.test)
		return EXIT_STOPPED;
	return run(&options, d) == ERR_OK ? EXIT_STOPPED : (int)d->stage;
}
