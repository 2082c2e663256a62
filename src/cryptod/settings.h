/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTOD_SETTINGS_H
#define CRYPTOD_SETTINGS_H

/* What cryptod.conf says, and the tables by which it is read. */

#include "cryptod/decide.h"
#include "cryptod/epoch.h"
#include "daemon/config.h"

#define CHANNELS_MAX 16

/* A channel: who may connect where, and which domain that is.  It is a socket
 * or vchans; the other one is empty. */
struct channel_settings {
	char		vm_id[CONFIG_LABEL_MAX + 1];
	char		socket[108];
	uint64_t	uid;		/* NO_USER: none */
	uint64_t	gid;		/* NO_GROUP: none */
	char		vchan[64];	/* the node that has its domid */
	uint64_t	vchans;		/* how many it has */
};

#define NO_USER UINT64_C(4294967295)
#define NO_GROUP UINT64_C(4294967295)

enum custody { CUSTODY_SOFTWARE, CUSTODY_TPM };
enum lock_memory { LOCK_ALL, LOCK_SECRETS };
enum cap { CAP_PCR, CAP_KEEPER, CAP_OFF };
enum start { START_UNATTENDED, START_ATTENDED };
enum anchor { ANCHOR_STRICT, ANCHOR_TIMED };

struct settings {
	char			state[256];
	char			tcti[256];
	char			trust[256];
	unsigned		lock_memory, cap, start, custody;
	uint64_t		tpm_limit;	/* ms */
	uint64_t		publish_every;	/* ms */
	uint64_t		rotate;		/* ms */
	uint64_t		freshness;	/* ms */
	uint64_t		window;
	uint64_t		token_lifetime, unlock_lifetime;	/* ms */
	uint64_t		requests_rate, requests_burst;
	uint64_t		vchan_port;
	unsigned		anchor;
	uint64_t		anchor_every;	/* ms */
	uint64_t		nv_budget, nv_life;
	struct {
		uint64_t	burst, window;		/* window in ms */
		uint64_t	first_wait, longest_wait;	/* ms */
		uint64_t	give_up;
		uint64_t	global_burst, global_window;
	} throttle;
	size_t			nchannels;
	struct channel_settings	channels[CHANNELS_MAX];
};

extern const struct config_section settings_tables[];
extern const size_t settings_ntables;

/* Read a configuration file; its every fault is one line. */
enum err settings_read(const char *path, struct settings *out);

/* What of it the decisions go by. */
struct policy settings_policy(const struct settings *s);
struct epoch_policy settings_epoch(const struct settings *s);

#endif
