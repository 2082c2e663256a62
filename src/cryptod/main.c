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
#include "daemon/start.h"

/* What may be mapped after the start: a secret's pages, libc's arenas. */
#define MEMORY_HEADROOM (16u << 20)

static const struct handler handlers[] = {
	/* message		served while	by		*/
	{ MSG_totp_validate_req, SERVING,	cryptod_totp	},
	{ MSG_token_issue_req,	SERVING,	cryptod_token	},
	{ MSG_attest_req,	SERVING,	cryptod_attest	},
	{ MSG_key_metadata_req,	SERVING,	cryptod_keys	},
	{ MSG_admin_req,	SERVING | RECOVERY, cryptod_admin },
	{ MSG_challenge_req,	SERVING,	cryptod_challenge },
	{ MSG_evidence_req,	SERVING | RECOVERY, cryptod_evidence },
	{ MSG_status_req,	ALWAYS,		cryptod_status	},
};

#define N(table) (sizeof(table) / sizeof((table)[0]))

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
		.watch = { { side_waits, side_go_on, NULL },
			{ reading_waits, reading_go_on, NULL } },
		.hold = { step_needs, step_defers, step_verdict,
			REASON_epoch_unconfirmed, reading_again },
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
	TRY(cryptod_lock_door(d));
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
	/* Before anything secret is in this process. */
	if (appraiser_start(&appraiser_usual, &d->appraiser) != ERR_OK)
		return EXIT_SYSTEM;
	return run(&options, d) == ERR_OK ? EXIT_STOPPED : (int)d->stage;
}
